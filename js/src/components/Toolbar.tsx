// Roles of dims: wells that are comboboxes and drop targets at once; zoom beside them.
import type { State } from "../protocol";
import { colourDim, colourDims, IN_COLOUR, isStrip, wellTexts } from "../wells";
import { useScope } from "./context";
import { Icon, type IconName } from "./Icon";
import { IconButton } from "./IconButton";
import { SortTiles } from "./TileSort";

export const OPS = ["mean", "max", "min", "absmax", "std", "sum", "norm"] as const;
type WellRole = "rows" | "columns" | "grid" | "reduce";

interface WellProps {
  well: WellRole;
  label: string;
  value: string;
  text: string;
  empty: boolean;
  onPick: (value: string) => void;
  children: preact.ComponentChildren;
}

function Well({ well, label, value, text, empty, onPick, children }: WellProps) {
  const { store } = useScope();
  const dragging = store.dragged.value !== null;
  return (
    <span
      class={`ts-well ${empty ? "ts-empty" : ""} ${dragging ? "ts-target" : ""}`}
      data-well={well}
    >
      <Icon name={well satisfies IconName} />
      <span class="ts-well-text" aria-hidden="true">
        {text}
      </span>
      <Icon name="chevron" size={12} />
      <select
        aria-label={label}
        value={value}
        onChange={(event) => onPick(event.currentTarget.value)}
      >
        {children}
      </select>
    </span>
  );
}

/** Dims that can be put in the picture: all of them, except none for a scalar. */
function options(dims: string[], none: string | null) {
  return (
    <>
      {none && <option value="">{none}</option>}
      {dims.map((name, d) => (
        <option value={String(d)}>{name}</option>
      ))}
    </>
  );
}

export function Toolbar() {
  const { store, actions } = useScope();
  const state = store.state.value;
  const info = store.info.value;
  if (!state || !info || info.shape.length === 0) return null;
  const { rows, columns, grid } = state.picture;
  const colours = colourDims(info);
  const texts = wellTexts(state, info.dims);
  const colour = grid?.rgb;
  const pickGrid = (value: string) => {
    if (value.startsWith("rgb")) actions.setRgb(Number(value.slice(3)));
    else if (colour && Number(value) === grid.dim && value !== "") actions.setTiles();
    else pick("grid")(value);
  };
  const pick = (role: "rows" | "columns" | "grid") => (value: string) =>
    actions.setRole(role, value === "" ? null : Number(value));
  return (
    <div class="ts-toolbar">
      <Well
        well="rows"
        label="Rows"
        value={rows ? String(rows.dim) : ""}
        text={texts.rows}
        empty={!rows}
        onPick={pick("rows")}
      >
        {options(info.dims, "none")}
      </Well>
      <Well
        well="columns"
        label="Columns"
        value={columns ? String(columns.dim) : ""}
        text={texts.columns}
        empty={!columns}
        onPick={pick("columns")}
      >
        {options(info.dims, "none")}
      </Well>
      <Well
        well="grid"
        label="Grid"
        value={grid ? `${colour ? "rgb" : ""}${grid.dim}` : ""}
        text={texts.grid}
        empty={!grid}
        onPick={pickGrid}
      >
        {options(info.dims, "none")}
        {colours.map((d) => (
          <option value={`rgb${d}`}>{info.dims[d]} as colour</option>
        ))}
      </Well>
      <ReduceWell state={state} dims={info.dims} text={texts.reduce} />
      <span class="ts-spring" />
      <Tools />
    </div>
  );
}

