// Whose training it is, where it stands, and the controls of it.
import { Icon, type IconName } from "../components/Icon";
import { Menu } from "../components/Menu";
import { NEXT, PAUSE, PLAY } from "../extras/paths";
import { formatCount, formatShort } from "../format";
import { useWatch } from "./context";
import { sayBytes, sayRate, sayStatus, sayWatched } from "./say";
import { real, type Status, type Unit } from "./wire";

const UNITS: readonly (readonly [Unit, string])[] = [
  ["step", "one training step"],
  ["module", "to the next module"],
];

export function Head() {
  const watch = useWatch();
  const about = watch.about.value;
  return (
    <header class="ts-header ts-watch-head">
      <b class="ts-name">{about?.name ?? watch.kept.value.name}</b>
      {about && (
        <span class="ts-mono ts-dim2 ts-clip">
          {sayWatched(about.model, about.modules.length, watch.names.value.length)}
        </span>
      )}
      <Badge />
      <span class="ts-spring" />
      <Controls />
    </header>
  );
}

function Badge() {
  const watch = useWatch();
  const phase = watch.phase.value;
  const status = watch.status.value;
  const lost = phase === "dead" || phase === "silent";
  const kind = lost ? "lost" : (status?.status ?? "ready");
  const icon: IconName | null = kind === "paused" || kind === "pausing" ? PAUSE : null;
  const told = watch.time.value ? `last known ${watch.time.value}` : "last known below";
  const gone =
    phase === "dead" ? "Kernel gone · run the cell again" : "No answer yet · kernel busy or gone";
  const text = lost ? `${gone} · ${told}` : status ? sayStatus(status) : "Connecting…";
  return (
    <>
      <span
        role="status"
        aria-label="Training"
        // What moves four times a second is not read out.
        aria-live={kind === "running" ? "off" : "polite"}
        class={`ts-badge ts-badge-${kind}`}
        title={status?.reason || undefined}
      >
        {icon && <Icon name={icon} size={14} />}
        <span class="ts-clip">{text}</span>
      </span>
      {lost && !watch.scope.gone && (
        <button type="button" class="ts-button ts-small" onClick={() => watch.retry()}>
          Try again
        </button>
      )}
    </>
  );
}

function Controls() {
  const watch = useWatch();
  const status = watch.status.value?.status;
  const live = watch.phase.value === "live";
  const waits = live && (status === "paused" || status === "pausing");
  const unit = watch.unit.value;
  return (
    <span class="ts-controls">
      <button
        type="button"
        class="ts-button"
        disabled={!live || status !== "running"}
        title="Stop at the next module (Space)"
        onClick={watch.pause}
      >
        <Icon name={PAUSE} size={14} /> Pause
      </button>
      <span class={`ts-split ${waits ? "" : "ts-off"}`}>
        <button
          type="button"
          aria-label="Step"
          disabled={!waits}
          title={`Go on for ${unit === "step" ? "one training step" : "one module"} (.)`}
          onClick={() => watch.step()}
        >
          <Icon name={NEXT} size={14} /> Step
        </button>
        <Menu
          label="Step by"
          text={unit === "step" ? "one step" : "module"}
          value={unit}
          options={UNITS}
          onPick={(value) => {
            watch.unit.value = value || "step";
          }}
        />
      </span>
      <button
        type="button"
        class="ts-button ts-primary"
        disabled={!waits}
        title="Go on (Space)"
        onClick={watch.resume}
      >
        <Icon name={PLAY} size={14} /> Continue
      </button>
    </span>
  );
}

/** Whether steps are being made: a rate of old ones says nothing of now. */
const goes = ({ status, idle }: Status) => (status === "running" || status === "pausing") && !idle;

/** The facts, always in this order. */
export function Numbers() {
  const watch = useWatch();
  const status = watch.status.value;
  if (!status) return null;
  const { name, points } = watch.timeline.value;
  const last = points.at(-1);
  return (
    <p class="ts-facts ts-watch-facts">
      <Fact name="step" value={status.step < 0 ? "–" : formatCount(status.step)} width={6} />
      {name && <Fact name={name} value={last ? formatShort(real(last[1]), 4) : "–"} width={8} />}
      <Fact name="rate" value={sayRate(goes(status) ? status.rate : null)} width={10} />
      <Fact
        name="records"
        value={
          status.budget === null
            ? "on disk"
            : `${sayBytes(status.nbytes)} of ${sayBytes(status.budget)}`
        }
        width={16}
      />
      <Fact
        name="evicted"
        value={formatCount(status.evicted)}
        width={4}
        title="Records that had to go, the oldest first, to keep within the budget"
      />
      <Fact
        name="skipped on screen"
        value={formatCount(status.dropped ?? 0)}
        width={4}
        title="Training never waits for this page: of several updates only the latest is drawn. Nothing that is recorded is missing"
      />
    </p>
  );
}

interface FactProps {
  name: string;
  value: string;
  width: number;
  title?: string;
}

/** Before and after the training nothing comes and goes: no room need be kept. */
const isStill = (status: Status | null) =>
  status?.status === "ready" || status?.status === "closed";

/** While it trains, room is kept for the widest, so that nothing beside it moves. */
function Fact({ name, value, width, title }: FactProps) {
  const status = useWatch().status.value;
  return (
    <span class="ts-fact" title={title}>
      <span class="ts-dim3">{name}</span>{" "}
      <span class="ts-num ts-mono" style={isStill(status) ? undefined : { minWidth: `${width}ch` }}>
        {value}
      </span>
    </span>
  );
}

/** One line that is always there: what went wrong, why it stopped, or what one should know. */
export function Words() {
  const watch = useWatch();
  const wrong = watch.wrong.value;
  const status = watch.status.value;
  const notes = watch.notes.value;
  const ended = status?.status === "closed";
  const stopped = Boolean(status?.reason) && (ended || status?.reason !== "asked for");
  const told = notes.length > 0 ? `Note: ${notes.join(" · ")}` : "";
  const still = isStill(status) && !told && !stopped;
  return (
    <p class={`ts-watch-words ${still && wrong?.at !== "watch" ? "ts-no-words" : ""}`}>
      <span role="alert" class="ts-err">
        {wrong?.at === "watch" ? wrong.message : ""}
      </span>
      {wrong?.at !== "watch" && stopped && (
        <span class="ts-clip" title={[status?.reason, ...notes].join("\n")}>
          <b>{ended ? "Ended by" : "Stopped."}</b> {status?.reason}
          {ended && told && <span class="ts-dim2"> · {told}</span>}
        </span>
      )}
      {wrong?.at !== "watch" && !stopped && (
        <span class="ts-dim2 ts-clip" title={notes.join("\n")}>
          {told}
        </span>
      )}
    </p>
  );
}
