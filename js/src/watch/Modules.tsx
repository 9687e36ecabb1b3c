// The modules as a tree: how each one's values moved lately, what they are now.
import { useEffect, useRef, useState } from "preact/hooks";
import { Menu } from "../components/Menu";
import { useWatch } from "./context";
import { brief, KEPT, MEASURES, measured, measureOf, share } from "./rows";
import { globs, holds, isBehind, placeOf } from "./say";
import { slotX, sparkline } from "./spark";
import { moveFor, type Node } from "./tree";

const BOX = { width: 104, height: 22 };

export function Modules() {
  const watch = useWatch();
  const list = useRef<HTMLDivElement>(null);
  const [at, setAt] = useState("");
  const rows = watch.visible.value;
  const focused = rows.some((row) => row.name === at) ? at : (rows[0]?.name ?? "");
  const measure = watch.measure.value;
  const past = watch.past.value;

  const focus = (name: string) => {
    setAt(name);
    list.current?.querySelector<HTMLElement>(`[data-row="${CSS.escape(name)}"]`)?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const move = moveFor(event.key, rows, focused, watch.folded.value);
    if (!move) return;
    event.preventDefault();
    event.stopPropagation();
    if (move.do === "focus") focus(move.name);
    else if (move.do === "choose") watch.chooseRow(move.name);
    else watch.fold(move.name, move.do === "fold");
  };
  const shown = watch.wish();
  const place = placeOf(watch.status.value);
  const here = place === null ? undefined : rows.findLast((row) => holds(row.name, place))?.name;
  useEffect(() => {
    if (here !== undefined) reveal(list.current, here);
  }, [here]);
  // Chosen elsewhere: by a finding, by Python, or in a recording that was opened.
  const chosen = rows.some((row) => row.name === shown?.name) ? shown?.name : undefined;
  useEffect(() => {
    if (chosen !== undefined) reveal(list.current, chosen);
  }, [chosen]);
  return (
    <section class="ts-modules">
      <div class="ts-modules-head ts-label">
        <b>{watch.about.value?.modules.length === 0 ? "Values" : "Modules"}</b>
        <Menu
          label="Line"
          text={`${measure}, log`}
          value={measure}
          options={MEASURES.map((m) => [m, m] as const)}
          onPick={(value) => {
            watch.measure.value = value || "std";
          }}
        />
        <span
          class="ts-right ts-clip"
          title={past ? `What was measured in step ${past.step}` : undefined}
        >
          {past ? `at ${past.step}` : "now"}
        </span>
        <span class="ts-right">zero</span>
        <span />
      </div>
      <div class="ts-tree" role="tree" aria-label="Modules" ref={list}>
        {rows.map((node) => (
          <Row
            key={node.name}
            node={node}
            chosen={shown?.name === node.name}
            focused={focused === node.name}
            here={here === node.name}
            onKeyDown={onKeyDown}
            onPick={() => {
              setAt(node.name);
              if (node.own) watch.chooseRow(node.name);
              else watch.fold(node.name, !watch.folded.value.has(node.name));
            }}
          />
        ))}
        {rows.length === 0 && <p class="ts-nothing">Rows appear with the first probe.</p>}
      </div>
      <Behind />
    </section>
  );
}

/** Scrolls the list, and nothing else, so that a row is seen. */
function reveal(list: HTMLElement | null, name: string) {
  const row = list?.querySelector(`[data-row="${CSS.escape(name)}"]`);
  if (!list || !row) return;
  const [box, at] = [list.getBoundingClientRect(), row.getBoundingClientRect()];
  if (at.top < box.top || at.bottom > box.bottom)
    list.scrollTop += at.top - box.top - box.height / 2;
}

interface RowProps {
  node: Node;
  chosen: boolean;
  focused: boolean;
  /** Whether the loop stands here. */
  here: boolean;
  onKeyDown: (event: KeyboardEvent) => void;
  onPick: () => void;
}

