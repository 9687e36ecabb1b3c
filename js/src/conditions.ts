// Conditions: their colours, and which bits of the mask the picture shows. Pure: no DOM.
import type { Rgb, Theme } from "./colour";
import type { Frame } from "./frame";
import type { Named, State } from "./protocol";
import type { Skin } from "./skin";

/** Eight colours that stay apart for colour-blind people too, each at least 3:1 on the surface. */
export const HUES: Record<Theme, readonly string[]> = {
  light: [
    ...["#6887ff", "#5e0f3e", "#e9622e", "#83527f"],
    ...["#323fe1", "#421792", "#ac849e", "#ac1c0f"],
  ],
  dark: [
    ...["#526ffb", "#f0d507", "#ca5747", "#a9def0"],
    ...["#bd96fe", "#986ea2", "#df911a", "#43bd99"],
  ],
};

/** All conditions together. */
const ALL = 255;

/** Hits that are marked in one way. */
export interface Layer {
  /** Their bits in the mask. */
  bits: number;
  colour: Rgb;
  /** What the line is set off by from colours that are much like its own. */
  rim: Rgb;
}

export const namedOf = (state: State | null): readonly Named[] => state?.conditions ?? [];

/** True if conditions have names, and so colours. */
export const areNamed = (state: State | null) => !!namedOf(state)[0]?.name;

const rgb = (hex: string): Rgb =>
  [1, 3, 5].map((i) => Number.parseInt(hex.slice(i, i + 2), 16)) as unknown as Rgb;

/** How hits are marked: in ink where there is one condition; named ones each in its colour, the
 *  active one last, and so on top. */
export function layersOf(state: State, skin: Skin): Layer[] {
  if (!areNamed(state)) return [{ bits: ALL, colour: skin.ink, rim: skin.surface }];
  const all = namedOf(state).map((one, k) => ({ one, k }));
  const shown = all.filter(({ one }) => !one.hidden);
  shown.sort((a, b) => Number(a.one.active) - Number(b.one.active));
  const [hues, rim] = [HUES[skin.theme], skin.surface];
  return shown.map(({ k }) => ({ bits: 1 << k, colour: rgb(hues[k]), rim }));
}

/** True if a condition is a plain bound, whose hits can be read off the axis. */
export const isBound = (threshold: State["threshold"]) =>
  threshold !== null && /[<>]/.test(threshold.op);

/** True if the layers have colours of their own. */
export const inColour = (layers: readonly Layer[]) => layers.some((one) => one.bits !== ALL);

const seen = new WeakMap<Uint8Array, Map<number, Uint8Array | null>>();

/** The frame with the hits of hidden conditions left out of its mask. */
export function withoutHidden(frame: Frame, state: State): Frame {
  const bits = namedOf(state).reduce((n, one, k) => n | (one.hidden ? 0 : 1 << k), 0);
  const { mask } = frame;
  if (!mask || namedOf(state).every((one) => !one.hidden)) return frame;
  const known = seen.get(mask) ?? new Map<number, Uint8Array | null>();
  seen.set(mask, known);
  let kept = known.get(bits);
  if (kept === undefined) {
    kept = bits ? mask.map((m) => m & bits) : null;
    known.set(bits, kept);
  }
  return { ...frame, mask: kept };
}
