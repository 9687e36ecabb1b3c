// What anywidget loads for a scope: mounts it into a cell's output, and cleans up after it.
import { h, render as mount } from "preact";
import { makeActions } from "./actions";
import { ScopeContext } from "./components/context";
import { Scope } from "./components/Scope";
import { followKernel, type RenderProps, settle } from "./host";
import { lend } from "./late";
import { keepSnapshot } from "./snapshot";
import { Store } from "./store";

function render({ model, el }: RenderProps): () => void {
  const store = new Store(model);
  const { root, leave } = settle(el, store);
  const actions = makeActions(store);

  const letKernelBe = followKernel(model, (live) => store.guard(() => store.checkKernel(live)));

  mount(h(ScopeContext.Provider, { value: { store, actions } }, h(Scope, null)), root);
  store.start();
  const stopKeeping = keepSnapshot(store);
  const takeBack = lend(store);

  return () => {
    letKernelBe();
    stopKeeping();
    takeBack();
    store.dispose();
    mount(null, root);
    leave();
  };
}

export default { render };
