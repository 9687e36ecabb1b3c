// Copying, also where the page may not use the clipboard API (plain http, frames).

export async function copyText(text: string, near: HTMLElement | null): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    return;
  } catch (refused) {
    if (!near || !copyBySelection(text, near)) {
      throw new Error("This page may not write to the clipboard: select the code and copy it", {
        cause: refused,
      });
    }
  }
}

function copyBySelection(text: string, near: HTMLElement): boolean {
  const before = document.activeElement as HTMLElement | null;
  const area = document.createElement("textarea");
  area.value = text;
  area.style.cssText = "position:fixed;opacity:0";
  near.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  before?.focus();
  return done;
}
