// The line under the picture: coordinates and value on the left, how true the picture is right.
import { GLYPHS_FROM } from "../canvas/marks";
import { formatCell, formatCount, formatShape, formatShort } from "../format";
import { holeOf } from "../frame";
import { tooFine } from "../geometry";
import { cellAt, textAt } from "../picture";
import type { Store } from "../store";
import { useScope } from "./context";
import { markOf } from "./TileMarks";
import { SORTS } from "./TileSort";
import { CellWords } from "./Words";

export function ValueLine() {
  const { store } = useScope();
  const state = store.state.value;
  const cell = store.focus.value;
  const rgb = state?.picture.grid?.rgb ? channelsAt(store) : null;
  const text = rgb?.text ?? store.focusText.value;
  // Silent for screen readers while the pointer hovers.
  const hovering = store.cursor.value?.by === "pointer";
  return (
    <span class="ts-value-line">
      <span
        class="ts-clip"
        role="status"
        aria-label="Value"
        aria-live={hovering ? "off" : "polite"}
      >
        {cell && (
          <>
            <span class="ts-dim2">{formatCell(rgb?.cell ?? cell)}</span>{" "}
            <b class={toneOf(text ?? "")}>{text ?? "…"}</b>
          </>
        )}
        {!cell && state && (
          <span class="ts-dim2">
            {state.expr} → {formatShape(state.shape)}
          </span>
        )}
      </span>
      <CellWords cell={cell} at={store.cursor.value ?? store.pinned.value} />
    </span>
  );
}

/** All of a pixel's channels, if the frame holds them or the kernel has told them. */
function channelsAt({ state, frame, cursor, pinned, remote }: Store) {
  const at = cursor.value ?? pinned.value;
  const [s, f] = [state.value, frame.value];
  if (!at || !s?.picture.grid || !f || f.serial !== s.serial) return null;
  const cell = cellAt(s, { ...at, tile: 0 });
  const texts = f.tiles.map((tile) => textAt(f, { ...at, tile }));
  const told = remote.value?.cell === cell.join() ? remote.value.text : null;
  const text = texts.every((one) => one !== null) ? texts.join(" ") : told;
  if (text === null) return null;
  cell[s.picture.grid.dim] = s.slots[s.picture.grid.dim].text;
  return { cell, text };
}

/** NaN has its own colour wherever it is printed. */
export const toneOf = (text: string) => (/nan/.test(text) ? "ts-nan" : "");

interface Say {
  text: string;
  tone: "" | "info" | "warn" | "err";
}

/** Beyond this wait the kernel may have gone, in ms. */
const PATIENCE = 5000;

const say = (text: string, tone: Say["tone"] = ""): Say => ({ text, tone });

/** What the state line says on the right; the gravest thing only. */
export function sayState(store: Store): Say {
  const state = store.state.value;
  const frame = store.frame.value;
  const phase = store.phase.value;
  if (phase === "closed") return say(store.closedWhy.value || "closed · last picture", "warn");
  if (phase === "dead" || phase === "silent") {
    const picture = frame || store.snapshot.value?.png;
    const since = picture ? `last picture, ${store.stoppedAt.value}` : "no picture was saved";
    if (phase === "silent") return say(`no answer yet · kernel busy or gone · ${since}`, "warn");
    return say(`kernel gone · ${since} · run the cell again`, "err");
  }
  const waited = store.waited.value;
  if (waited > PATIENCE) {
    const seconds = Math.floor(waited / 1000);
    return say(`no answer for ${seconds} s · kernel busy or gone`, "warn");
  }
  if (waited > 0) return say(`reading… ${(waited / 1000).toFixed(1)} s`, "info");
  if (store.offers.value.picture) return say("not read yet", "info");
  if (!state || !frame) return say("connecting…");
  if (state.count === 0) {
    return say(`empty · ${formatShape(state.shape)} has no values`);
  }
  // A plane carries these words itself; elsewhere they would lie over digits.
  const shape = store.shape.value;
  if (store.still.value && shape !== "plane" && shape !== "grid") {
    return say(`still showing ${store.still.value}`);
  }
  if (frame.unsynchronised) return say("unsynchronised · read while a cell ran", "warn");
  const magnitude = store.info.value?.numeric === "c" ? " · shows |x|" : "";
  const dropped = `${magnitude}${state.shown === "first" ? " · first of more dims" : ""}`;
  if (frame.sampled) return say("first look at a sample · the exact picture follows", "info");
  if (store.asTable.value) return say(`numbers · exact${dropped}`);
  const colour = scaledColour(store);
  const g = store.geometry(state);
  if ((shape === "plane" || shape === "grid") && tooFine(frame, g))
    return say("too small: not all cells are drawn", "warn");
  if (!frame.exact) {
    const [rows, columns] = frame.block;
    return say(`reduced ${rows} × ${columns} · extremes, NaN, Inf kept${dropped}${colour}`);
  }
  if (shape === "line" || shape === "bars") return say(`${shape} · exact${dropped}`);
  const mark = store.cursor.value && markOf(store.tiles.value, store.cursor.value.tile);
  if (shape === "grid" && mark) return say(`${mark.kind} · ${mark.text}`, "warn");
  if (shape === "grid") return say(`${tilesShown(store)} · exact${dropped}`);
  if (shape === "scalar") return say("exact");
  const px = Math.min(g.cellW, g.cellH) / (devicePixelRatio || 1);
  // Smaller cells have no notch, nor has a picture in colour.
  const n = px < GLYPHS_FROM || state.picture.grid ? 0 : store.outside.value;
  const beyond = n ? ` · ◥ ${formatCount(n)} out of range` : "";
  const text = `exact · ${Number(px.toFixed(1))} px a cell${beyond}${dropped}${colour}`;
  return say(text);
}

