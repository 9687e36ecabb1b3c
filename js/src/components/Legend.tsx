// The colour ramp under the histogram, on the same scale, with both ends as handles; its menu.
import { useRef } from "preact/hooks";
import { css, palette } from "../colour";
import { formatShort } from "../format";
import type { Skin } from "../skin";
import { useScope } from "./context";
import { roundTo } from "./Histogram";
import { Menu } from "./Menu";
import { Switch } from "./Toolbar";

interface LegendProps {
  low: number;
  high: number;
  empty: boolean;
}

export function Legend({ low, high, empty }: LegendProps) {
  const { store, actions } = useScope();
  const track = useRef<HTMLDivElement>(null);
  const colours = store.colours.value;
  const skin = store.skin.value;
  const span = high - low || 1;
  const at = (x: number) => Math.min(1, Math.max(0, (x - low) / span));
  if (empty || !colours) return <div class="ts-legend" />;
  const { map, range } = colours;
  const isBool = map === "bool";
  // Beyond the ends of the range the outermost colours go on.
  const background = isBool
    ? `linear-gradient(to right, ${css(skin.surface)} 50%, ${css(skin.ink)} 50%)`
    : gradient(map, skin, (range.low - low) / span, (range.high - low) / span);
  const set = (end: 0 | 1, value: number) => {
    const next: [number, number] = [range.low, range.high];
    next[end] = Number(roundTo(value, span / 1000));
    if (next[0] < next[1]) actions.setRange(next);
  };
  const handle = (end: 0 | 1, value: number, name: string) => (
    <div
      class="ts-end ts-range-end"
      role="slider"
      tabIndex={0}
      aria-label={`Colour range ${name}`}
      aria-valuemin={Math.min(low, range.low)}
      aria-valuemax={Math.max(high, range.high)}
      aria-valuenow={value}
      title={`Colours end at ${formatShort(value, 4)}: cells beyond have a corner cut off. Drag to set; double-click for the default`}
      style={{ left: `${100 * at(value)}%` }}
      onDblClick={() => actions.setRange(null)}
      onKeyDown={(event) => {
        const by = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 }[event.key];
        if (event.key === "Backspace" || event.key === "Delete") actions.setRange(null);
        else if (by) set(end, value + (by * span) / 100);
        else return;
        event.preventDefault();
        event.stopPropagation();
      }}
      onPointerDown={(event) => {
        event.preventDefault();
        event.currentTarget.focus();
        event.currentTarget.setPointerCapture(event.pointerId);
      }}
      onPointerMove={(event) => {
        if (!event.currentTarget.hasPointerCapture(event.pointerId) || !track.current) return;
        const area = track.current.getBoundingClientRect();
        if (event.movementX !== 0)
          set(end, low + ((event.clientX - area.left) / area.width) * span);
      }}
    />
  );
  const ends = endsOf(low, high, store.info.value?.numeric);
  const zero = low < 0 && high > 0 && !isBool && ends[0] !== "0";
  // Ends of the range that lie far inside are written where they are.
  const inside = isBool
    ? []
    : [range.low, range.high].filter(
        (x) => at(x) > 0.2 && at(x) < 0.8 && !(zero && Math.abs(at(x) - at(0)) < 0.2),
      );
  return (
    <>
      <div class="ts-legend" ref={track} style={{ backgroundImage: background }}>
        {!isBool && handle(0, range.low, "low")}
        {!isBool && handle(1, range.high, "high")}
      </div>
      <div class="ts-scale">
        <span>{ends[0]}</span>
        {zero && at(0) > 0.18 && at(0) < 0.82 && (
          <span class="ts-zero" style={{ left: `${100 * at(0)}%` }}>
            0
          </span>
        )}
        {inside.map((x) => (
          <span key={x} class="ts-zero" style={{ left: `${100 * at(x)}%` }}>
            {formatShort(x, 4)}
          </span>
        ))}
        <span>{ends[1]}</span>
      </div>
    </>
  );
}

/** The ramp in use as a CSS gradient between two shares of a width. */
function gradient(map: string, skin: Skin, from: number, to: number): string {
  const { colours } = palette(map, skin.theme, skin.surface, skin.ink);
  const stops = Array.from({ length: 17 }, (_, i) => {
    const at = 100 * (from + ((to - from) * i) / 16);
    return `${css(colours[Math.min(255, i * 16)])} ${at.toFixed(2)}%`;
  });
  return `linear-gradient(to right, ${stops.join(", ")})`;
}

/** What stands below both ends of the scale. */
export function endsOf(low: number, high: number, numeric = "f"): [string, string] {
  if (numeric === "b") return ["False", "True"];
  // The outermost bars of whole numbers reach half a number beyond them. (+ 0: no -0.)
  const whole = /[iu]/.test(numeric);
  const ends = whole ? [Math.ceil(low) + 0, Math.floor(high)] : [low, high];
  const [first, last] = ends.map((x) => formatShort(x, 4));
  // Far from 0 a few digits do not tell them apart; and from 2 ** 53 on these are no exact numbers.
  const more = first === last && Math.abs(high) < 2 ** 53;
  return more ? [String(ends[0]), String(ends[1])] : [first, last];
}

const MAPS = ["auto", "sequential", "diverging", "viridis", "cividis", "grey"] as const;

/** Which colours, and back to the default range. */
export function Colours() {
  const { store, actions } = useScope();
  const state = store.state.value;
  const colours = store.colours.value;
  if (!state) return null;
  const chosen = state.colour.map as (typeof MAPS)[number];
  return (
    <div class="ts-colours">
      {!state.picture.grid?.rgb && (
        <Menu
          label="Colours"
          text={chosen === "auto" ? `auto · ${colours?.map ?? ""}` : chosen}
          value={chosen}
          options={MAPS.map((map) => [map, map] as const)}
          onPick={(map) => actions.setMap(map || "auto")}
        />
      )}
      <button
        type="button"
        class={`ts-link ts-dim2 ${state.colour.range ? "" : "ts-away"}`}
        aria-label="Reset colour range"
        disabled={!state.colour.range}
        onClick={() => actions.setRange(null)}
      >
        Reset
      </button>
      <span class="ts-spring" />
      <Switch
        label="Drag sets"
        named
        options={["range", "mask"]}
        value={store.brush.value}
        onPick={(value) => {
          store.brush.value = value;
        }}
      />
    </div>
  );
}
