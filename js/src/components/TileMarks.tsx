// What is conspicuous about tiles: a badge on each, and how many there are, above them.
import { css, type Scan } from "../colour";
import { formatCount, formatShort } from "../format";
import type { Frame } from "../frame";
import type { MarkKind, TilePage } from "../protocol";
import type { Skin } from "../skin";
import { useScope } from "./context";

const WORDS = { dead: "dead", saturated: "saturated", nonfinite: "with NaN or Inf" } as const;
const BADGES = { dead: "dead", saturated: "sat" } as const;

export const markOf = (page: TilePage | null, tile: number) =>
  page?.marks[page.at.indexOf(tile)] ?? null;

/** A statistic of a tile, in a few letters. */
export function statText(stat: string, value: number | null): string {
  if (value === null) return "–";
  if (stat === "sparsity" || stat === "nonfinite") return `${formatShort(100 * value, 3)} %`;
  return formatShort(value, 3);
}

/**
 * What stands under a tile: the statistic that the grid is sorted by (without an order the maximum),
 * of finite values as the order is; nothing until it is known.
 */
export function labelOf(
  page: TilePage | null,
  tile: number,
  sort: string | null,
  own: Scan,
): string {
  const told = page && page.sort === sort ? page.values[page.at.indexOf(tile)] : undefined;
  if (page && told !== undefined) return statText(page.stat, told);
  if (sort !== null && !/^-?max$/.test(sort)) return "";
  return own.finite ? formatShort(own.max, 3) : "–";
}

/** The badge of a tile: what the kernel says of it, until then what the page sees of NaN and Inf. */
export function badgeOf(page: TilePage | null, frame: Frame, tile: number, own: Scan) {
  const mark = markOf(page, tile);
  if (mark && mark.kind !== "nonfinite") return BADGES[mark.kind];
  if (mark) return /NaN/.test(mark.text) ? "nan" : "inf";
  // Masked places are read as NaN, and are none.
  if (page || frame.hidden > 0) return null;
  if (own.nan > 0) return frame.spoken ? "NaT" : "nan";
  return own.posinf + own.neginf > 0 ? "inf" : null;
}

/** On the upper right corner of a tile, half above it, so that it hides next to nothing. */
export function paintBadge(
  ctx: CanvasRenderingContext2D,
  text: NonNullable<ReturnType<typeof badgeOf>>,
  right: number,
  skin: Skin,
) {
  ctx.font = `600 9px ${skin.font}`;
  const wide = Math.ceil(ctx.measureText(text).width) + 7;
  const colours = {
    dead: skin.ink2,
    sat: skin.accent,
    inf: skin.ink,
    nan: skin.nan,
    NaT: skin.nan,
  };
  ctx.fillStyle = css(colours[text]);
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
