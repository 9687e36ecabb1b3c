// Above the scope: whose record it is, of which step, and which kind of value.
import { useScope } from "../components/context";
import { KeysButton } from "../components/KeysButton";
import { Menu } from "../components/Menu";
import { formatShape } from "../format";
import { useWatch } from "./context";
import { offered } from "./steps";
import type { What } from "./wire";

const KINDS: readonly What[] = ["output", "input", "gradient", "weight"];
const WHY: Record<What, string> = {
  output: "No output is on record",
  input: "Inputs are kept where a breakpoint was hit",
  gradient: "None on record: ts.watch(model, grads=True) keeps the gradients there are",
  weight: "None on record: ts.watch(model, weights=True) keeps those of modules that have some",
  probe: "",
};

export function ChosenHead() {
  const watch = useWatch();
  const { store } = useScope();
  const info = store.info.value;
  const chosen = watch.chosen.value;
  if (!chosen) return null;
  const wish = watch.wish() ?? chosen;
  const against = wish.against;
  const [, ...notes] = info?.notes ?? [];
  return (
    <header class="ts-header ts-chosen">
      <b class="ts-name">{wish.name}</b>
      {info && (
        <span class="ts-mono ts-dim2">
          {info.dtype} {formatShape(info.shape)}
        </span>
      )}
      <span class="ts-dim2 ts-clip" title={(info?.notes ?? []).join("\n")}>
        {chosen.what} · step {chosen.step}
        {chosen.against === null ? "" : ` less step ${chosen.against}`}
        {chosen.follows ? " · latest" : ""}
        {notes.map((note) => ` · ${note}`)}
      </span>
      <span class="ts-spring" />
      <Menu
        label="Against step"
        text={against === null ? "Compare" : `less step ${against}`}
        value={against === null ? "" : String(against)}
        options={[
          ["", "with no other step"],
          ...offered(chosen.steps, against ?? chosen.step)
            .filter((step) => step !== chosen.step)
            .map((step) => [String(step), `less step ${step}`] as const),
        ]}
        onPick={(value) => watch.choose({ against: value === "" ? null : Number(value) })}
      />
      {wish.what !== "probe" && (
        <fieldset class="ts-switch" aria-label="Kind of value">
          {KINDS.map((kind) => (
            <button
              key={kind}
              type="button"
              aria-pressed={wish.what === kind}
              disabled={!(kind in chosen.kinds)}
              title={kind in chosen.kinds ? undefined : WHY[kind]}
              onClick={() => watch.choose({ name: chosen.kinds[kind], what: kind })}
            >
              {kind}
            </button>
          ))}
        </fieldset>
      )}
      <KeysButton />
    </header>
  );
}
