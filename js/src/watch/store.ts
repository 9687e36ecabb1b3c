// What a watch knows, and what it asks of the kernel. The scope inside has a store of its own.
import { batch, computed, type Signal, signal } from "@preact/signals";
import { type Actions, makeActions } from "../actions";
import { Channel, type Model, RequestError, SendError } from "../channel";
import type { Cell, Push } from "../protocol";
import { Store } from "../store";
import type { Phase } from "../view";
import { type MeasureName, merged, type Past, pastOf, type Row } from "./rows";
import { movedBy, snapped, unrolled } from "./steps";
import { Stops } from "./stops";
import { buildTree, visible } from "./tree";
import type { Breakpoint, Chosen, Finding, Status, Unit, WatchNews, What } from "./wire";

/** Without an answer to the first message for this long, what was saved is shown. */
const HELLO = 3000;
/** Milliseconds between two looks at the news: four a second can be read. */
export const APART = 250;

export interface About {
  name: string;
  model: string;
  modules: readonly string[];
  classes: ReadonlyMap<string, string>;
  every: number;
  reopened: boolean;
}
/** What was saved with the notebook, for when there is no kernel. */
export interface Kept {
  name: string;
  text: string;
  time?: string;
}
/** What goes wrong, and at which control. */
export interface Wrong {
  message: string;
  at: "break" | "on" | "watch";
}
/** What the scope is to show. */
interface Wish {
  name: string;
  what: What;
  step: number | null;
  against: number | null;
}

export class WatchStore {
  readonly scope: Store;
  readonly actions: Actions;
  readonly channel: Channel;

  readonly kept: Signal<Kept>;
  readonly about: Signal<About | null> = signal(null);
  readonly status: Signal<Status | null> = signal(null);
  readonly findings: Signal<readonly Finding[]> = signal([]);
  readonly breakpoints: Signal<readonly Breakpoint[]> = signal([]);
  readonly timeline: Signal<WatchNews["timeline"]> = signal({
    name: null,
    points: [],
    recorded: [],
  });
  /** What was measured in the step that is shown; null: that is the newest. */
  readonly past: Signal<Past | null> = signal(null);
  readonly notes: Signal<readonly string[]> = signal([]);
  readonly time = signal("");
  readonly chosen: Signal<Chosen | null> = signal(null);
  readonly phase: Signal<Phase> = signal("connecting");
  readonly wrong: Signal<Wrong | null> = signal(null);

  // One signal a row: a number that moves draws its own row anew.
  readonly names: Signal<readonly string[]> = signal([]);
  readonly #rows = new Map<string, Signal<Row | undefined>>();
  readonly folded: Signal<ReadonlySet<string>> = signal(new Set<string>());
  readonly tree = computed(() => buildTree(this.names.value));
  readonly visible = computed(() => visible(this.tree.value, this.folded.value));

  // What people put in, shown until the kernel has caught up with it.
  readonly hand: Signal<Wish | null> = signal(null);
  readonly unit: Signal<Unit> = signal("step");
  readonly measure: Signal<MeasureName> = signal("std");
  readonly finding: Signal<Finding | null> = signal(null);

  #asked = 0;
  #waiting = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #started = false;
  readonly #stops = new Stops();
  #selections = 0;

