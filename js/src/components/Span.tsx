// A two-ended range: the slice of a dim that is shown. Its handles lie outside the range, so that
// both can be grabbed however narrow it is.
import { useRef, useState } from "preact/hooks";
import type { SliceSlot } from "../protocol";
import { useScope } from "./context";

interface SpanProps {
  dim: number;
  size: number;
  name: string;
  slot: SliceSlot;
}

/** First and last tensor index of a slice, lowest first. */
function ends(slot: SliceSlot, size: number): [number, number] {
  if (slot.size === 0) return [0, size - 1];
  const last = slot.start + (slot.size - 1) * slot.step;
  return slot.start <= last ? [slot.start, last] : [last, slot.start];
}

/** The slice as typed, keeping the step that stands. */
function written([from, to]: [number, number], size: number, step: number): string {
  if (step < 0) {
    const start = to === size - 1 ? "" : String(to);
    const stop = from === 0 ? "" : String(from - 1);
    return `${start}:${stop}:${step}`;
  }
  const text = `${from === 0 ? "" : from}:${to === size - 1 ? "" : to + 1}`;
  return step === 1 ? text : `${text}:${step}`;
}

export function Span({ dim, size, name, slot }: SpanProps) {
  const { actions } = useScope();
  const track = useRef<HTMLDivElement>(null);
  const [hand, setHand] = useState<[number, number] | null>(null);
  const [from, to] = hand ?? ends(slot, size);
  const move = (end: 0 | 1, index: number) => {
    const next: [number, number] = [from, to];
    next[end] =
      end === 0 ? Math.min(to, Math.max(0, index)) : Math.max(from, Math.min(size - 1, index));
    if (next[end] === (end === 0 ? from : to)) return;
    setHand(next);
    actions.setSlot(dim, written(next, size, slot.step));
  };
  const percent = (index: number) => `${(100 * index) / size}%`;
  const handle = (end: 0 | 1, index: number, label: string) => (
    <div
      class={`ts-end ${end === 0 ? "ts-end-left" : "ts-end-right"}`}
      role="slider"
      tabIndex={0}
      aria-label={`${name} ${label}`}
      aria-valuemin={end === 0 ? 0 : from}
      aria-valuemax={end === 0 ? to : size - 1}
      aria-valuenow={index}
      style={{ left: percent(end === 0 ? index : index + 1) }}
      onKeyDown={(event) => {
        const by = STEPS[event.key];
        if (by === undefined) return;
        event.preventDefault();
        event.stopPropagation();
        move(end, Math.min(size - 1, Math.max(0, index + by)));
      }}
      onBlur={() => setHand(null)}
      onPointerDown={(event) => {
        event.preventDefault();
        event.currentTarget.focus();
        event.currentTarget.setPointerCapture(event.pointerId);
      }}
      onPointerMove={(event) => {
        if (!event.currentTarget.hasPointerCapture(event.pointerId) || !track.current) return;
        const box = track.current.getBoundingClientRect();
        const at = ((event.clientX - box.left) / box.width) * size;
        move(end, Math.round(end === 0 ? at : at - 1));
      }}
      onPointerUp={() => setHand(null)}
    />
  );
  return (
    <div class="ts-span" ref={track}>
      <div class="ts-span-fill" style={{ left: percent(from), right: percent(size - 1 - to) }} />
      {handle(0, from, "start")}
      {handle(1, to, "stop")}
    </div>
  );
}

/** By how many steps each key moves a slider, which does not go beyond its ends. */
export const STEPS: Record<string, number> = {
  ArrowLeft: -1,
  ArrowDown: -1,
  ArrowRight: 1,
  ArrowUp: 1,
  PageDown: -10,
  PageUp: 10,
  Home: -Infinity,
  End: Infinity,
};
