// Bundles the front end into what travels with the Python package, in tensorscope/static/:
// widget.js (one ES module) and widget.css for a scope; watch.js and watch.css, which hold the
// scope too, for a watch.
import { mkdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, "..", "tensorscope", "static");
/** Bytes of each script with its style sheet: a scope's travels with every saved notebook. */
const LIMITS = { widget: 150_000, watch: 200_000 };
const NAMES = Object.keys(LIMITS);

mkdirSync(out, { recursive: true });
await build({
  entryPoints: NAMES.flatMap((name) => [
    { in: join(here, "src", `${name}.ts`), out: name },
    { in: join(here, "src", `${name}.css`), out: name },
  ]),
  outdir: out,
  bundle: true,
  format: "esm",
  target: "es2022",
  minify: true,
  legalComments: "none",
  logLevel: "warning",
});

for (const name of NAMES) {
  const size = [`${name}.js`, `${name}.css`]
    .map((file) => statSync(join(out, file)).size)
    .reduce((sum, bytes) => sum + bytes, 0);
  console.log(`tensorscope/static/${name}: ${(size / 1000).toFixed(1)} kB`);
  if (size > LIMITS[name]) {
    throw new Error(`The bundle ${name} has ${size} bytes, allowed are ${LIMITS[name]}`);
  }
}
