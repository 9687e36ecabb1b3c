// Which keys JupyterLab hears of while the focus is in a root of ours.

/** With Ctrl or Cmd, what moves, edits, selects, copies or undoes here; all else is the host's. */
const OURS = /^([acvxyz]|Arrow.*|Home|End|Backspace|Delete)$/i;
const MARK = "data-lm-suppress-shortcuts";

/** Keeps JupyterLab's shortcuts out of a root, but for those like Ctrl S; returns what ends that. */
export function keepShortcuts(root: HTMLElement): () => void {
  root.setAttribute(MARK, "");
  // JupyterLab looks from the focused element upwards, and many of its selectors match that
  // element itself: it carries the mark too. On window: JupyterLab listens on the document.
  const mark = (event: KeyboardEvent) => {
    const target = event.target as Element;
    // Where Alt is down too, it may be AltGr, which types a letter.
    const passes = (event.ctrlKey || event.metaKey) && !event.altKey && !OURS.test(event.key);
    if (!(target instanceof Element && root.contains(target))) return;
    for (const el of [root, target]) el.toggleAttribute(MARK, !passes);
  };
  addEventListener("keydown", mark, true);
  return () => removeEventListener("keydown", mark, true);
}
