// What the widget knows: one signal a fact, and what follows from them.
import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { Changes } from "./changes";
import { resolve, rgbRange, type Scan, scanOf, together } from "./colour";
import { colourType, type Frame } from "./frame";
import { barsFor, firstPixels, geometryFor, layoutFor, pixelRatio, tileSideFor } from "./geometry";
import type { Labels } from "./labels";
import { cellAt, heldIndex, type Position, positionOf, shapeOf, textAt, wholeOf } from "./picture";
import type {
  Cell,
  HitPage,
  HitSlices,
  HitSort,
  Info,
  State,
  Stats,
  TilePage,
  ValueDetail,
  Viewport,
} from "./protocol";
import { type Seen, sheetViewport } from "./sheetview";
import { LIGHT, type Skin } from "./skin";
import { Timers } from "./timers";
import { fitCells, type Geometry, type Rect, whole } from "./viewport";
import { toolbarWidth } from "./wells";

export interface Trouble {
  message: string;
  field: string | null;
  span: [number, number] | null;
  /** What was typed, kept on screen until it is mended or Escape restores. */
  text: string | null;
}

export interface Cursor extends Position {
  by: "pointer" | "key";
}

/** connecting → live; silent: no answer yet; dead: no kernel; closed: by Python. */
export type Phase = "connecting" | "live" | "silent" | "dead" | "closed";
/** Answers that read so much that they wait for a click. */
export type OfferKey =
  | "stats tensor"
  | "stats slice"
  | "hits"
  | "slices"
  | "top"
  | "tiles"
  | "picture"
  | "detail";
export interface Offer {
  text: string;
  size: string;
  /** The id of the request that is being answered; null while it waits for a click. */
  req: string | null;
  done: number;
  total: number;
}

export type CodeTab = "value" | "slice" | "hits";
export type Top = "largest" | "smallest" | "magnitude";
export interface Snapshot {
  png?: string;
  text?: string;
  time?: string;
  stats?: Stats | null;
}

/** Tiles asked for at once. */
export const TILES = 100;

export abstract class View extends Timers {
  // What the kernel said.
  readonly info: Signal<Info | null> = signal(null);
  readonly state: Signal<State | null> = signal(null);
  readonly frame: Signal<Frame | null> = signal(null);
  /** The last frame of the whole plane: lies under those of its parts. */
  base: Frame | null = null;
  readonly found: Signal<Scan | null> = signal(null);
  readonly stats = {
    slice: signal<Stats | null>(null),
    tensor: signal<Stats | null>(null),
  };
  readonly hits: Signal<HitPage | null> = signal(null);
  readonly tiles: Signal<TilePage | null> = signal(null);
  readonly detail: Signal<ValueDetail | null> = signal(null);
  readonly snapshot: Signal<Snapshot | null> = signal(null);
  readonly offers: Signal<Partial<Record<OfferKey, Offer>>> = signal({});
  /** Answers that were told of another selection or reading: shown faded until new ones are here. */
  readonly old: Signal<ReadonlySet<OfferKey>> = signal(new Set<OfferKey>());

  // What this view looks at.
  readonly rect: Signal<Rect | null> = signal(null);
  readonly tileFrom = signal(0);
  /** What of the numbers is on the screen, while they stand in the picture's place. */
  seen: Seen | null = null;
  /** The picture's colours lie behind the numbers. */
  readonly tint = signal(false);
  readonly room = signal({ width: 600, height: 600 }); // device pixels for the picture
  readonly paneWidth = signal(640); // CSS pixels
  readonly width = signal(1000); // of the widget, in CSS pixels
  readonly cursor: Signal<Cursor | null> = signal(null);
  readonly remote: Signal<{ cell: string; text: string; labels?: Labels } | null> = signal(null);
  readonly range: Signal<[number, number] | null> = signal(null);
  readonly skin: Signal<Skin> = signal(LIGHT);
  /** The kind of code that was chosen by hand; null, once something else was touched. */
  readonly tab: Signal<CodeTab | null> = signal(null);
  readonly scope: Signal<"slice" | "tensor"> = signal("slice");
  readonly log = signal(true);
  /** What a drag over the histogram sets. */
  readonly brush: Signal<"range" | "mask"> = signal("range");
  readonly perTile = signal(false);
  readonly lifted = signal(false); // H held: the mask is hidden
  /** The list shows the ten first by this order, in place of the hits. */
  readonly top: Signal<Top | null> = signal(null);
  readonly topPage: Signal<HitPage | null> = signal(null);
  /** The dim along which hits are counted, and in what. */
  readonly by: Signal<{ dim: number; scope: "slice" | "tensor" } | null> = signal(null);
  readonly slices: Signal<HitSlices | null> = signal(null);
  /** Views that share their colours with this one. */
  readonly peers: Signal<readonly View[]> = signal([]);
  /** Where takes one more condition. */
  readonly adding = signal(false);
  readonly sortHand: Signal<HitSort | null> = signal(null);
  /** Hits stand as chosen by hand, else with those first that lie furthest past the threshold. */
  readonly sort = computed(
    () =>
      this.sortHand.value ?? (/</.test(this.state.value?.threshold?.op ?? "") ? "value" : "-value"),
  );
  readonly hitTop = signal(0);
  readonly panel: Signal<"value" | "histogram" | "hits"> = signal("value");
  readonly help = signal(false);
  readonly dragged: Signal<number | null> = signal(null);
  /** The pointer has come to the dims: what it may do there is loaded. */
  readonly reached = signal(false);
  /** Indices that people put in, shown until the kernel has caught up with the last of them. */
  readonly hand: Signal<Record<number, number>> = signal({});
  handPending = false;
  /** The cell that people just pinned (null: unpinned), likewise. */
  readonly cellHand: Signal<Cell | null | undefined> = signal(undefined);
  /** The dim whose tiles were shown before one of them was opened. */
  readonly lastGrid: Signal<number | null> = signal(null);
  tilesAcross = 1;
  root: HTMLElement | null = null;
  /** How often a pointer or key was pressed: what one press sends, however long held, is one step. */
  press = 0;
  /** The next picture takes the focus that the one before it had. */
  focusNext = false;

