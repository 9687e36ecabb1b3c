// Builds the development page into js/dev/out; open out/index.html?tensor=act there.
import { copyFileSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, "out");
mkdirSync(out, { recursive: true });
await build({
  entryPoints: [
    { in: join(here, "harness.ts"), out: "harness" },
    { in: join(here, "..", "src", "widget.css"), out: "widget" },
  ],
  outdir: out,
  bundle: true,
  format: "esm",
  sourcemap: "inline",
});
copyFileSync(join(here, "index.html"), join(out, "index.html"));
