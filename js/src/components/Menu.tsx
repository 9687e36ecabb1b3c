// A quiet menu: a word and a chevron, over which lies a select.
import { Icon } from "./Icon";

interface MenuProps<T extends string> {
  label: string;
  /** What stands there; the choice that is made, or an invitation. */
  text: string;
  value: T | "";
  options: readonly (readonly [T | "", string])[];
  onPick: (value: T | "") => void;
}

export function Menu<T extends string>({ label, text, value, options, onPick }: MenuProps<T>) {
  return (
    <span class="ts-menu">
      <span aria-hidden="true">{text}</span>
      <Icon name="chevron" size={12} />
      <select
        aria-label={label}
        value={value}
        onChange={(event) => onPick(event.currentTarget.value as T | "")}
      >
        {options.map(([key, name]) => (
          <option key={key} value={key}>
            {name}
          </option>
        ))}
      </select>
    </span>
  );
}
