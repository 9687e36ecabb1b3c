// A dim is picked up by its grip; where it is carried to is for the extras (extras/carry.ts), which
// come as the pointer reaches the dims.
import { useEffect, useRef } from "preact/hooks";
import { type Extras, extras, loadExtras } from "../late";
import { useScope } from "./context";

/** The pointer handlers of a grip. */
export function useGrip(dim: number) {
  const { store, actions } = useScope();
  const carried = useRef<InstanceType<Extras["Carried"]> | null>(null);
  const stop = () => {
    carried.current?.leave();
    carried.current = null;
    store.dragged.value = null;
  };
  useEffect(() => stop, []);

  return {
    onPointerDown(event: PointerEvent) {
      if (event.button !== 0) return;
      (event.currentTarget as HTMLElement).setPointerCapture(event.pointerId);
      store.dragged.value = dim;
      loadExtras(store.channel).catch((error) => store.fail(error));
    },
    onPointerMove(event: PointerEvent) {
      if (store.dragged.value !== dim || !extras.value) return;
      carried.current ??= new extras.value.Carried(store, actions, dim);
      carried.current.move(event);
    },
    onPointerUp() {
      const drop = carried.current?.drop();
      stop();
      if (drop) store.guard(drop);
    },
    onPointerCancel: stop,
  };
}
