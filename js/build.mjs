// Bundles the front end into the files that travel with the Python package, in
// tensorscope/static: widget.js (one ES module) and widget.css, and standalone.js, which
// `.to_html()` writes into its pages, and the table of a list of tensors.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, "..", "tensorscope", "static");
const LIMIT = 150_000;

mkdirSync(out, { recursive: true });
await build({
  entryPoints: [
    { in: join(here, "src", "widget.ts"), out: "widget" },
    { in: join(here, "src", "widget.css"), out: "widget" },
    { in: join(here, "src", "standalone.ts"), out: "standalone" },
    { in: join(here, "src", "table.ts"), out: "table" },
    { in: join(here, "src", "table.css"), out: "table" },
  ],
  outdir: out,
  bundle: true,
  format: "esm",
  target: "es2022",
  minify: true,
  legalComments: "none",
  logLevel: "warning",
});

// anywidget imports the module anew for each widget, and a page never lets go of a module: so each
// of them is but a text, and the code in it is run once a page.
const file = join(out, "widget.js");
const code = readFileSync(file, "utf8");
const key = `tensorscope-${createHash("sha256").update(code).digest("hex").slice(0, 16)}`;
writeFileSync(
  file,
  `const code = ${JSON.stringify(code)};
const load = (globalThis[${JSON.stringify(key)}] ??= import(
  URL.createObjectURL(new Blob([code], { type: "text/javascript" }))
));
export default { render: async (props) => (await load).default.render(props) };
`,
);

const size = ["widget.js", "widget.css"]
  .map((name) => statSync(join(out, name)).size)
  .reduce((sum, bytes) => sum + bytes, 0);
console.log(`tensorscope/static: ${(size / 1000).toFixed(1)} kB`);
if (size > LIMIT) throw new Error(`The bundle has ${size} bytes, allowed are ${LIMIT}`);