function Row({ node, chosen, focused, here, onKeyDown, onPick }: RowProps) {
  const watch = useWatch();
  const row = watch.row(node.name).value;
  const status = watch.status.value;
  const past = watch.past.value;
  const there = past ? past.rows.get(node.name) : row;
  const last = there?.points.at(-1);
  const measure = measureOf(row, watch.measure.value);
  const now = last ? measured(last, measure) : null;
  const opens = node.children.length > 0;
  const open = opens && !watch.folded.value.has(node.name);
  const old = past ? last !== undefined && last.step < past.step : isBehind(status, last?.step);
  const broken = now !== null && !(Math.abs(now) < Infinity);
  const stop = watch.breakpoints.value.some((b) => b.on !== "*" && globs(b.on, node.name));
  const hit = status?.hit?.name === node.name && watch.breakpoints.value.length > 0;
  const kind = watch.about.value?.classes.get(node.name);
  const above = node.name.slice(0, node.name.length - node.label.length);
  return (
    <div
      role="treeitem"
      class={`ts-row ${chosen ? "ts-picked" : ""} ${here ? "ts-here" : ""} ${old ? "ts-old" : ""} ${node.own ? "" : "ts-group"}`}
      aria-current={here ? "step" : undefined}
      aria-level={node.depth + 1}
      aria-selected={chosen}
      aria-expanded={opens ? open : undefined}
      tabIndex={focused ? 0 : -1}
      data-row={node.name}
      onClick={onPick}
      onKeyDown={onKeyDown}
    >
      <span class="ts-row-name" style={{ paddingLeft: `${12 * node.depth}px` }}>
        <Fold opens={opens} open={open} onFold={() => watch.fold(node.name, open)} />
        <span class="ts-row-words" title={kind ? `${node.name} · ${kind}` : node.name}>
          <span class={`ts-mono ts-clip ${node.own ? "" : "ts-dim2"}`}>
            <span class="ts-sr">{above}</span>
            {node.label}
          </span>
          {kind && <span class="ts-row-kind"> {kind}</span>}
        </span>
      </span>
      <Line name={node.name} />
      <span class={`ts-mono ts-right ${broken ? "ts-strong" : ""}`}>
        {now !== null && <span class="ts-sr">, {measure} </span>}
        {now === null ? "" : brief(now)}
        {old && <span class="ts-sr">, of step {last?.step}</span>}
      </span>
      <span class="ts-mono ts-right ts-dim2">{share(there?.zero ?? null)}</span>
      <span
        class={`ts-dot ${hit ? "ts-dot-hit" : ""} ${stop || hit ? "" : "ts-away"}`}
        title={hit ? "The loop was stopped here" : "A breakpoint looks at this module"}
      />
    </div>
  );
}

function Fold({ opens, open, onFold }: { opens: boolean; open: boolean; onFold: () => void }) {
  return (
    <span
      class="ts-twist"
      aria-hidden="true"
      onClick={(event) => {
        if (!opens) return;
        event.stopPropagation();
        onFold();
      }}
    >
      {opens && (
        <svg width="10" height="10" viewBox="0 0 10 10" aria-hidden="true">
          <path d={open ? "M2 3.5l3 3 3-3" : "M3.5 2l3 3-3 3"} />
        </svg>
      )}
    </span>
  );
}

/** The last steps on a log scale of their own. */
function Line({ name }: { name: string }) {
  const watch = useWatch();
  const row = watch.row(name).value;
  const measure = measureOf(row, watch.measure.value);
  const past = watch.past.value;
  const points = row?.points ?? [];
  const index = past ? points.findLastIndex((p) => p.step <= past.step) : -1;
  const x = slotX(points.length - 1 - index, BOX.width, KEPT);
  const { path, end } = sparkline(
    points.map((p) => measured(p, measure)),
    BOX,
    KEPT,
  );
  return (
    <svg
      class="ts-spark"
      width={BOX.width}
      viewBox={`0 0 ${BOX.width} ${BOX.height}`}
      aria-hidden="true"
    >
      <path d={path} />
      {index >= 0 && <path class="ts-spark-at" d={`M${x} 0V${BOX.height}`} />}
      {end?.glyph === "dot" && <circle cx={end.x} cy={end.y} r="2" />}
      {end && end.glyph !== "dot" && (
        <g class={`ts-glyph ts-glyph-${end.glyph}`} transform={`translate(${end.x - 6} 5)`}>
          <rect width="12" height="12" />
          <path d={END[end.glyph]} />
        </g>
      )}
    </svg>
  );
}

const END = {
  nan: "M3.5 3.5l5 5M8.5 3.5l-5 5",
  posinf: "M6 3l3.2 5.5H2.8z",
  neginf: "M6 9L2.8 3.5h6.4z",
} as const;

/** Why some rows are grey. */
function Behind() {
  const watch = useWatch();
  const status = watch.status.value;
  const past = watch.past.value;
  const inside =
    status?.status === "paused" &&
    !past &&
    !status.at?.startsWith("before") &&
    watch.names.value.some((name) => isBehind(status, watch.row(name).value?.points.at(-1)?.step));
  const said =
    past && past.rows.size === 0
      ? `Of step ${past.step} no measures are kept by themselves: it is too long ago`
      : inside
        ? `Grey: not run yet in step ${status.step}, older values`
        : "";
  return <p class="ts-behind ts-label">{said}</p>;
}