/** One reduction at a time is named; picking it again for 'none' returns the dim's index. */
function ReduceWell({ state, dims, text }: { state: State; dims: string[]; text: string }) {
  const { actions } = useScope();
  const reduced = state.slots.flatMap((slot, d) => (slot.kind === "reduce" ? [{ d, slot }] : []));
  const last = reduced.at(-1);
  const choose = (value: string) => {
    if (value !== "") {
      const [dim, op] = value.split(" ");
      actions.setReduce(Number(dim), op === "none" ? null : op);
    } else for (const { d } of reduced) actions.setReduce(d, null);
  };
  return (
    <Well
      well="reduce"
      label="Reduce"
      value={last ? `${last.d} ${last.slot.op}` : ""}
      text={text}
      empty={!last}
      onPick={choose}
    >
      <option value="">none</option>
      {dims.map((name, d) => (
        <optgroup label={name}>
          {OPS.map((op) => (
            <option value={`${d} ${op}`}>{`${op} over ${name}`}</option>
          ))}
        </optgroup>
      ))}
    </Well>
  );
}

/** On the right: zoom for a plane, the range of tiles for a grid; numbers in place of both. */
function Tools() {
  const { store } = useScope();
  const shape = store.shape.value;
  if (shape === "scalar" || shape === "empty") return null;
  return (
    <span class="ts-tools">
      {!store.asTable.value && <InColour />}
      {!store.asTable.value && <PictureTools />}
      <TableButton />
    </span>
  );
}

/** One click for what is an image, as far as its shape tells. */
function InColour() {
  const { store, actions } = useScope();
  const [info, state] = [store.info.value, store.state.value];
  const dim = info && state ? colourDim(info, state) : null;
  return dim === null ? null : (
    <IconButton
      icon="rgb"
      title={`In colour: ${info?.dims[dim]} as red, green, blue`}
      label={IN_COLOUR}
      onClick={() => actions.setRgb(dim)}
    >
      {state && isStrip(state, dim) && IN_COLOUR}
    </IconButton>
  );
}

function TableButton() {
  const { store, actions } = useScope();
  return (
    <IconButton
      icon="table"
      class="ts-toggle"
      title="Numbers (V)"
      label="Table"
      pressed={store.asTable.value}
      onClick={actions.toggleTable}
    />
  );
}

function PictureTools() {
  const { store, actions } = useScope();
  if (store.shape.value === "grid") {
    return (
      <span class="ts-tools">
        <SortTiles />
        <Switch
          label="Range"
          named
          options={["shared", "per tile"]}
          value={store.perTile.value ? "per tile" : "shared"}
          onPick={(v) => {
            store.perTile.value = v === "per tile";
          }}
        />
      </span>
    );
  }
  if (store.shape.value !== "plane") return null;
  const { lastGrid, info, leadsBack } = store;
  return (
    <span class="ts-tools">
      {leadsBack.value && (
        <IconButton
          icon="left"
          title="Back to all tiles (Esc)"
          label={`Back to all of ${info.value?.dims[lastGrid.value ?? 0]}`}
          onClick={actions.backToTiles}
        >
          <span class="ts-wide-only">Back</span>
        </IconButton>
      )}
      <ZoomTools />
    </span>
  );
}

function ZoomTools() {
  const { store, actions } = useScope();
  return (
    <span class="ts-tools ts-wide-only">
      <IconButton
        icon="zoomIn"
        title="Zoom in (+)"
        label="Zoom in"
        onClick={() => actions.zoomBy(1.5)}
      />
      <IconButton
        icon="fit"
        title="Fit (0)"
        label="Fit"
        disabled={!store.rect.value}
        onClick={actions.fit}
      />
    </span>
  );
}

interface SwitchProps<T extends string> {
  label: string;
  options: readonly T[];
  value: T;
  disabled?: readonly T[];
  /** Its label is seen too: the choices alone do not say what they are about. */
  named?: boolean;
  onPick: (value: T) => void;
}

/** A few choices side by side, one of them pressed. */
export function Switch<T extends string>(props: SwitchProps<T>) {
  return (
    <>
      {props.named && (
        <span class="ts-label" aria-hidden="true">
          {props.label}
        </span>
      )}
      <fieldset class="ts-switch" aria-label={props.label}>
        {props.options.map((option) => (
          <button
            type="button"
            aria-pressed={option === props.value}
            disabled={props.disabled?.includes(option)}
            onClick={() => props.onPick(option)}
          >
            {option}
          </button>
        ))}
      </fieldset>
    </>
  );
}
