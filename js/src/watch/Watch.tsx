// The whole widget of a watch: the training loop, and the scope of what was chosen.
import { h } from "preact";
import { useEffect } from "preact/hooks";
import { ScopeContext } from "../components/context";
import { Scope } from "../components/Scope";
import { Breakpoints } from "./Breakpoints";
import { ChosenHead } from "./ChosenHead";
import { useWatch } from "./context";
import { Findings } from "./Findings";
import { Head, Numbers, Words } from "./Head";
import { handleWatchKey, WATCH_KEYS } from "./keys";
import { Modules } from "./Modules";
import { Timeline } from "./Timeline";

export function Watch() {
  const watch = useWatch();
  const name = watch.about.value?.name ?? watch.kept.value.name;
  return (
    <section
      class="ts-watch"
      tabIndex={-1}
      aria-label={name}
      onKeyDown={(event) => {
        if (event.defaultPrevented || !handleWatchKey(event, watch)) return;
        event.preventDefault();
        event.stopPropagation();
      }}
    >
      <Head />
      {watch.status.value ? <Live /> : <Kept />}
    </section>
  );
}

function Live() {
  const watch = useWatch();
  return (
    <>
      <Numbers />
      <Words />
      <Timeline />
      <div class="ts-watch-middle">
        <Modules />
        <div class="ts-watch-side">
          <Findings />
          {!watch.about.value?.reopened && <Breakpoints />}
        </div>
      </div>
      {watch.chosen.value ? <Chosen /> : <Nothing />}
    </>
  );
}

function Chosen() {
  const watch = useWatch();
  const { scope, actions } = watch;
  return h(
    ScopeContext.Provider,
    { value: { store: scope, actions } },
    <Scope head={<ChosenHead />} keys={WATCH_KEYS} />,
  );
}

/** Before there is a record. */
function Nothing() {
  const watch = useWatch();
  const every = watch.about.value?.every ?? 1;
  const name = watch.about.value?.name ?? "w";
  const ready = watch.status.value?.status === "ready";
  const kept = every === 1 ? "every step" : `every ${ordinal(every)} step`;
  useEffect(() => {
    if (watch.scope.root) watch.scope.root.dataset.state = "ready";
  }, []);
  return (
    <div class="ts-watch-empty">
      <b>{ready ? "Not watching yet" : "No values yet"}</b>
      {ready && (
        <p>
          Put <code>with {name}:</code> around the training loop, or call{" "}
          <code>{name}.start()</code>.
        </p>
      )}
      <p>Values are kept at {kept}. The first step that is kept opens here.</p>
    </div>
  );
}

const ordinal = (n: number) => {
  const teen = n % 100 > 10 && n % 100 < 14;
  return `${n}${(!teen && { 1: "st", 2: "nd", 3: "rd" }[n % 10]) || "th"}`;
};

/** Without an answer: what was saved with the notebook. */
function Kept() {
  const watch = useWatch();
  const phase = watch.phase.value;
  const lost = phase === "dead" || phase === "silent";
  const { text, time } = watch.kept.value;
  const picture = watch.scope.snapshot.value?.png;
  return (
    <div class="ts-watch-kept">
      <p class="ts-dim2">
        {lost && time ? `Last known at ${time}` : lost ? "Last known" : "Connecting…"}
      </p>
      {lost && <pre class="ts-mono">{text}</pre>}
      {lost && picture && (
        <img
          class="ts-snapshot"
          src={`data:image/png;base64,${picture}`}
          alt="What was shown last"
        />
      )}
    </div>
  );
}
