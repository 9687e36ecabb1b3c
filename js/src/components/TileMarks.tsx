// What is conspicuous about tiles: a badge on each, and how many there are, above them.
import { css } from "../colour";
import { formatCount, formatShort } from "../format";
import type { MarkKind, TilePage } from "../protocol";
import type { Skin } from "../skin";
import { useScope } from "./context";

const WORDS = { dead: "dead", saturated: "saturated", nonfinite: "with NaN or Inf" } as const;
const BADGES = { dead: "dead", saturated: "sat", nonfinite: "nan" } as const;

export const markOf = (page: TilePage | null, tile: number) =>
  page?.marks[page.at.indexOf(tile)] ?? null;

/** A statistic of a tile, in a few letters. */
export function statText(stat: string, value: number | null): string {
  if (value === null) return "–";
  if (stat === "sparsity" || stat === "nonfinite") return `${formatShort(100 * value, 3)} %`;
  return formatShort(value, 3);
}

/** On the upper right corner of a tile, half above it, so that it hides next to nothing. */
export function paintBadge(
  ctx: CanvasRenderingContext2D,
  kind: MarkKind,
  right: number,
  skin: Skin,
) {
  const text = BADGES[kind];
  ctx.font = `600 9px ${skin.font}`;
  const wide = Math.ceil(ctx.measureText(text).width) + 7;
  ctx.fillStyle = css(kind === "nonfinite" ? skin.nan : kind === "dead" ? skin.ink2 : skin.accent);
  ctx.beginPath();
  ctx.roundRect(right - wide + 2, -7, wide, 12, 3);
  ctx.fill();
  ctx.fillStyle = css(skin.surface);
  ctx.textAlign = "center";
  ctx.fillText(text, right - wide / 2 + 2, 2);
}

/** "3 of 64 dead · 1 saturated": a click goes to the next of them. */
export function TileMarks() {
  const { store, actions } = useScope();
  const page = store.tiles.value;
  const total = store.state.value?.picture.grid?.size ?? 0;
  if (!page || page.marked.length === 0) return null;
  const said = (Object.keys(WORDS) as MarkKind[]).filter((kind) => page.counts[kind] > 0);
  return (
    <button
      type="button"
      class="ts-link ts-tile-marks"
      title="Go to the next of them"
      onClick={actions.nextMarked}
    >
      {said
        .map((kind, i) => {
          const of = i === 0 ? ` of ${formatCount(total)}` : "";
          return `${formatCount(page.counts[kind])}${of} ${WORDS[kind]}`;
        })
        .join(" · ")}
    </button>
  );
}
