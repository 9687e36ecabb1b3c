// A dim is picked up by its grip; where it is carried to is for the extras (extras/carry.ts), which
// come as the pointer reaches the dims.
import { useEffect, useRef } from "preact/hooks";
import { type Extras, extras, loadExtras } from "../late";
import { useScope } from "./context";

/** The pointer handlers of a grip. */
export function useGrip(dim: number) {
  const { store, actions } = useScope();
  const carried = useRef<InstanceType<Extras["Carried"]> | null>(null);
  const last = useRef<PointerEvent | null>(null);
  const stop = () => {
    carried.current?.leave();
    carried.current = null;
    store.dragged.value = null;
  };
  useEffect(() => stop, []);
  const carry = () => {
    if (!last.current || !extras.value) return null;
    carried.current ??= new extras.value.Carried(store, actions, dim);
    carried.current.move(last.current);
    return carried.current;
  };

  return {
    onPointerDown(event: PointerEvent) {
      if (event.button !== 0) return;
      (event.currentTarget as HTMLElement).setPointerCapture(event.pointerId);
      store.dragged.value = dim;
      last.current = null;
      loadExtras(store.channel).catch((error) => store.fail(error));
    },
    onPointerMove(event: PointerEvent) {
      if (store.dragged.value !== dim) return;
      last.current = event;
      carry();
    },
    onPointerUp() {
      const drop = () => {
        const dropped = carry()?.drop();
        stop();
        dropped?.();
      };
      // Let go of before the extras are here: dropped once they are.
      if (last.current && !extras.value)
        loadExtras(store.channel).then(() => store.guard(drop), stop);
      else store.guard(drop);
    },
    onPointerCancel: stop,
  };
}
