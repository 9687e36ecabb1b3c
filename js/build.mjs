// Bundles the front end into what travels with the Python package, in tensorscope/static/:
// widget.js (one ES module) and widget.css for a scope; watch.js and watch.css, which hold the
// scope too, for a watch; table.js and table.css for a list of tensors; standalone.js, which
// `.to_html()` writes into its pages, with widget.css.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, "..", "tensorscope", "static");
/** Bytes of each script with its style sheet: a scope's travel with every saved notebook. */
const LIMITS = { widget: 180_000, watch: 215_000, table: 50_000 };
const NAMES = Object.keys(LIMITS);

mkdirSync(out, { recursive: true });
await build({
  entryPoints: [
    ...NAMES.flatMap((name) => [
      { in: join(here, "src", `${name}.ts`), out: name },
      { in: join(here, "src", `${name}.css`), out: name },
    ]),
    { in: join(here, "src", "standalone.ts"), out: "standalone" },
  ],
  outdir: out,
  bundle: true,
  format: "esm",
  target: "es2022",
  minify: true,
  legalComments: "none",
  logLevel: "warning",
});

for (const name of NAMES) {
  runOnce(join(out, `${name}.js`));
  const size = [`${name}.js`, `${name}.css`]
    .map((file) => statSync(join(out, file)).size)
    .reduce((sum, bytes) => sum + bytes, 0);
  console.log(`tensorscope/static/${name}: ${(size / 1000).toFixed(1)} kB`);
  if (size > LIMITS[name]) {
    throw new Error(`The bundle ${name} has ${size} bytes, allowed are ${LIMITS[name]}`);
  }
}

/**
 * anywidget imports the module anew for each widget, and a page never lets go of a module: so each
 * of them is but a text, and the code in it is run once a page.
 */
function runOnce(file) {
  const code = readFileSync(file, "utf8");
  const key = `tensorscope-${createHash("sha256").update(code).digest("hex").slice(0, 16)}`;
  writeFileSync(
    file,
    `const code = ${quoted(code)};
const load = (globalThis[${JSON.stringify(key)}] ??= import(
  URL.createObjectURL(new Blob([code], { type: "text/javascript" }))
));
export default { render: async (props) => (await load).default.render(props) };
`,
  );
}

/** A text as a literal in single quotes: minified code is full of double ones. */
function quoted(text) {
  const inner = JSON.stringify(text).slice(1, -1);
  const bare = inner.replace(/\\(.)/g, (pair, char) => (char === '"' ? char : pair));
  return `'${bare.replaceAll("'", "\\'")}'`;
}
