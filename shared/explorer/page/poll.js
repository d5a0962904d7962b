// Asking again and again, without piling up: the next time is set when the last answer has come, longer after a
// failure, and not while nobody looks.

export class Poll {
  /** `work(signal)` does one round; `pause()` says how many milliseconds until the next. */
  constructor(work, pause) {
    this.work = work;
    this.pause = pause;
    this.failures = 0;
    this.seen = () => document.visibilityState === "visible" && this.late && this.now();
    document.addEventListener("visibilitychange", this.seen);
  }

  /** Does a round now, giving up one that is under way. */
  async now() {
    this.halt();
    const round = (this.round = new AbortController());
    try {
      await this.work(round.signal);
      this.failures = 0;
    } catch (error) {
      if (round.signal.aborted) return;
      this.failures++;
      this.failed?.(error);
    }
    if (round === this.round) this.plan();
  }

  plan() {
    if (this.closed) return;
    const base = this.pause();
    if (base === undefined) return;
    const wait = Math.min(60_000, base * 2 ** Math.min(this.failures, 5));
    this.due = Date.now() + wait;
    this.timer = setTimeout(() => {
      this.late = document.visibilityState !== "visible";
      if (!this.late) this.now();
    }, wait);
  }

  halt() {
    clearTimeout(this.timer);
    this.late = false;
    this.round?.abort();
    this.round = undefined;
  }

  close() {
    this.closed = true;
    this.halt();
    document.removeEventListener("visibilitychange", this.seen);
  }
}