  constructor(readonly model: Model) {
    this.scope = new Store(model);
    this.actions = makeActions(this.scope);
    this.kept = signal((model.get("watch") as Kept | null) ?? { name: "watch", text: "" });
    const hear = (push: Push) => this.scope.guard(() => this.#hear(push));
    this.channel = new Channel(model, hear, undefined, undefined, () => this.scope.gone);
  }

  /** The first message; what was saved stands in if no answer comes. */
  start() {
    this.scope.after(HELLO, () => {
      if (this.phase.value !== "connecting") return;
      this.scope.takeSnapshot();
      this.phase.value = this.scope.disconnected() ? "dead" : "silent";
    });
    this.#ask({ do: "hello" }, "hello");
  }

  retry() {
    this.phase.value = "connecting";
    this.start();
    if (this.#started) this.actions.retry();
  }

  /** The host said something of the kernel; see the scope. */
  checkKernel(live: boolean | null) {
    this.scope.checkKernel(live);
    if (this.scope.disconnected()) this.phase.value = "dead";
  }

  // ---------------------------------------------------------------- asking

  #ask(
    body: { do: string } & Record<string, unknown>,
    key: string | null,
    at: Wrong["at"] = "watch",
  ): Promise<boolean> {
    const serial = () => this.scope.state.value?.serial ?? null;
    const asked = () => ({ kind: "watch", ...body, serial: serial() });
    return this.channel.request("picture", asked, key).then(
      (answer) => {
        if (answer?.reply.watch) this.scope.guard(() => this.#take(answer.reply.watch!));
        return answer !== null;
      },
      (error) => {
        this.fail(error, at);
        return false;
      },
    );
  }

  fail(error: unknown, at: Wrong["at"] = "watch") {
    if (error instanceof SendError) this.phase.value = "dead";
    else {
      const message = error instanceof Error ? error.message : String(error);
      const where = error instanceof RequestError ? at : "watch";
      const isOn = where === "break" && (error as RequestError).kind === "NO_MODULE";
      this.wrong.value = { message, at: isOn ? "on" : where };
    }
  }

  pause = () => this.#ask({ do: "pause" }, "run");
  resume = () => {
    this.#stops.went(null, this.status.value);
    return this.#ask({ do: "continue" }, "run");
  };
  step = (unit: Unit = this.unit.value) => {
    this.#stops.went(unit, this.status.value);
    return this.#ask({ do: "step", unit }, "run");
  };
  addBreakpoint = (cond: string, on: string, what: What) =>
    this.#ask({ do: "break", cond, on: on || "*", what }, null, "break");
  removeBreakpoint = (index: number) => this.#ask({ do: "unbreak", index }, null);

  /** Space: pause, or go on. */
  toggle() {
    const status = this.status.value?.status;
    if (status === "running") this.pause();
    else if (status === "paused" || status === "pausing") this.resume();
  }

  // ---------------------------------------------------------------- choosing

  /** What the scope shows, or is about to. */
  wish(): Wish | null {
    const { hand, chosen } = this;
    if (hand.value) return hand.value;
    const now = chosen.value;
    return now && { ...now, step: now.follows ? null : now.step };
  }

  /** Shows something else; the newest wish wins. The cell is pinned if that step is on record. */
  choose(part: Partial<Wish>, cell: Cell | null = null) {
    const before = this.wish();
    const name = part.name ?? before?.name;
    if (name === undefined) return;
    const against = part.name !== undefined && part.name !== before?.name ? null : before?.against;
    const base = { what: before?.what ?? "output", step: before?.step ?? null };
    const wish: Wish = { ...base, against: against ?? null, ...part, name };
    const mine = ++this.#selections;
    this.hand.value = wish;
    const body = () => ({
      kind: "watch",
      do: "select",
      ...wish,
      viewport: this.scope.viewport(),
    });
    this.scope.changes.begin();
    const answered = this.scope.channel.request("picture", body, "select").then(
      (answer) => {
        if (!answer) return;
        this.scope.guard(() => {
          batch(() => {
            if (mine === this.#selections) this.hand.value = null;
            this.wrong.value = null;
            if (answer.reply.watch) this.#take(answer.reply.watch);
            if (answer.reply.state) this.scope.accept(answer);
          });
          const shown = answer.reply.watch?.scope;
          if (cell && shown && shown.step === wish.step) this.actions.jump(cell);
        });
      },
      (error) => {
        if (mine === this.#selections) this.hand.value = null;
        this.fail(error);
      },
    );
    answered.then(() => this.scope.changes.end());
  }

  /** A row of the tree: what it has, at the step that is shown. */
  chooseRow(name: string) {
    this.finding.value = null;
    this.choose({ name, what: this.row(name).value?.what ?? "output" });
  }

  /** Where the slider was put: the step on record there; only at its end it follows the training. */
  scrub(wanted: number, atEnd: boolean) {
    const step = snapped(this.chosen.value?.steps ?? [], wanted);
    if (step !== null) this.#goTo(atEnd ? null : step);
  }

  /** So many steps on record back or on; beyond the last of them it follows the training. */
  scrubBy(by: number) {
    const steps = this.chosen.value?.steps ?? [];
    if (steps.length > 0) this.#goTo(movedBy(steps, this.wish()?.step ?? null, by));
  }

  #goTo(step: number | null) {
    if (this.wish()?.step !== step) this.choose({ step });
  }

  openFinding(finding: Finding) {
    this.finding.value = finding;
    const { name, what, step, cell } = finding;
    this.choose({ name, what, step, against: null }, cell);
  }

  row(name: string): Signal<Row | undefined> {
    let row = this.#rows.get(name);
    if (!row) {
      row = signal<Row | undefined>(undefined);
      this.#rows.set(name, row);
    }
    return row;
  }

  fold(name: string, folded: boolean) {
    const next = new Set(this.folded.value);
    if (folded) next.add(name);
    else next.delete(name);
    this.folded.value = next;
  }

  // ---------------------------------------------------------------- hearing

  #hear(push: Push) {
    if (push.push === "training") this.#soonNews();
    else if (push.push === "news") this.#take(push.watch);
  }

  /** Asks for the news: at once, or when the last look is a moment ago; one question at a time. */
  #soonNews() {
    if (this.#waiting) return;
    this.#waiting = true;
    const wait = Math.max(0, this.#asked + APART - performance.now());
    this.#timer = setTimeout(() => {
      this.#waiting = false;
      this.#asked = performance.now();
      this.#ask({ do: "news" }, "news");
    }, wait);
  }

  #take(news: WatchNews) {
    batch(() => {
      this.phase.value = "live";
      if (news.modules) this.#takeAbout(news);
      this.#takeRows(news.rows);
      const { past } = news;
      if (past !== undefined) this.past.value = past && pastOf(past.step, past.rows);
      this.status.value = news.status;
      this.findings.value = news.findings;
      this.breakpoints.value = news.breakpoints;
      this.timeline.value = news.timeline;
      this.notes.value = news.notes;
      this.time.value = news.time;
      if (news.scope) this.#takeScope(news.scope);
    });
    const found = this.#stops.opens(news.status, this.names.value);
    if (!found) return;
    const { name, what, step, cell } = found;
    this.choose({ name, what, step, against: null }, cell);
  }

