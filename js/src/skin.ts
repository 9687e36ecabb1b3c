// The theme: light or dark by the luminance of the surface the widget lies on.
import { luminance, type Rgb, type Theme } from "./colour";

/** The colours that canvases need. */
export interface Skin {
  theme: Theme;
  surface: Rgb;
  ink: Rgb;
  ink2: Rgb;
  ink3: Rgb;
  line: Rgb;
  line2: Rgb;
  nan: Rgb;
  accent: Rgb;
  font: string;
}

const MONO = "ui-monospace, monospace";

export const LIGHT: Skin = {
  theme: "light",
  surface: [255, 255, 255],
  ink: [27, 31, 36],
  ink2: [91, 99, 109],
  ink3: [105, 113, 123],
  line: [227, 229, 232],
  line2: [201, 205, 210],
  nan: [196, 23, 143],
  accent: [23, 105, 197],
  font: MONO,
};

export const DARK: Skin = {
  theme: "dark",
  surface: [17, 17, 17],
  ink: [232, 234, 237],
  ink2: [163, 169, 177],
  ink3: [141, 148, 157],
  line: [43, 45, 49],
  line2: [67, 71, 77],
  nan: [255, 92, 200],
  accent: [109, 179, 247],
  font: MONO,
};

/** `rgb(…)`, `rgba(…)` or `color(srgb …)` as numbers; null for anything else, or if it is see-through. */
function parse(text: string): Rgb | null {
  const [r, g, b, alpha = 1] = (text.match(/[\d.]+(e-\d+)?/g) ?? []).map(Number);
  const full = text[0] === "r" ? 1 : 255; // computed colours are these, or of spaces not read here
  return alpha < 0.5 || !/^(rgb|color.srgb )/.test(text) ? null : [r * full, g * full, b * full];
}

/** The surface under an element: JupyterLab's layout colour, else what shines through. */
function surfaceUnder(el: HTMLElement): Rgb | null {
  const probe = document.createElement("span");
  probe.style.cssText = "display:none;background-color:var(--jp-layout-color0,transparent)";
  el.append(probe);
  const named = parse(getComputedStyle(probe).backgroundColor);
  probe.remove();
  if (named) return named;
  for (let at: Element = el; ; ) {
    // Out of shadow trees too: marimo shows a widget in one.
    at = at.parentElement ?? (at.getRootNode() as ShadowRoot).host;
    if (!at) return null;
    const colour = parse(getComputedStyle(at).backgroundColor);
    if (colour) return colour;
  }
}

/** Reads the skin from the page. */
export function readSkin(root: HTMLElement): Skin {
  const surface = surfaceUnder(root);
  const dark = surface
    ? luminance(surface) < 0.2
    : matchMedia("(prefers-color-scheme: dark)").matches;
  const base = dark ? DARK : LIGHT;
  const style = getComputedStyle(root);
  const ink = parse(style.color);
  const readable = ink && surface && Math.abs(luminance(ink) - luminance(surface)) > 0.3;
  const font = style.getPropertyValue("--jp-code-font-family").trim();
  return {
    ...base,
    surface: surface ?? base.surface,
    ink: readable ? ink : base.ink,
    font: font || MONO,
  };
}

/** A style sheet that was swapped is in force by then, in ms. */
const SETTLED = 400;

/** Calls back whenever the theme around an element may have changed; returns how to stop. */
export function watchTheme(root: HTMLElement, react: () => void): () => void {
  let again: ReturnType<typeof setTimeout> | undefined;
  const changed = () => {
    react();
    clearTimeout(again);
    again = setTimeout(react, SETTLED);
  };
  const observer = new MutationObserver(changed);
  const options = { attributes: true, attributeFilter: ["class", "style", "data-jp-theme-name"] };
  observer.observe(document.documentElement, options);
  observer.observe(document.body, { ...options, attributeFilter: undefined });
  // A host may put the element on the page later: until then it had no colours around it. The
  // observer is called at once as well, with no size.
  const placed = new ResizeObserver(() => {
    if (root.isConnected) {
      placed.disconnect();
      react();
    }
  });
  placed.observe(root);
  const media = matchMedia("(prefers-color-scheme: dark)");
  media.addEventListener("change", changed);
  // JupyterLab loads a theme's style sheet anywhere, after it has renamed the body's attributes.
  const loaded = (event: Event) => {
    if (event.target instanceof HTMLLinkElement) changed();
  };
  document.addEventListener("load", loaded, true);
  return () => {
    observer.disconnect();
    placed.disconnect();
    media.removeEventListener("change", changed);
    document.removeEventListener("load", loaded, true);
    clearTimeout(again);
  };
}
