// Above the numbers: which tile, what is selected, and how to take it along.

import {
  confirmed,
  copyText,
  formatCount,
  Icon,
  UNSURE,
  useRef,
  useScope,
  useState,
} from "../shared";
import { type Blocks, type Found, textOf } from "./blocks";
import { numpyOf, tsvOf } from "./copies";
import { Saving } from "./files";
import { CLOSE } from "./paths";
import { type Area, cellsIn, coordinate, exprOf, type Sheet } from "./sheet";

/** More numbers than this are no text for a clipboard. */
const MOST = 1_000_000;
/** Characters of a text in a cell at most; the file has all of them. */
const SHORTENED = 40;
const COPIES = [
  ["tsv", "for a spreadsheet (TSV, Ctrl C)"],
  ["numpy", "as NumPy code: np.array(…)"],
  ["code", "as code that reads them"],
] as const;
const SAVES = [
  ["npy", "as .npy"],
  ["csv", "as .csv"],
] as const;
export type CopyForm = (typeof COPIES)[number][0];

interface BarProps {
  blocks: Blocks;
  sheet: Sheet | null;
  area: Area | null;
  onTile: (tile: number) => void;
  /** Gets what copies, for keys. */
  copy: { current: (form: CopyForm) => void };
}

interface Said {
  text: string;
  tone?: "error";
  /** A part of a whole, while it is made. */
  share?: number | null;
}

