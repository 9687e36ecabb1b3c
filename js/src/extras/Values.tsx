// The numbers themselves, in rows and columns like a spreadsheet, in the picture's place.
import { useEffect, useMemo, useRef, useScope, useState } from "../shared";
import { Blocks } from "./blocks";
import { Grid } from "./Grid";
import { type Area, sheetOf } from "./sheet";
import { type CopyForm, ValuesBar } from "./ValuesBar";
import style from "./values.css";

export function Values() {
  const { store } = useScope();
  const blocks = useMemo(() => new Blocks(store), []);
  const [area, setArea] = useState<Area | null>(null);
  /** Copies in a form; the bar says how it went. */
  const copy = useRef<(form: CopyForm) => void>(() => {});
  useEffect(
    () => () => {
      store.seen = null;
    },
    [],
  );
  const state = store.state.value;
  const tiles = state?.picture.grid?.size ?? 1;
  const [tile, setTile] = useState<number | null>(
    () => store.cursor.value?.tile ?? store.pinned.value?.tile ?? null,
  );
  if (!state) return null;
  const chosen = state.picture.grid ? tile : 0;
  const sheet = chosen === null ? null : sheetOf(state, Math.min(chosen, tiles - 1));
  // What was selected on a larger sheet may lie beyond this one.
  const inside = area && sheet && area.row1 <= sheet.rows && area.col1 <= sheet.columns;
  const selected = inside ? area : null;
  return (
    <div class="ts-values">
      <style>{style}</style>
      <ValuesBar blocks={blocks} sheet={sheet} area={selected} onTile={setTile} copy={copy} />
      {sheet ? (
        <Grid
          blocks={blocks}
          sheet={sheet}
          area={selected}
          tint={store.tint.value}
          onSelect={setArea}
          onCopy={() => copy.current("tsv")}
        />
      ) : (
        <p class="ts-values-none">
          The numbers of one tile at a time: choose which above, or go onto a tile in the picture
          and press <kbd>V</kbd>.
        </p>
      )}
    </div>
  );
}
