// The keys, in groups, over the widget: a dialog that keeps the focus until it is closed.

import { Icon, useEffect, useRef, useScope } from "../shared";
import style from "./help.css";
import { KEYS, type KeyGroup } from "./keylist";
import { CLOSE } from "./paths";

/** Above and below the sheet, and the least that it is high, in px. */
const [ABOVE, BELOW, LEAST] = [40, 10, 240];

/** Puts the sheet where the widget is to be seen: it may be higher than the page has room. */
function keepInView(sheet: HTMLElement): () => void {
  const veil = sheet.parentElement as HTMLElement;
  const seen = new IntersectionObserver(([{ boundingClientRect: all, intersectionRect: part }]) => {
    seen.disconnect();
    const above = Math.min(ABOVE, Math.max(BELOW, part.height - LEAST - BELOW));
    const around = above + BELOW;
    // It ends within the widget, however little of that is to be seen.
    const room = Math.min(Math.max(LEAST, part.height - around), all.height - around);
    const top = Math.min(part.top - all.top, all.height - room - around);
    veil.style.paddingTop = `${top + above}px`;
    sheet.style.maxHeight = `${Math.min(700, room)}px`;
    sheet.scrollIntoView({ block: "nearest" });
  });
  seen.observe(veil);
  return () => seen.disconnect();
}

interface HelpProps {
  /** Keys of what is around the scope. */
  more?: KeyGroup;
}

export function Help({ more }: HelpProps) {
  const { store } = useScope();
  const box = useRef<HTMLDivElement>(null);
  const close = () => {
    store.help.value = false;
  };
  useEffect(() => {
    const tree = box.current?.getRootNode() as Document | ShadowRoot | undefined;
    const before = tree?.activeElement as HTMLElement | null;
    box.current?.focus({ preventScroll: true });
    const stop = box.current ? keepInView(box.current) : undefined;
    return () => {
      stop?.();
      before?.focus({ preventScroll: true });
    };
  }, []);
  const keys = (event: KeyboardEvent) => {
    event.stopPropagation();
    if (event.key === "Escape" || event.key === "?") {
      event.preventDefault();
      close();
    } else if (event.key === "Tab") {
      // One button alone takes the focus: there is nowhere else to go.
      event.preventDefault();
      box.current?.querySelector("button")?.focus();
    }
  };
  const groups = more ? [more, ...KEYS] : KEYS;
  return (
    <div
      class="ts-help-veil"
      onPointerDown={(event) => event.target === event.currentTarget && close()}
    >
      <style>{style}</style>
      <div
        ref={box}
        class="ts-help"
        role="dialog"
        aria-modal="true"
        aria-label="Keys"
        tabIndex={-1}
        onKeyDown={keys}
      >
        <div class="ts-help-head">
          <b>Keys</b>
          <span class="ts-dim3">while the focus is in the widget</span>
          <span class="ts-spring" />
          <button
            type="button"
            class="ts-bare"
            aria-label="Close"
            title="Close (Esc)"
            onClick={close}
          >
            <Icon name={CLOSE} />
          </button>
        </div>
        <div class="ts-help-groups">
          {groups.map(([title, list]) => (
            <section key={title}>
              <h4>{title}</h4>
              <dl>
                {list.map(([key, what]) => (
                  <div key={key}>
                    <dt>
                      {key.split(" ").map((one) => (
                        <kbd key={one}>{one}</kbd>
                      ))}
                    </dt>
                    <dd>{what}</dd>
                  </div>
                ))}
              </dl>
            </section>
          ))}
        </div>
      </div>
    </div>
  );
}
