// What a view does later, once or after a while; what goes wrong then is shown, never lost.

export abstract class Timers {
  readonly #timers = new Set<ReturnType<typeof setTimeout>>();
  readonly #later = new Map<string, ReturnType<typeof setTimeout>>();

  /** Shows what went wrong. */
  abstract fail(error: unknown, text?: string | null): void;

  /** Runs something once, after the last call with the same name. */
  soon(name: string, delay: number, run: () => void) {
    clearTimeout(this.#later.get(name));
    if (delay === 0) {
      run();
      return;
    }
    this.#later.set(
      name,
      setTimeout(() => this.guard(run), delay),
    );
  }

  after(delay: number, run: () => void) {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.guard(run);
    }, delay);
    this.#timers.add(timer);
  }

  /** Runs something; what it throws is shown, never lost. */
  guard<T>(run: () => T): T | undefined {
    try {
      return run();
    } catch (error) {
      this.fail(error);
      return undefined;
    }
  }

  protected stopTimers() {
    for (const timer of [...this.#timers, ...this.#later.values()]) clearTimeout(timer);
  }
}