  readonly changes = new Changes();

  // What is wrong, or slow.
  readonly phase: Signal<Phase> = signal("connecting");
  readonly trouble: Signal<Trouble | null> = signal(null);
  readonly waited = signal(0);
  readonly stoppedAt = signal("");
  readonly closedWhy = signal("");

  /** Bars in place of a short line. */
  readonly bars = computed(() => {
    const state = this.state.value;
    if (!state || shapeOf(state) !== "line") return null;
    const dtype = this.frame.value?.dtype ?? this.info.value?.dtype ?? "";
    return barsFor(state.count, this.paneWidth.value, dtype);
  });

  readonly shape = computed(() => {
    if (!this.state.value) return "empty";
    return this.bars.value ? "bars" : shapeOf(this.state.value);
  });

  /** The numbers stand in the picture's place; a scalar is one, and nothing needs no table. */
  readonly asTable = computed(() => {
    const shape = this.shape.value;
    return !!this.state.value?.table && shape !== "scalar" && shape !== "empty";
  });

  /** What still stands, while something else was typed that cannot be. */
  readonly still = computed(() => {
    const state = this.state.value;
    const field = this.trouble.value?.field;
    return field === "expr" ? state?.expr : field === "where" ? state?.where : null;
  });

  /** Nobody sees the picture, nor its colours. */
  readonly numbersAlone = computed(() => this.asTable.value && !this.tint.value);

  /** A tile's side in CSS pixels. */
  readonly tileSide = computed(() => {
    const grid = this.state.value?.picture.grid;
    return tileSideFor(Math.min(grid?.size ?? TILES, TILES), this.paneWidth.value);
  });

  /** Its picture was one of the tiles, which are a click away. */
  readonly leadsBack = computed(
    () => this.lastGrid.value !== null && !this.state.value?.picture.grid,
  );

