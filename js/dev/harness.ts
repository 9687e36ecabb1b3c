// The development page: one widget, chosen by the address, e.g. ?tensor=act&width=1100&theme=dark.
import widget from "../src/widget";
import { FakeKernel } from "./kernel";
import { FakeModel } from "./model";
import { TENSORS } from "./tensors";

const query = new URLSearchParams(location.search);
const tensor = TENSORS[query.get("tensor") ?? "act"];
const kernel = new FakeKernel(tensor);
for (const [key, value] of query) {
  if (key === "patch") kernel.update(JSON.parse(value));
}
const model = new FakeModel(query.has("dead") ? null : kernel, {
  info: kernel.info,
  snapshot: query.has("dead") ? { png: query.get("dead"), text: "", time: "14:02" } : {},
});
document.body.dataset.theme = query.get("theme") ?? "light";
const box = document.getElementById("box")!;
box.style.width = `${query.get("width") ?? 1100}px`;
const clean = widget.render({ model, el: box });
Object.assign(globalThis, { model, kernel, clean });
