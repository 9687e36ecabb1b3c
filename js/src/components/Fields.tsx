// Selection and Where: text boxes that the rest of the widget moves, and that move it.
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { formatCount, formatShape } from "../format";
import { AddCondition, Conditions } from "./Conditions";
import { useScope } from "./context";
import { History } from "./History";
import { Icon } from "./Icon";

interface FieldProps {
  label: string;
  field: "expr" | "where";
  value: string;
  prefix?: string;
  placeholder?: string;
  aside: string;
  short: string;
  send: (text: string) => void;
  children?: ComponentChildren;
}

function Field({
  label,
  field,
  value,
  prefix,
  placeholder,
  aside,
  short,
  send,
  children,
}: FieldProps) {
  const { store } = useScope();
  const [draft, setDraft] = useState<string | null>(null);
  const box = useRef<HTMLInputElement>(null);
  const trouble = store.trouble.value?.field === field ? store.trouble.value : null;
  const text = draft ?? trouble?.text ?? value;
  const sent = useRef<string | null>(null);
  const state = store.state.value;
  // What was sent stays in the box until the kernel has answered.
  useEffect(() => {
    if (sent.current !== null) setDraft(null);
    sent.current = null;
  }, [state, trouble]);
  const submit = (again: boolean) => {
    const typed = box.current?.value ?? value;
    if (typed === value && !trouble) return setDraft(null); // what comes next is shown
    if (typed === sent.current) return;
    if (trouble && typed === trouble.text && !again) return;
    sent.current = typed;
    setDraft(typed);
    send(typed);
  };
  const key = (event: KeyboardEvent) => {
    if (event.key === "Enter") submit(true);
    else if (event.key === "Escape") {
      sent.current = null;
      setDraft(null);
      if (box.current) box.current.value = value;
      if (trouble) store.trouble.value = null;
      if (field === "where") store.adding.value = false;
    } else return;
    event.stopPropagation();
  };
  const span = trouble && draft === null ? trouble.span : null;
  return (
    <label class={`ts-field ${trouble ? "ts-wrong" : ""}`}>
      <span class="ts-label">{label}</span>
      {prefix && (
        <span class="ts-mono ts-dim3 ts-clip" title={prefix}>
          {prefix}
        </span>
      )}
      <span class="ts-entry">
        <input
          ref={box}
          class="ts-mono"
          type="text"
          aria-label={label}
          aria-invalid={trouble ? "true" : undefined}
          spellcheck={false}
          autocomplete="off"
          data-key={field}
          placeholder={placeholder}
          value={text}
          onInput={(event) => {
            sent.current = null;
            setDraft(event.currentTarget.value);
            if (trouble) store.trouble.value = null; // it was about another text
          }}
          onBlur={() => submit(false)}
          onKeyDown={key}
        />
        {span && (
          <span class="ts-wave ts-mono" aria-hidden="true">
            <span>{text.slice(0, span[0])}</span>
            <u>{text.slice(span[0], Math.max(span[1], span[0] + 1)) || " "}</u>
          </span>
        )}
      </span>
      <span class="ts-aside ts-wide-only">{aside}</span>
      <span class="ts-aside ts-narrow-only">{short}</span>
      {children}
    </label>
  );
}

/** What an empty Where says: a condition that such values take. */
function exampleFor(numeric: string): string {
  if (numeric === "O") return "numbers and dates alone are searched";
  const examples: Record<string, string> = { b: "x == 1", M: "x > '2026-01-31'", m: "x > '1.5 h'" };
  return `a condition in x, e.g. ${examples[numeric] ?? "abs(x) > 3"}`;
}

export function Fields() {
  const { store, actions } = useScope();
  const state = store.state.value;
  const info = store.info.value;
  if (!state || !info) return null;
  const hits = state.where ? (state.hits ?? store.hits.value) : null;
  const count = hits ? formatCount(hits.count) : "";
  const all = hits
    ? `${count} of ${formatCount(hits.searched)}${hits.share ? ` · ${hits.share}` : ""}`
    : "";
  const shape = formatShape(state.shape);
  const adding = store.adding.value;
  return (
    <div class="ts-fields">
      <div class="ts-with">
        <Field
          label="Selection"
          field="expr"
          value={state.expr}
          prefix={info.name}
          aside={`→ ${shape}`}
          short={shape}
          send={actions.setExpr}
        />
        <History />
      </div>
      <Field
        label="Where"
        field="where"
        value={adding ? "" : (state.where ?? "")}
        placeholder={adding ? "one more condition" : exampleFor(info.numeric)}
        aside={adding ? "" : all}
        short={adding ? "" : count}
        send={actions.setWhere}
      >
        <AddCondition />
      </Field>
      <Conditions />
      <Alert />
    </div>
  );
}

/** What went wrong, under its field; it covers the toolbar, so that the picture stays put. */
function Alert() {
  const { store } = useScope();
  const trouble = store.trouble.value;
  return (
    <div class={`ts-alert ${trouble?.field === "where" ? "ts-alert-right" : ""}`} role="alert">
      {trouble && (
        <>
          <Icon name="error" />
          <span>{trouble.message}</span>
        </>
      )}
    </div>
  );
}