  readonly #layout = computed(() => {
    const state = this.state.value;
    // Numbers take all the width there is: few columns fit as it is.
    if (!state || shapeOf(state) !== "plane" || this.asTable.value)
      return { kind: "below", pane: 0 };
    const info = this.info.value;
    const bar = info ? toolbarWidth(state, info, this.leadsBack.value) : 0;
    return layoutFor(state, this.width.value, bar);
  });
  // Apart, as plain values: a step through slices does not draw the widget anew.
  readonly layoutKind = computed(() => this.#layout.value.kind);
  readonly panePixels = computed(() => this.#layout.value.pane);

  /** The pinned cell: the one just pinned by hand, until the kernel has answered. */
  readonly cell: ReadonlySignal<Cell | null> = computed(() => {
    const hand = this.cellHand.value;
    return hand === undefined ? (this.state.value?.cell ?? null) : hand;
  });

  /** The cell that Value and Code speak of: under the cursor, else pinned, else the scalar. */
  readonly focus: ReadonlySignal<Cell | null> = computed(() => {
    const state = this.state.value;
    if (!state) return null;
    const cursor = this.cursor.value;
    if (cursor) return cellAt(state, cursor);
    if (this.cell.value) return this.cell.value;
    return shapeOf(state) === "scalar" ? state.picture.held.map((h) => h ?? 0) : null;
  });

  /** Its exact text: read from the frame, or from the kernel where the frame is reduced. */
  readonly focusText: ReadonlySignal<string | null> = computed(() => {
    const state = this.state.value;
    const frame = this.frame.value;
    const cell = this.focus.value;
    if (!state || !cell) return null;
    const at = this.cursor.value ?? this.pinned.value;
    const here = at ?? (shapeOf(state) === "scalar" ? { row: 0, col: 0, tile: 0 } : null);
    const local = here && frame && frame.serial === state.serial ? textAt(frame, here) : null;
    if (local !== null) return local;
    const name = cell.join();
    if (this.remote.value?.cell === name) return this.remote.value.text;
    return this.detail.value?.cell.join() === name ? this.detail.value.text : null;
  });

  /** Where the pinned cell lies in the picture, if it is in it. */
  readonly pinned: ReadonlySignal<Position | null> = computed(() =>
    this.state.value ? positionOf(this.state.value, this.cell.value) : null,
  );

  /** The rows that are listed: the ten first, else a chunk of the hits. */
  readonly list = computed(() => (this.top.value ? this.topPage.value : this.hits.value));

  /** Map and range in use; a legend handle being dragged wins over the state. */
  readonly colours = computed(() => {
    // A picture that was not asked for has the colours of what is known of its values.
    const stats = this.stats.slice.value;
    const found = this.found.value ?? (stats && scanOf(stats));
    const state = this.state.value;
    const frame = this.frame.value;
    if (!found || !state || !frame) return null;
    const chosen = this.range.value ?? state.colour.range;
    if (state.picture.grid?.rgb)
      return { map: "grey", range: rgbRange(frame.dtype, found, chosen) };
    const peers = this.peers.value.flatMap((peer) => peer.found.value ?? []);
    const whole = peers.length > 0 ? together(found, peers) : found;
    return resolve(state.colour.map, colourType(frame), whole, chosen);
  });

  /** How many cells the picture's colours do not reach. */
  readonly outside = computed(() => {
    const range = this.colours.value?.range;
    let count = 0;
    for (const x of (range && this.frame.value?.values.numbers) ?? []) {
      if (x - x === 0 && (x < range!.low || x > range!.high)) count++;
    }
    return count;
  });

  /**
   * The positions and pixels this view wants; `grid` if the coming picture has tiles, `numbers` if
   * they will stand in its place.
   */
  viewport(
    grid = !!this.state.value && shapeOf(this.state.value) === "grid",
    numbers = this.numbersAlone.value,
  ): Viewport {
    if (numbers && this.state.value) return sheetViewport(this.state.value, this.seen);
    const rect = this.rect.value;
    const tile = this.tileGeometry(this.state.value);
    return {
      rows: rect && !grid ? [rect.row0, rect.row1] : null,
      columns: rect && !grid ? [rect.col0, rect.col1] : null,
      px: this.#pixels(),
      tile: [tile.width, tile.height],
      tiles: [this.tileFrom.value, this.tileFrom.value + TILES],
    };
  }

  /** Where the cells of a tile lie: it is no larger than a square. */
  tileGeometry(state: State | null): Geometry {
    const side = Math.round(this.tileSide.value * pixelRatio());
    return fitCells(state ? wholeOf(state) : whole(1, 1), side, side, side);
  }

  /** Where cells lie now: of each tile, or of a picture that has none. */
  geometry(state: State): Geometry {
    return shapeOf(state) === "grid"
      ? this.tileGeometry(state)
      : geometryFor(state, this.rect.value, this.room.value);
  }

  /** The picture's size in device pixels: what cannot be painted need not be sent. */
  #pixels(): [number, number] {
    const state = this.state.value;
    const room = this.room.value;
    if (!state) return firstPixels(this.info.value?.shape ?? [], room);
    if (shapeOf(state) !== "plane") return [Math.round(room.width), Math.round(room.height)];
    const g = this.geometry(state);
    return [g.width, g.height];
  }

  /** The index a dim stands at: where people just put it, else where the kernel has it. */
  indexOf(dim: number): number {
    const state = this.state.value;
    return this.hand.value[dim] ?? (state ? heldIndex(state, dim) : 0);
  }

  /** Gives the focus to a new picture, if the one it replaces was in use. */
  takeFocus(picture: HTMLElement) {
    if (this.focusNext) picture.focus({ preventScroll: true });
    this.focusNext = false;
  }

  /** The dim whose cell in the bar holds the focus. */
  focusedDim(): number | undefined {
    const tree = this.root?.getRootNode() as Document | ShadowRoot | undefined;
    const cell = tree?.activeElement?.closest<HTMLElement>("[data-dim]");
    return cell ? Number(cell.dataset.dim) : undefined;
  }
}
