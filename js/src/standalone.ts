// A page without a kernel: the widget, played from the recording that the page holds.
import * as all from "./extras";
import { extras } from "./late";
import { RecordedModel } from "./recorded/model";
import { Player } from "./recorded/player";
import { type Recorded, unpack } from "./recorded/recording";
import widget from "./widget";

async function start() {
  extras.value = all; // nobody could be asked for them
  const recorded: Recorded = JSON.parse(document.getElementById("recording")?.textContent ?? "");
  const slices = await Promise.all(recorded.slices.map(unpack));
  const model = new RecordedModel(new Player(recorded, slices), { info: recorded.info });
  const el = document.getElementById("scope");
  if (!el) return;
  document.getElementById("still")?.remove();
  widget.render({ model, el });
}

start().catch((error: unknown) => {
  // The still picture stays; say why it is still.
  const line = document.createElement("p");
  line.setAttribute("role", "alert");
  line.textContent = `This browser cannot open what the file holds: ${error}`;
  document.getElementById("scope")?.append(line);
});
