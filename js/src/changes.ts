// Changes on their way to the kernel, and who waits until it has answered them.

/** How long a kernel may take to answer whoever waits, in ms: browsers let a page write to the
 *  clipboard for some five seconds after a press. */
const PATIENCE = 3000;

export class Changes {
  #underWay = 0;
  readonly #waiting = new Set<(sure: boolean) => void>();

  /** One more has been made: held back for a frame, sent, or not answered yet. */
  begin() {
    this.#underWay++;
  }

  /** One was answered, refused, or given up for a newer one. */
  end() {
    this.#underWay--;
    if (this.settled()) this.release(true);
  }

  settled(): boolean {
    return this.#underWay === 0;
  }

  /** True once all are answered; false if that takes too long. */
  settle(): Promise<boolean> {
    if (this.settled()) return Promise.resolve(true);
    return new Promise((resolve) => {
      const done = (sure: boolean) => {
        clearTimeout(timer);
        this.#waiting.delete(done);
        resolve(sure);
      };
      const timer = setTimeout(() => done(false), PATIENCE);
      this.#waiting.add(done);
    });
  }

  /** Lets everybody go who waits: nothing more will be answered, where it is not sure. */
  release(sure: boolean) {
    for (const done of [...this.#waiting]) done(sure);
  }
}
