// What anywidget loads for a watch: the training loop, and inside of it the scope of one record.
import { h, render as mount } from "preact";
import { followKernel, type RenderProps, settle } from "./host";
import { lend } from "./late";
import { keepSnapshot } from "./snapshot";
import { WatchContext } from "./watch/context";
import { keepText } from "./watch/snapshot";
import { WatchStore } from "./watch/store";
import { Watch } from "./watch/Watch";

function render({ model, el }: RenderProps): () => void {
  const watch = new WatchStore(model);
  const { root, leave } = settle(el, watch.scope);

  const letKernelBe = followKernel(model, (live) =>
    watch.scope.guard(() => watch.checkKernel(live)),
  );

  mount(h(WatchContext.Provider, { value: watch }, h(Watch, {})), root);
  watch.start();
  const stopPicture = keepSnapshot(watch.scope);
  const stopText = keepText(watch);
  const takeBack = lend(watch.scope);

  return () => {
    letKernelBe();
    stopPicture();
    stopText();
    takeBack();
    watch.dispose();
    mount(null, root);
    leave();
  };
}

export default { render };
