// A drag over the histogram: the range of colours, or a condition a <= x <= b.
import { useRef } from "preact/hooks";
import { formatShort } from "../format";
import { useScope } from "./context";
import { roundTo } from "./Histogram";

/** The two numbers of `a <= x <= b`, however it is written; null for other conditions. */
export function between(where: string | null): [number, number] | null {
  const number = "([+-]?(?:\\d+\\.?\\d*|\\.\\d+)(?:e[+-]?\\d+)?)";
  const found = new RegExp(`^\\s*${number}\\s*<=?\\s*x\\s*<=?\\s*${number}\\s*$`, "i").exec(
    where ?? "",
  );
  return found && [Number(found[1]), Number(found[2])];
}

interface BrushProps {
  low: number;
  high: number;
}

const ENDS = ["low", "high"] as const;

export function Brush({ low, high }: BrushProps) {
  const { store, actions } = useScope();
  const area = useRef<HTMLDivElement>(null);
  const from = useRef<{ at: number; x: number; mask: boolean; end?: 0 | 1 } | null>(null);
  const state = store.state.value;
  const span = high - low;
  if (!state || !(span > 0)) return null;
  const mask = store.brush.value === "mask";
  const shown = {
    range: store.range.value ?? state.colour.range,
    mask: between(state.where),
  };
  const integer = /^[iu]$/.test(store.info.value?.numeric ?? "");
  const share = (x: number) => 100 * Math.min(1, Math.max(0, (x - low) / span));
  const read = (event: PointerEvent) => {
    const box = area.current!.getBoundingClientRect();
    const at = Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
    return low + at * span;
  };
  const write = (of: boolean, a: number, b: number) => {
    const step = integer ? 1 : span / 1000;
    const [from, to] = [Math.min(a, b), Math.max(a, b)].map((x) => roundTo(x, step));
    if (of) actions.setBetween(from, to);
    else if (Number(from) < Number(to)) actions.setRange([Number(from), Number(to)]);
  };
  const move = (of: boolean, end: 0 | 1, value: number) => {
    const pair = shown[of ? "mask" : "range"];
    if (!pair) return;
    const next: [number, number] = [...pair];
    const other = pair[1 - end];
    next[end] = end === 0 ? Math.min(value, other) : Math.max(value, other);
    write(of, ...next);
  };
  const stop = () => {
    from.current = null;
  };
  const clear = (of: boolean) => (of ? actions.setWhere("") : actions.setRange(null));
  const edge = (of: boolean, end: 0 | 1, value: number) => (
    <div
      key={`${of} ${end}`}
      class={`ts-edge ${of ? "ts-edge-mask" : ""}`}
      role="slider"
      tabIndex={0}
      aria-label={`${of ? "Condition" : "Range"} ${ENDS[end]}`}
      aria-valuemin={low}
      aria-valuemax={high}
      aria-valuenow={value}
      aria-valuetext={formatShort(value, 6)}
      style={{ left: `${share(value)}%` }}
      onKeyDown={(event) => {
        const by = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 }[event.key];
        const step = integer ? Math.max(1, Math.round(span / 100)) : span / 100;
        if (event.key === "Delete" || event.key === "Backspace") clear(of);
        else if (by) move(of, end, value + by * step);
        else return;
        event.preventDefault();
        event.stopPropagation();
      }}
      onPointerDown={(event) => {
        if (event.button !== 0) return;
        event.preventDefault();
        event.stopPropagation();
        event.currentTarget.focus();
        event.currentTarget.setPointerCapture(event.pointerId);
      }}
      onPointerMove={(event) => {
        if (event.currentTarget.hasPointerCapture(event.pointerId)) move(of, end, read(event));
      }}
    />
  );
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: keyboards have the two edges
    <div
      class="ts-brush"
      ref={area}
      title={`Drag: ${mask ? "condition" : "range of colours"}; with Shift: ${mask ? "range of colours" : "condition"}; double click: clear`}
      onPointerDown={(event) => {
        if (event.button !== 0) return;
        event.preventDefault();
        event.currentTarget.setPointerCapture(event.pointerId);
        const of = mask !== event.shiftKey;
        from.current = { at: read(event), x: event.clientX, mask: of };
      }}
      onPointerMove={(event) => {
        const start = from.current;
        if (!start || Math.abs(event.clientX - start.x) < 3) return;
        write(start.mask, start.at, read(event));
      }}
      onPointerUp={stop}
      onPointerCancel={stop}
      onDblClick={(event) => clear(mask !== event.shiftKey)}
    >
      {([false, true] as const).map((of) => {
        const pair = shown[of ? "mask" : "range"];
        if (!pair) return null;
        const [a, b] = [share(pair[0]), share(pair[1])];
        return (
          <>
            <span
              key={`band ${of}`}
              class={`ts-band ${of ? "ts-band-mask" : ""}`}
              style={{ left: `${a}%`, width: `${Math.max(0, b - a)}%` }}
            />
            {edge(of, 0, pair[0])}
            {edge(of, 1, pair[1])}
          </>
        );
      })}
    </div>
  );
}