export function ValuesBar({ blocks, sheet, area, onTile, copy }: BarProps) {
  const { store, actions } = useScope();
  const [said, say] = useState<Said | null>(null);
  /** Ends what is under way. */
  const stop = useRef<() => void>(() => {});
  const taking = useRef<(form: CopyForm) => Promise<string | null>>(async () => null);
  const state = store.state.value!;
  const { grid } = state.picture;
  const labels = store.info.value?.dims ?? [];

  const attempt = (work: () => Promise<string | null>) => {
    stop.current = () => {};
    say({ text: "Working…", share: null });
    work().then(
      (text) => say(text === null ? null : { text }),
      (error: Error) => say({ text: error.message, tone: "error" }),
    );
  };
  const take = async (form: CopyForm) => {
    if (!sheet) return null;
    const all = area ?? { row0: 0, row1: sheet.rows, col0: 0, col1: sheet.columns };
    const count = cellsIn(all);
    if (form === "code") {
      await copyText(await codeOf(all, sheet), store.root);
      return "Copied the code";
    }
    if (count > MOST) {
      throw new Error(
        `${formatCount(count)} numbers are too many for a clipboard (${formatCount(MOST)}): select fewer, or save a file`,
      );
    }
    const { dtype, write } = writing(form);
    let stopped = false;
    stop.current = () => {
      stopped = true;
    };
    const rows = await blocks.read(sheet, all, write, (share) => {
      if (stopped) throw new Error("Stopped: nothing was copied");
      say({ text: "Copying", share });
    });
    const line = sheet.line !== null;
    const text = form === "tsv" ? tsvOf(rows) : numpyOf(rows, dtype(), line);
    await copyText(text, store.root);
    const short = rows.some((row) =>
      row.some((cell) => cell?.length === SHORTENED && cell.endsWith("…")),
    );
    if (store.info.value?.numeric === "O" && short) {
      return "Copied; long texts are shortened: save a .csv";
    }
    return `Copied ${formatCount(count)} ${count === 1 ? "number" : "numbers"}`;
  };
  /** How a cell is written, and of which dtype the array is. */
  const writing = (form: CopyForm) => {
    const info = store.info.value!;
    let wire = info.dtype;
    if (form === "numpy" && info.numeric === "O") {
      throw new Error("Text and objects have no plain array: copy them for a spreadsheet");
    }
    const write = (found: Found) => {
      if (!found.frame.spoken) wire = found.frame.dtype;
      // Durations are counted in ticks, whose unit the dtype says.
      const ticks = form === "numpy" && info.numeric === "m";
      return ticks ? found.frame.values.text(found.i) : textOf(found).text;
    };
    return { dtype: () => wire, write };
  };
  const codeOf = async (all: Area, from: Sheet) => {
    const expr = exprOf(state, from, all);
    const answer = await store.channel.request("value", { kind: "code", expr });
    if (!answer?.reply.code) throw new Error("The kernel sent no code");
    const turned = from.down && from.across && from.down.dim > from.across.dim;
    return turned ? `(${answer.reply.code}).T` : answer.reply.code;
  };
  const save = async (form: "npy" | "csv") => {
    const saving = new Saving(store.channel, form);
    stop.current = () => {
      say({ text: "Stopping…", share: null });
      saving.stop().catch((error: Error) => say({ text: error.message, tone: "error" }));
    };
    const made = await saving.run((done, size) => say({ text: "Saving", share: done / size }));
    if (!made) return "Stopped: nothing was saved";
    return made.note ? `Saved ${made.name}. ${made.note}` : `Saved ${made.name}`;
  };

  taking.current = take;
  copy.current = (form) =>
    attempt(async () => {
      const sure = await confirmed(store);
      const text = await taking.current(form); // of what is shown now
      if (!sure) throw new Error(UNSURE);
      return text;
    });
  const selected = area
    ? `${formatCount(area.row1 - area.row0)} × ${formatCount(area.col1 - area.col0)} selected`
    : "";
  return (
    <div class="ts-values-bar">
      {grid && (
        <label class="ts-values-tile">
          <span class="ts-label">{labels[grid.dim]}</span>
          <select
            aria-label={`Tile of ${labels[grid.dim]}`}
            value={sheet ? String(sheet.tile) : ""}
            onChange={(event) => onTile(Number(event.currentTarget.value))}
          >
            {!sheet && <option value="">choose…</option>}
            {Array.from({ length: Math.min(grid.size, 4096) }, (_, tile) => (
              <option key={tile} value={String(tile)}>
                {coordinate(grid, tile)}
              </option>
            ))}
          </select>
        </label>
      )}
      <Choice
        label="Copy"
        title="Copy what is selected, or all of it"
        options={COPIES}
        onPick={copy.current}
      />
      <Choice
        label="Save"
        title={`Save ${state.expr}`}
        options={SAVES.map(([form, text]) => [form, `${state.expr} ${text}`] as const)}
        onPick={(form) => attempt(() => save(form))}
      />
      <button
        type="button"
        class="ts-bare ts-toggle"
        aria-pressed={store.tint.value}
        title="The picture's colours behind the numbers"
        onClick={() => actions.setTint(!store.tint.value)}
      >
        Tint
      </button>
      <span
        class={`ts-values-say ts-clip ${said?.tone === "error" ? "ts-values-wrong" : ""}`}
        role={said?.tone === "error" ? "alert" : "status"}
        title={said?.text}
      >
        {said ? said.text : selected}
      </span>
      {said?.share !== undefined && (
        <>
          <progress
            class="ts-progress"
            aria-label="Progress"
            max={1}
            value={said.share ?? undefined}
          />
          <button type="button" class="ts-button ts-small" onClick={() => stop.current()}>
            Cancel
          </button>
        </>
      )}
      {said && said.share === undefined && (
        <button type="button" class="ts-bare" aria-label="Dismiss" onClick={() => say(null)}>
          <Icon name={CLOSE} size={12} />
        </button>
      )}
    </div>
  );
}

interface ChoiceProps<T extends string> {
  label: string;
  title: string;
  options: readonly (readonly [T, string])[];
  onPick: (value: T) => void;
}

/** A menu of things to do: a word over which lies a select that falls back. */
function Choice<T extends string>({ label, title, options, onPick }: ChoiceProps<T>) {
  return (
    <span class="ts-menu" title={title}>
      <span aria-hidden="true">{label}</span>
      <Icon name="chevron" size={12} />
      <select
        aria-label={label}
        value=""
        onChange={(event) => {
          const picked = event.currentTarget.value as T;
          event.currentTarget.value = "";
          if (picked) onPick(picked);
        }}
      >
        <option value="" disabled>
          {label}…
        </option>
        {options.map(([value, text]) => (
          <option key={value} value={value}>
            {text}
          </option>
        ))}
      </select>
    </span>
  );
}
