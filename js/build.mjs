// Bundles the front end into the files that travel with the Python package, in
// tensorscope/static: widget.js (one ES module) and widget.css, and standalone.js, which
// `.to_html()` writes into its pages, and the table of a list of tensors.
import { mkdirSync, statSync } from "node:fs";
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

const size = ["widget.js", "widget.css"]
  .map((name) => statSync(join(out, name)).size)
  .reduce((sum, bytes) => sum + bytes, 0);
console.log(`tensorscope/static: ${(size / 1000).toFixed(1)} kB`);
if (size > LIMIT) throw new Error(`The bundle has ${size} bytes, allowed are ${LIMIT}`);
