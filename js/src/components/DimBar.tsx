// One cell a dim: an index to step through, or the slice that is shown, and its role.
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { roleOf } from "../picture";
import { useScope } from "./context";
import { useGrip } from "./drag";
import { Grip, Icon } from "./Icon";
import { Span } from "./Span";
import { IndexWords } from "./Words";

/** From this many dims on, dims of size 1 fold into one button. */
const FOLD = 6;

export function DimBar() {
  const { store } = useScope();
  const [unfolded, setUnfolded] = useState(false);
  const info = store.info.value;
  if (!info || !store.state.value || info.shape.length === 0) return null;
  const fold = info.shape.length > FOLD && !unfolded;
  const dims = info.shape.map((size, dim) => ({ size, dim }));
  const shown = fold ? dims.filter(({ size }) => size !== 1) : dims;
  const hidden = dims.length - shown.length;
  return (
    <div
      class="ts-dims"
      onPointerEnter={() => {
        store.reached.value = true;
      }}
    >
      {shown.map(({ dim, size }) => (
        <DimCell key={dim} dim={dim} size={size} />
      ))}
      {hidden > 0 && (
        <button
          type="button"
          class="ts-fold"
          title={`${hidden} dims of size 1`}
          onClick={() => setUnfolded(true)}
        >
          +{hidden}
        </button>
      )}
    </div>
  );
}

function DimCell({ dim, size }: { dim: number; size: number }) {
  const { store, actions } = useScope();
  const info = store.info.value!;
  const state = store.state.value!;
  const name = info.dims[dim];
  const slot = state.slots[dim];
  const role = roleOf(state, dim);
  const grip = useGrip(dim);
  const cell = useRef<HTMLDivElement>(null);
  // What has the focus may be about to go, as a slider where a dim is no longer stepped.
  const tree = cell.current?.getRootNode() as Document | ShadowRoot | undefined;
  const focused = cell.current?.contains(tree!.activeElement) && tree!.activeElement;
  useLayoutEffect(() => {
    if (focused && !focused.isConnected)
      cell.current?.querySelector<HTMLElement>("button, input")?.focus();
  });
  const over = store.dragged.value !== null && store.dragged.value !== dim;
  // An index dim; also one beyond the three that can be shown, which is held at an index, and
  // a shown one whose slot is an index, as after typing a single cell.
  const stepped = role === "index" || slot.kind === "index";
  const keys = (event: KeyboardEvent) => {
    const typing = (event.target as HTMLElement).dataset.key === "slot";
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    const key = event.key.toLowerCase();
    if (!"rcgmi".includes(key) || key.length !== 1) return;
    event.preventDefault();
    event.stopPropagation();
    actions.roleByKey(dim, key);
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be a grid item in every browser
    <div
      class={`ts-dim ${size === 1 ? "ts-single" : ""} ${over ? "ts-over-dim" : ""}`}
      role="group"
      aria-label={`${name}, size ${size}, ${role}`}
      data-dim={dim}
      ref={cell}
      onKeyDown={keys}
    >
      <div class="ts-dim-head">
        {size !== 1 && (
          <button type="button" class="ts-grip" aria-label={`Move ${name}`} title={HINT} {...grip}>
            <Grip />
          </button>
        )}
        <span class="ts-dim-name">{name}</span>
        <span class="ts-mono ts-dim3">{size}</span>
        <span class="ts-spring" />
        {stepped && <IndexWords dim={dim} />}
        {role !== "index" && (
          <span class="ts-tag">
            <Icon name={role} size={14} />
            {slot.kind === "reduce" ? slot.op : role}
          </span>
        )}
      </div>
      <div class="ts-dim-body">
        {stepped && size > 1 && <IndexSlider dim={dim} size={size} name={name} />}
        {stepped && (
          <Entry
            label={name}
            held={String(store.indexOf(dim))}
            steps={{ type: "number", min: -size, max: size - 1, step: 1 }}
            send={(text) => actions.setIndex(dim, Number(text))}
          />
        )}
        {!stepped && slot.kind === "slice" && size > 0 && (
          <Span dim={dim} size={size} name={name} slot={slot} />
        )}
        {!stepped && (
          <Entry
            label={`${name} slice`}
            held={slot.text}
            send={(text) => actions.setSlot(dim, text || ":")}
          />
        )}
      </div>
    </div>
  );
}

const HINT = "Drag to a role, or press R C G M I";

interface IndexProps {
  dim: number;
  size: number;
  name: string;
}

function IndexSlider({ dim, size, name }: IndexProps) {
  const { store, actions } = useScope();
  const at = store.indexOf(dim);
  return (
    <input
      type="range"
      class="ts-slider"
      aria-label={name}
      min={0}
      max={size - 1}
      step={1}
      value={at}
      style={{ "--at": `${(100 * at) / Math.max(1, size - 1)}%` }}
      onInput={(event) => actions.setIndex(dim, event.currentTarget.valueAsNumber)}
      onPointerMove={(event) => store.ahead?.near(dim, event)}
    />
  );
}

interface EntryProps {
  label: string;
  held: string;
  /** Of a number, which can be stepped; without it a slice. */
  steps?: { type: "number"; min: number; max: number; step: number };
  send: (text: string) => void;
}

/**
 * Where a dim is held, as text. No picture that arrives meanwhile overwrites what is being typed. A
 * refused text stays, to be mended; it is not sent again by leaving the box.
 */
function Entry({ label, held, steps, send }: EntryProps) {
  const { store } = useScope();
  const [draft, setDraft] = useState<string | null>(null);
  const sent = useRef<string | null>(null);
  const state = store.state.value;
  useEffect(() => {
    if (sent.current !== null) setDraft(null);
    sent.current = null;
  }, [state]);
  const drop = (box: HTMLInputElement) => {
    setDraft(null);
    box.value = held;
  };
  const commit = ({ currentTarget: box }: { currentTarget: HTMLInputElement }) => {
    const text = box.value.trim();
    if (text === held || (steps && !(text && Number.isInteger(Number(text))))) {
      drop(box);
    } else if (text !== sent.current) {
      sent.current = text;
      send(text);
    }
  };
  return (
    <input
      {...((steps ?? { type: "text" }) as { type: "number" })}
      class={`ts-number ts-mono ${steps ? "" : "ts-slot"}`}
      aria-label={label}
      data-key={steps ? undefined : "slot"}
      spellcheck={false}
      value={draft ?? held}
      onInput={(event) => {
        // Stepping sends at once; what is being typed waits for Enter or blur.
        if (!event.inputType) return commit(event);
        sent.current = null;
        setDraft(event.currentTarget.value);
      }}
      onChange={commit}
      onBlur={commit}
      onKeyDown={(event) => {
        if (event.key === "Enter") commit(event);
        if (event.key !== "Escape" || event.currentTarget.value === held) return;
        drop(event.currentTarget);
        event.stopPropagation();
      }}
    />
  );
}
