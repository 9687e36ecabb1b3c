// What colours stand behind a number: thinly that of the picture, and that of what holds for it.
import { css, layersOf, mixRgb, palette } from "../shared";
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

/**
 * The colour of the condition that holds for a number, the active one first; null: none does, or
 * those that do are hidden; undefined: there is no condition.
 */
export function markOf(store: Store, { frame, i }: Found): string | null | undefined {
  const state = store.state.value;
  if (!frame.mask || !state) return undefined;
  const held = frame.mask[i];
  const layer = layersOf(state, store.skin.value).findLast(({ bits }) => held & bits);
  return layer ? css(layer.colour) : null;
}