  #takeAbout({ name, model, modules, classes, every, reopened }: WatchNews) {
    this.about.value = {
      name: name ?? this.kept.value.name,
      model: model ?? "",
      modules: modules ?? [],
      classes: new Map(Object.entries(classes ?? {})),
      every: every ?? 1,
      reopened: reopened ?? false,
    };
    this.#addNames(modules ?? []);
  }

  #takeRows(rows: WatchNews["rows"]) {
    for (const { name, what, zero, points } of rows) {
      const row = this.row(name);
      row.value = merged(row.value, what, zero, points);
    }
    this.#addNames(rows.map((row) => row.name));
  }

  /** New rows go last, or below the module that they belong to: none changes its place. */
  #addNames(names: readonly string[]) {
    const known = new Set(this.names.value);
    const fresh = [...new Set(names)].filter((name) => !known.has(name));
    if (fresh.length === 0) return;
    this.names.value = [...this.names.value, ...fresh];
    // The weights of a module are folded away at first.
    const modules = new Set(this.about.value?.modules);
    for (const name of fresh) {
      const parent = name.slice(0, name.lastIndexOf("."));
      if (!modules.has(name) && modules.has(parent)) this.fold(parent, true);
    }
  }

  #takeScope(chosen: NonNullable<WatchNews["scope"]>) {
    this.chosen.value = { ...chosen, steps: unrolled(chosen.steps) };
    if (chosen.changed && chosen.state) this.scope.adopt(chosen.state, chosen.info);
    if (this.#started) return;
    this.#started = true;
    this.scope.start();
  }

  dispose() {
    clearTimeout(this.#timer);
    this.channel.close();
    this.scope.dispose();
  }
}
