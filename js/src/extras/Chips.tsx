// The legend of named conditions: which is active, how many hits each has, which are shown.

import type { Named } from "../protocol";
import { formatCount, HUES, IconButton, namedOf, useScope, useState } from "../shared";
import { CLOSE, EYE, EYE_OFF } from "./paths";

export function Chips() {
  const { store } = useScope();
  return (
    <ul class="ts-conditions" aria-label="Conditions">
      {namedOf(store.state.value).map((one, k) => (
        <Chip key={one.name} one={one} place={k} />
      ))}
    </ul>
  );
}

function Chip({ one, place }: { one: Named; place: number }) {
  const { store, actions } = useScope();
  const { name, active, hidden } = one;
  const count = one.hits?.count ?? store.hits.value?.conditions?.[place];
  // What is being typed, which no count that arrives meanwhile may overwrite.
  const [draft, setDraft] = useState<string | null>(null);
  const rename = (input: HTMLInputElement) => {
    const to = input.value.trim();
    setDraft(null);
    if (to && to !== name) actions.condition({ rename: name, to });
  };
  const hue = HUES[store.skin.value.theme][place];
  return (
    <li class={`ts-chip ${active ? "ts-on" : ""} ${hidden ? "ts-hid" : ""}`} title={one.where}>
      <i class="ts-swatch" style={{ background: hue }} />
      {active ? (
        <input
          class="ts-rename"
          type="text"
          aria-label={`Name of ${name}`}
          aria-current="true"
          title="Type to rename"
          spellcheck={false}
          value={draft ?? name}
          size={Math.max(1, name.length)}
          onInput={(event) => setDraft(event.currentTarget.value)}
          onBlur={(event) => rename(event.currentTarget)}
          onKeyDown={(event) => {
            if (event.key === "Escape") event.currentTarget.value = name; // blur renames to what is there
            if (event.key === "Enter" || event.key === "Escape") event.currentTarget.blur();
            event.stopPropagation();
          }}
        />
      ) : (
        <button
          type="button"
          class="ts-link"
          aria-label={`Activate ${name}`}
          onClick={() => actions.condition({ active: name })}
        >
          {name}
        </button>
      )}
      <span class="ts-num ts-dim2">{count === undefined ? "…" : formatCount(count)}</span>
      <IconButton
        icon={hidden ? EYE_OFF : EYE}
        label={`${hidden ? "Show" : "Hide"} ${name}`}
        pressed={hidden}
        title={hidden ? "Show" : "Hide"}
        onClick={() => actions.condition(hidden ? { show: name } : { hide: name })}
      />
      {active && (
        <IconButton
          icon={CLOSE}
          label={`Remove ${name}`}
          title="Remove"
          onClick={() => actions.condition({ remove: name })}
        />
      )}
    </li>
  );
}
