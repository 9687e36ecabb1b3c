// The steps: the loss above them, what is on record as ticks, stops as triangles, and the slider.
import { formatCount } from "../format";
import { useWatch } from "./context";
import { labelSteps, logHeights, pathOf } from "./spark";
import { unrolled } from "./steps";
import { real } from "./wire";

const HEIGHT = 64;
/** Where the ticks stand, and the line above them. */
const RAIL = 42;
const LINE = { top: 21, bottom: 37 };
/** Half the slider's thumb: its middle goes from here to as far from the other end. */
const PAD = 20;
const THUMB = 8;

export function Timeline() {
  const watch = useWatch();
  const status = watch.status.value;
  const { name, points, recorded } = watch.timeline.value;
  const width = Math.max(200, watch.scope.width.value - 6);
  const last = Math.max(1, status?.step ?? 0, recorded.at(-1)?.[1] ?? 0);
  const xOf = (step: number) => PAD + (step / last) * (width - 2 * PAD);
  // One for each half pixel at most, however many steps there are.
  const ticks = new Set(unrolled(recorded).map((step) => Math.round(2 * xOf(step)) / 2));

  const wish = watch.wish();
  const steps = watch.chosen.value?.steps ?? [];
  const at = wish?.step ?? steps.at(-1) ?? 0;
  const values = points.map(([, value]) => real(value));
  const heights = logHeights(values);
  const ys = heights.map((y) => LINE.bottom - y * (LINE.bottom - LINE.top));
  const path = pathOf(
    points.map(([step]) => xOf(step)),
    ys,
  );
  const stops = new Set(watch.findings.value.filter((f) => f.grave).map((f) => f.step));
  if (status?.hit) stops.add(status.hit.step);
  const apart = (step: number) => Math.abs(xOf(step) - xOf(at)) > 8 + 4 * digits(step, at);
  const against = wish?.against ?? null;
  const over = status?.status === "closed"; // nothing more is to come
  const away = !wish || wish.step === null || (over && at === steps.at(-1));

  return (
    <div class="ts-timeline" style={{ height: `${HEIGHT}px` }}>
      <svg width={width} height={HEIGHT} aria-hidden="true">
        <path class="ts-loss" d={path} />
        <path class="ts-rail" d={`M${PAD} ${RAIL}H${width - PAD}`} />
        <path class="ts-ticks" d={[...ticks].map((x) => `M${x} ${RAIL - 4}v8`).join("")} />
        {against !== null && <circle class="ts-against" cx={xOf(against)} cy={RAIL} r="4" />}
        {[...stops].map((step) => (
          <g key={step} class="ts-stop">
            <path d={`M${xOf(step)} 29V${RAIL}`} />
            <path class="ts-stop-mark" d={`M${xOf(step)} 20l5.5 9h-11z`} />
          </g>
        ))}
        {labelSteps(last, width / 90)
          .filter(apart)
          .map((step) => (
            <text key={step} x={xOf(step)} y={HEIGHT - 4}>
              {step}
            </text>
          ))}
        <text class="ts-strong" x={xOf(at)} y={HEIGHT - 4}>
          {at}
        </text>
      </svg>
      <input
        class="ts-slider ts-steps"
        type="range"
        aria-label="Step"
        aria-valuetext={`step ${at} of ${last}${wish?.step === null ? ", the latest" : ""}`}
        style={{ "--at": "0%", left: `${PAD - THUMB}px`, width: `${width - 2 * (PAD - THUMB)}px` }}
        min={0}
        max={last}
        value={at}
        disabled={steps.length === 0}
        onInput={(event) => {
          const slider = event.currentTarget;
          watch.scrub(Number(slider.value), slider.value === slider.max);
          // It stands at a step on record, wherever the pointer let it go.
          slider.value = String(watch.wish()?.step ?? steps.at(-1) ?? 0);
        }}
        onKeyDown={(event) => {
          const by = BY[event.key];
          if (by === undefined) return;
          event.preventDefault();
          event.stopPropagation();
          watch.scrubBy(by);
        }}
      />
      <span class="ts-timeline-name">
        {name ? `${name}, log` : "steps"}
        <button
          type="button"
          class={`ts-bare ts-follow ${away ? "ts-away" : ""}`}
          title={over ? "Show the last step" : "Show the latest step, and each that is to come"}
          onClick={() => watch.choose({ step: null })}
        >
          {over ? "Go to the last" : "Follow latest"}
        </button>
      </span>
    </div>
  );
}

const BY: Record<string, number> = {
  ArrowLeft: -1,
  ArrowDown: -1,
  ArrowRight: 1,
  ArrowUp: 1,
  PageDown: -10,
  PageUp: 10,
  Home: -1e9,
  End: 1e9,
};

const digits = (a: number, b: number) => formatCount(a).length + formatCount(b).length;
