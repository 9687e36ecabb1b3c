// A 0-d tensor: one large number, and all its digits.
import { useRef } from "preact/hooks";
import { useScope } from "./context";
import { Detail } from "./Inspector";
import { painted, usePaint } from "./painted";

export function Scalar() {
  const { store } = useScope();
  const box = useRef<HTMLDivElement>(null);
  const info = store.info.value;
  usePaint(() => {
    const frame = store.frame.value;
    if (frame && box.current) painted(box.current, frame);
  });
  return (
    <div class="ts-scalar" ref={box}>
      <Detail text={store.focusText.value ?? "…"} detail={store.detail.value} dtype={info?.dtype} />
      {info?.grad_fn && (
        <dl class="ts-detail">
          <dt>grad_fn</dt>
          <dd>{info.grad_fn}</dd>
        </dl>
      )}
    </div>
  );
}
