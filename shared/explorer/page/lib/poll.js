// @ts-check
// Repeats a request. The next round starts a pause after the last one ended, later after failures, and not while the
// page is hidden.

/** The longest pause between two rounds, in milliseconds. */
const MAX_PAUSE = 60_000;

export class Poll {
  /**
   * `work(signal)` does one round. `pause()` returns the milliseconds until the next round, or `undefined` for no more
   * rounds. `failed(error)` is called when a round fails.
   *
   * @param {(signal: AbortSignal) => Promise<unknown>} work
   * @param {() => number | undefined} pause
   * @param {(error: any) => void} failed
   */
  constructor(work, pause, failed) {
    this.work = work;
    this.pause = pause;
    this.failed = failed;
    this.failures = 0;
    this.overdue = false;
    this.closed = false;
    /** @type {AbortController | undefined} */
    this.round = undefined;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    this.shown = () => document.visibilityState === "visible" && this.overdue && this.now();
    document.addEventListener("visibilitychange", this.shown);
  }

  /** Starts a round now, and aborts one that is under way. */
  async now() {
    this.halt();
    const round = (this.round = new AbortController());
    try {
      await this.work(round.signal);
      this.failures = 0;
    } catch (error) {
      if (round.signal.aborted) return;
      this.failures++;
      this.failed(error);
    }
    if (round === this.round) this.plan();
  }

  plan() {
    if (this.closed) return;
    const base = this.pause();
    if (base === undefined) return;
    const wait = Math.min(MAX_PAUSE, base * 2 ** Math.min(this.failures, 5));
    this.timer = setTimeout(() => {
      this.overdue = document.visibilityState !== "visible";
      if (!this.overdue) this.now();
    }, wait);
  }

  halt() {
    clearTimeout(this.timer);
    this.overdue = false;
    this.round?.abort();
    this.round = undefined;
  }

  close() {
    this.closed = true;
    this.halt();
    document.removeEventListener("visibilitychange", this.shown);
  }
}
