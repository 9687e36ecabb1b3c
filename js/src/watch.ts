// What anywidget loads for a watch: the training loop, and inside of it the scope of one record.
import { h, render as mount } from "preact";
import { type RenderProps, settle } from "./host";
import { keepSnapshot } from "./snapshot";
import { WatchContext } from "./watch/context";
import { keepText } from "./watch/snapshot";
import { WatchStore } from "./watch/store";
import { Watch } from "./watch/Watch";

function render({ model, el }: RenderProps): () => void {
  const watch = new WatchStore(model);
  const { root, leave } = settle(el, watch.scope);

  const later = () => watch.scope.after(0, () => watch.checkKernel());
  model.on("comm_live_update", later);

  mount(h(WatchContext.Provider, { value: watch }, h(Watch, {})), root);
  watch.start();
  const stopPicture = keepSnapshot(watch.scope);
  const stopText = keepText(watch);

  return () => {
    model.off("comm_live_update", later);
    stopPicture();
    stopText();
    watch.dispose();
    mount(null, root);
    leave();
  };
}

export default { render };
