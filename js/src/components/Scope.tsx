// The whole widget, from header to code.
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { KeyGroup } from "../extras/keylist";
import { formatShape } from "../format";
import { TALLEST } from "../geometry";
import { handleKey } from "../keys";
import { CodeBar } from "./CodeBar";
import { useScope } from "./context";
import { DimBar } from "./DimBar";
import { Extra } from "./Extra";
import { Fields } from "./Fields";
import { Facts, Header, Warnings } from "./Header";
import { Heatmap } from "./Heatmap";
import { Inspector } from "./Inspector";
import { Plot1d } from "./Plot1d";
import { painted } from "./painted";
import { Scalar } from "./Scalar";
import { Key, StateLine } from "./StateLine";
import { Tiles } from "./Tiles";
import { Toolbar } from "./Toolbar";

/** Below this width the widget is one column. */
export const NARROW = 640;
/** Below this width an inspector under the picture has two columns. */
export const MEDIUM = 860;

interface ScopeProps {
  /** What stands there in place of the header. */
  head?: ComponentChildren;
  /** Keys of what is around it, for the list that `?` shows. */
  keys?: KeyGroup;
}

export function Scope({ head, keys }: ScopeProps) {
  const { store, actions } = useScope();
  const root = useRef<HTMLElement>(null);
  useEffect(() => {
    const el = root.current;
    if (!el) return;
    const up = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() === "h") store.lifted.value = false;
    };
    const lost = () => {
      store.lifted.value = false;
    };
    el.addEventListener("keyup", up);
    el.addEventListener("focusout", lost);
    return () => {
      el.removeEventListener("keyup", up);
      el.removeEventListener("focusout", lost);
    };
  }, []);
  const phase = store.phase.value;
  const slow = store.waited.value > 0;
  const condition =
    phase === "dead" || phase === "closed"
      ? "dead"
      : slow || phase === "connecting" || phase === "silent"
        ? "waiting"
        : store.frame.value?.unsynchronised
          ? "stale"
          : "ready";
  useEffect(() => {
    if (store.root) store.root.dataset.state = condition;
  }, [condition]);
  const info = store.info.value;
  return (
    <section
      ref={root}
      class="ts-scope"
      tabIndex={-1}
      aria-label={info?.name ?? "tensor"}
      onKeyDown={(event) => {
        if (!handleKey(event, store, actions)) return;
        event.preventDefault();
        event.stopPropagation();
      }}
    >
      {head ?? <Header />}
      <Facts />
      {Object.keys(store.offers.value).length > 0 && <Extra name="Offers" />}
      <Warnings />
      {store.state.value ? <Live /> : <Still />}
      {store.help.value && <Extra name="Help" more={keys} />}
    </section>
  );
}

function Live() {
  const { store } = useScope();
  const shape = store.shape.value;
  const beside = shape !== "scalar" && shape !== "empty";
  return (
    <>
      <DimBar />
      <Fields />
      <div
        class={`ts-body ts-is-${shape} ${beside ? `ts-lay-${store.layoutKind.value}` : ""}`}
        style={{ "--ts-pane": `${store.panePixels.value}px` }}
      >
        <Pane />
        {beside && <Inspector />}
      </div>
      <CodeBar />
    </>
  );
}

/** The picture with its toolbar and line; tells the store how much room there is. */
function Pane() {
  const { store } = useScope();
  const pane = useRef<HTMLDivElement>(null);
  const shape = store.shape.value;
  useEffect(() => {
    const el = pane.current;
    if (!el) return;
    const measure = () => store.guard(() => store.setPane(el.clientWidth, TALLEST));
    const observer = new ResizeObserver(measure);
    observer.observe(el);
    measure();
    return () => observer.disconnect();
  }, []);
  const offered = store.offers.value.picture !== undefined;
  const shown = store.asTable.value ? "table" : !offered && shape;
  return (
    <div class={`ts-pane ${store.waited.value > 0 ? "ts-faint" : ""}`} ref={pane}>
      <Toolbar />
      <div class="ts-picture">
        {offered && shown !== "table" && <Extra name="PictureOffer" />}
        {shown === "table" && <Extra name="Values" />}
        {shown === "plane" && <Heatmap />}
        {shown === "grid" && <Tiles />}
        {(shown === "bars" || shown === "line") && <Plot1d />}
        {shown === "scalar" && <Scalar />}
        {shape === "empty" && <Nothing />}
        {store.still.value && (shape === "plane" || shape === "grid") && (
          <span class="ts-still">still showing {store.still.value}</span>
        )}
      </div>
      <StateLine />
      <Key />
    </div>
  );
}

function Nothing() {
  const { store } = useScope();
  const box = useRef<HTMLParagraphElement>(null);
  const serial = store.state.value?.serial ?? 0;
  useEffect(() => {
    if (box.current) painted(box.current, { serial });
  }, [serial]);
  const shape = formatShape(store.state.value?.shape ?? []);
  return (
    <p class="ts-empty-box" ref={box}>
      {shape} has no values
    </p>
  );
}

/** Without a kernel: the picture that was saved with the notebook, marked as such. */
function Still() {
  const { store } = useScope();
  const snapshot = store.snapshot.value;
  const dead = store.phase.value === "dead" || store.phase.value === "silent";
  return (
    <div class="ts-body ts-is-still">
      <div class="ts-pane">
        {dead && snapshot?.png && (
          <img
            class="ts-snapshot"
            src={`data:image/png;base64,${snapshot.png}`}
            alt={snapshot.text || "The last picture"}
          />
        )}
        {dead && snapshot?.text && <p class="ts-mono">{snapshot.text}</p>}
        <Trouble />
        <StateLine />
      </div>
    </div>
  );
}

function Trouble() {
  const { store } = useScope();
  const trouble = store.trouble.value;
  return (
    <p class="ts-err" role="alert">
      {trouble?.message}
    </p>
  );
}
