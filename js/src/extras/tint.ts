// A thin tint of the picture's colour behind a number.
import { css, mixRgb, palette } from "../shared";
import type { Store } from "../store";
import type { Found } from "./blocks";

const SHARE = 0.4;

export function backgroundOf(store: Store, { frame, i }: Found): string | undefined {
  const colours = store.colours.value;
  const x = Number(frame.values.numbers[i]);
  if (!colours || !Number.isFinite(x)) return undefined;
  const { theme, surface, ink } = store.skin.value;
  const table = palette(colours.map, theme, surface, ink).colours;
  const { low, high } = colours.range;
  const share = high > low ? (x - low) / (high - low) : 0.5;
  const at = Math.round(Math.max(0, Math.min(1, share)) * (table.length - 1));
  return css(mixRgb(table[at], surface, SHARE));
}
