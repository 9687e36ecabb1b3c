// Bundles the front end into what travels with the Python package, in tensorscope/static/:
// widget.js (one ES module) and widget.css for a scope; watch.js and watch.css, which hold the
// scope too, for a watch; table.js and table.css for a list of tensors; extras.js, which a page asks
// for when it first needs it; standalone.js, which `.to_html()` writes into its pages, with
// widget.css; lab/, an extension of JupyterLab that shows saved pictures.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, transform } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, "..", "tensorscope", "static");
/** Bytes of each script, and of its style sheet: a scope's travel with every saved notebook. */
const LIMITS = {
  widget: [150_000, 30_000],
  watch: [185_000, 40_000], // holds the scope too; a notebook has few of them
  table: [30_000, 20_000],
  extras: [60_000, 0],
};
const NAMES = ["widget", "watch", "table"];

mkdirSync(out, { recursive: true });
// In ASCII: with one character beyond Latin-1 a page keeps two bytes for each of a widget's text.
const common = {
  bundle: true,
  target: "es2022",
  minify: true,
  legalComments: "none",
};

await buildExtras();
await build({
  ...common,
  entryPoints: [
    ...NAMES.flatMap((name) => [
      { in: join(here, "src", `${name}.ts`), out: name },
      { in: join(here, "src", `${name}.css`), out: name },
    ]),
    { in: join(here, "src", "standalone.ts"), out: "standalone" },
  ],
  outdir: out,
  format: "esm",
  logLevel: "warning",
  define: { EXTRAS_HASH: JSON.stringify(hashOf(join(out, "extras.js"))) },
  plugins: [cssAsText()],
});

await buildLab();

for (const name of NAMES) runOnce(join(out, `${name}.js`));
for (const [name, limits] of Object.entries(LIMITS)) {
  const sizes = ["js", "css"].map((kind) => sizeOf(join(out, `${name}.${kind}`)));
  console.log(
    `tensorscope/static/${name}: ${sizes.map((n) => (n / 1000).toFixed(1)).join(" + ")} kB`,
  );
  for (const [k, size] of sizes.entries()) {
    if (size > limits[k]) {
      throw new Error(`${name}.${["js", "css"][k]} has ${size} bytes, allowed are ${limits[k]}`);
    }
  }
}

/**
 * extras.js: a function that is handed what it shares with the script that loads it (shared.ts),
 * and returns what extras.ts exports.
 */
async function buildExtras() {
  const made = await build({
    ...common,
    entryPoints: [{ in: join(here, "src", "extras.ts"), out: "extras" }],
    outdir: out,
    format: "cjs",
    logLevel: "warning",
    metafile: true,
    plugins: [cssAsText(), sharedModule()],
    banner: { js: "export default (require) => { const module = {};" },
    footer: { js: "return module.exports; };" },
  });
  const mine = /src\/extras(\.ts|\/.+)$/;
  const foreign = Object.keys(made.metafile.inputs).filter((file) => !mine.test(file));
  if (foreign.length > 0) {
    throw new Error(`extras.js would hold a second ${foreign}: let src/shared.ts pass it on`);
  }
}

/** lab/: what JupyterLab reads of an extension, and its code, which leaves itself in a global. */
async function buildLab() {
  const name = "jupyter-tensorscope";
  const load = "static/remoteEntry.js";
  const { version, license } = JSON.parse(readFileSync(join(here, "package.json"), "utf8"));
  const jupyterlab = { _build: { load, extension: "./extension" } };
  const description = "Shows the saved picture of a tensor where its widget has gone";
  mkdirSync(join(out, "lab", "static"), { recursive: true });
  const told = JSON.stringify({ name, version, description, license, jupyterlab }, null, 2);
  writeFileSync(join(out, "lab", "package.json"), `${told}\n`);
  await build({
    ...common,
    entryPoints: [join(here, "src", "lab.ts")],
    outfile: join(out, "lab", load),
    format: "iife",
    globalName: "tensorscopeLab",
    logLevel: "warning",
    footer: {
      js: `(window._JUPYTERLAB ??= {})[${JSON.stringify(name)}] = tensorscopeLab.container;`,
    },
  });
}

/** What the extras import from shared.ts is no part of them. */
function sharedModule() {
  return {
    name: "shared",
    setup(build) {
      // What JSX is compiled to comes from there too.
      build.onResolve({ filter: /\/(shared|jsx-runtime)$/ }, () => ({
        path: "./shared",
        external: true,
      }));
    },
  };
}

/** Style sheets that a script imports are texts in it. */
function cssAsText() {
  return {
    name: "css-as-text",
    setup(build) {
      build.onLoad({ filter: /src\/extras\/.*\.css$/ }, async ({ path }) => {
        const { code } = await transform(readFileSync(path), { loader: "css", minify: true });
        return { contents: code, loader: "text" };
      });
    },
  };
}

function hashOf(file) {
  return createHash("sha256").update(readFileSync(file)).digest("hex").slice(0, 16);
}

function sizeOf(file) {
  return existsSync(file) ? statSync(file).size : 0;
}

/**
 * anywidget imports the module anew for each widget, and a page never lets go of a module: so each
 * of them is but a text, and the code in it is run once a page.
 */
function runOnce(file) {
  const code = readFileSync(file, "utf8");
  const key = `tensorscope-${hashOf(file)}`;
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