function tilesShown(store: Store): string {
  const frame = store.frame.value;
  const total = store.state.value?.picture.grid?.size ?? 0;
  const stat = store.tiles.value?.stat ?? "max";
  const word = SORTS[stat]?.[0] ?? stat;
  return `${formatCount(frame?.tiles.length ?? 0)} of ${formatCount(total)} tiles, each with its ${word}`;
}

/** What colours were scaled from, where they are no bytes and no shares of 1. */
function scaledColour(store: Store): string {
  const colours = store.colours.value;
  if (!store.state.value?.picture.grid?.rgb || !colours) return "";
  const { low, high } = colours.range;
  const plain = low === 0 && (high === 1 || high === 255);
  return plain ? "" : ` · colours scaled from ${formatShort(low, 4)}…${formatShort(high, 4)}`;
}

export function StateLine() {
  const { store, actions } = useScope();
  const say = sayState(store);
  const phase = store.phase.value;
  // Where the host said that it is gone, the host will say when it is back.
  const lost = phase === "silent" || (phase === "dead" && !store.gone);
  return (
    <div class="ts-state-line">
      <ValueLine />
      <span class={`ts-state ${say.tone ? `ts-${say.tone}` : ""}`}>{say.text}</span>
      {lost && (
        <button type="button" class="ts-button ts-small" onClick={actions.retry}>
          Try again
        </button>
      )}
    </div>
  );
}

/** What the glyphs mean, with counts; only if there are any. */
export function Key() {
  const { store } = useScope();
  const found = store.found.value;
  const frame = store.frame.value;
  // Numbers say themselves what they are.
  if (!found || !frame?.exact || store.asTable.value) return null;
  if (found.nan + found.posinf + found.neginf === 0) return null;
  const items = [
    ["masked", holeOf(frame), frame.hidden],
    ["nan", numericOf(store) === "M" ? "NaT" : "NaN", found.nan - frame.hidden],
    ["posinf", "+Inf", found.posinf],
    ["neginf", "-Inf", found.neginf],
  ] as const;
  return (
    <div class="ts-key">
      {items.map(
        ([kind, name, n]) =>
          n > 0 && (
            <span>
              <Glyph kind={kind} /> {name} <span class="ts-num">{formatCount(n)}</span>
            </span>
          ),
      )}
    </div>
  );
}

const numericOf = (store: Store) => store.info.value?.numeric.replace("m", "M");

const GLYPHS = {
  masked: "M0 7L7 0M0 14L14 0M7 14L14 7",
  nan: "M4.5 4.5l5 5M9.5 4.5l-5 5",
  posinf: "M7 4l3.2 5.5H3.8z",
  neginf: "M7 10l3.2-5.5H3.8z",
} as const;

export function Glyph({ kind }: { kind: keyof typeof GLYPHS }) {
  return (
    <svg
      class={`ts-glyph ts-glyph-${kind}`}
      width="14"
      height="14"
      viewBox="0 0 14 14"
      aria-hidden="true"
    >
      <rect width="14" height="14" />
      <path d={GLYPHS[kind]} />
    </svg>
  );
}
