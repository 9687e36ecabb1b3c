// What looks wrong: who, what, the numbers that say so, and when. A click opens the place.
import { Icon } from "../components/Icon";
import { useWatch } from "./context";
import type { Finding } from "./wire";

const same = (a: Finding | null, b: Finding) =>
  a !== null && a.kind === b.kind && a.name === b.name && a.what === b.what;

/** What the list asks for; it takes what is left beside the modules too. */
const room = (count: number) => Math.min(208, Math.max(96, 52 * count));

export function Findings() {
  const watch = useWatch();
  const findings = watch.findings.value;
  return (
    <section class="ts-findings">
      <div class="ts-side-head">
        <b>Findings</b> <span class="ts-num ts-dim2">{findings.length}</span>
      </div>
      <div class="ts-finding-list" style={{ "--ts-room": `${room(findings.length)}px` }}>
        <table aria-label="Findings">
          <tbody>
            {findings.map((f) => (
              <tr
                key={`${f.kind} ${f.name} ${f.what}`}
                class={same(watch.finding.value, f) ? "ts-picked" : ""}
                aria-selected={same(watch.finding.value, f)}
                onClick={() => watch.openFinding(f)}
              >
                <td class={f.grave ? "ts-err" : "ts-warn"}>
                  <Icon name={f.grave ? "error" : "warn"} />
                </td>
                <td>
                  <button type="button" class="ts-link">
                    <b class="ts-mono">{f.name}</b> {f.message}
                  </button>
                  <p class="ts-dim2">{f.evidence}</p>
                </td>
                <td class="ts-mono ts-dim2 ts-right">step {f.step}</td>
              </tr>
            ))}
          </tbody>
        </table>
        {findings.length === 0 && <p class="ts-nothing">Nothing looks wrong so far.</p>}
      </div>
    </section>
  );
}
