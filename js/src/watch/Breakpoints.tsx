// Conditions that stop the loop: a list, and a form that adds to it.
import { useRef, useState } from "preact/hooks";
import { formatCount } from "../format";
import { useWatch } from "./context";
import { sayOn } from "./say";
import type { What } from "./wire";

const WHATS: readonly What[] = ["output", "gradient", "weight", "probe"];

export function Breakpoints() {
  const watch = useWatch();
  const all = watch.breakpoints.value;
  return (
    <section class="ts-breakpoints">
      <div class="ts-side-head">
        <b>Breakpoints</b> <span class="ts-num ts-dim2">{all.length}</span>
      </div>
      <table aria-label="Breakpoints">
        <tbody>
          {all.map((b, index) => (
            <tr key={`${index} ${b.cond}`}>
              <td>
                <span class={`ts-dot ${b.hits ? "ts-dot-hit" : ""}`} />
              </td>
              <td>
                <span class="ts-mono">{b.cond}</span>{" "}
                <span class="ts-dim2">
                  {sayOn(b.on, b.what)}
                  {b.action === "pause" ? "" : ` · ${b.action}`}
                </span>
              </td>
              <td class="ts-dim2 ts-right">
                {b.hits === 0 ? "no hit" : b.hits === 1 ? "1 hit" : `${formatCount(b.hits)} hits`}
              </td>
              <td>
                <button
                  type="button"
                  class="ts-bare"
                  aria-label={`Remove ${b.cond}`}
                  title="Remove"
                  onClick={() => watch.removeBreakpoint(index)}
                >
                  ×
                </button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <Form />
    </section>
  );
}

function Form() {
  const watch = useWatch();
  const cond = useRef<HTMLInputElement>(null);
  const on = useRef<HTMLInputElement>(null);
  const [what, setWhat] = useState<What>("output");
  const wrong = watch.wrong.value?.at === "watch" ? null : watch.wrong.value;
  const marks = (at: "break" | "on") => ({
    class: `ts-mono ts-break-${at === "on" ? "on" : "cond"} ${wrong?.at === at ? "ts-wrong" : ""}`,
    "aria-invalid": wrong?.at === at,
    onInput: () => {
      if (wrong) watch.wrong.value = null;
    },
  });
  const add = async () => {
    const box = cond.current;
    if (!box?.value.trim()) return box?.focus();
    watch.wrong.value = null;
    const sent = box.value;
    const taken = await watch.addBreakpoint(sent, on.current?.value.trim() ?? "", what);
    if (taken && box.value === sent) {
      box.value = "";
      if (on.current) on.current.value = "";
    }
  };
  return (
    <form
      class="ts-break-form"
      onSubmit={(event) => {
        event.preventDefault();
        add();
      }}
      onKeyDown={(event) => {
        // JupyterLab keeps Enter from sending forms.
        if (event.key !== "Enter" || !(event.target instanceof HTMLInputElement)) return;
        event.preventDefault();
        event.stopPropagation();
        add();
      }}
    >
      <input
        {...marks("break")}
        aria-label="Condition"
        placeholder="~isfinite(x)"
        spellcheck={false}
        ref={cond}
      />
      <select
        aria-label="Breakpoint looks at"
        value={what}
        onChange={(event) => setWhat(event.currentTarget.value as What)}
      >
        {WHATS.map((one) => (
          <option key={one} value={one}>
            {one}
          </option>
        ))}
      </select>
      <input
        {...marks("on")}
        aria-label="On modules"
        placeholder="any module"
        spellcheck={false}
        ref={on}
      />
      <button type="submit" class="ts-button">
        Add
      </button>
      <p role="alert" class="ts-err">
        {wrong?.message ?? ""}
      </p>
    </form>
  );
}
