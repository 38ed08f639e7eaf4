/** A timer that can stand still. Milliseconds; begins to run at once. */
export class Clock {
  private left: number;
  private since = Date.now();
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    ms: number,
    private readonly done: () => void,
  ) {
    this.left = ms;
    this.go();
  }

  stop(): void {
    if (this.timer === undefined) return;
    clearTimeout(this.timer);
    this.timer = undefined;
    this.left -= Date.now() - this.since;
  }

  go(): void {
    if (this.timer !== undefined || this.left <= 0) return;
    this.since = Date.now();
    this.timer = setTimeout(() => {
      this.end();
      this.done();
    }, this.left);
  }

  /** For good: it never rings. */
  end(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.left = 0;
  }
}
