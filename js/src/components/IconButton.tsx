// A quiet button that is an icon: its name is for those who do not see it, its title for a pointer.
import { Icon, type IconName } from "./Icon";

interface IconButtonProps {
  icon: IconName;
  label: string;
  /** What a pointer is told; else the label. */
  title?: string;
  disabled?: boolean;
  /** Of something that is on or off. */
  pressed?: boolean;
  /** Of something that opens and closes. */
  expanded?: boolean;
  /** What was asked for is under way. */
  busy?: boolean;
  class?: string;
  onClick: (event: MouseEvent) => void;
  /** Words beside the icon. */
  children?: preact.ComponentChildren;
}

export function IconButton(props: IconButtonProps) {
  const { icon, label, title = label, class: more = "", children } = props;
  return (
    <button
      type="button"
      class={`ts-bare ${more}`}
      aria-label={label}
      title={title}
      disabled={props.disabled}
      aria-pressed={props.pressed}
      aria-expanded={props.expanded}
      aria-busy={props.busy}
      onClick={props.onClick}
    >
      <Icon name={icon} />
      {children}
    </button>
  );
}

interface PagerProps {
  /** What is paged through. */
  of: string;
  text: string;
  first: boolean;
  last: boolean;
  onMove: (by: 1 | -1) => void;
}

/** From one page to the next, and which one is shown. */
export function Pager({ of, text, first, last, onMove }: PagerProps) {
  return (
    <span class="ts-pager">
      <IconButton
        icon="left"
        label={`Previous ${of}`}
        disabled={first}
        onClick={() => onMove(-1)}
      />
      <span class="ts-num">{text}</span>
      <IconButton icon="right" label={`Next ${of}`} disabled={last} onClick={() => onMove(1)} />
    </span>
  );
}
