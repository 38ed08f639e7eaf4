import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Clock } from "./clock";

describe("Clock", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("rings once, when its time is over", () => {
    const rung = vi.fn();
    new Clock(1000, rung);
    vi.advanceTimersByTime(999);
    expect(rung).not.toHaveBeenCalled();
    vi.advanceTimersByTime(5000);
    expect(rung).toHaveBeenCalledOnce();
  });

  it("stands still while it is held, and goes on with what was left", () => {
    const rung = vi.fn();
    const clock = new Clock(1000, rung);
    vi.advanceTimersByTime(600);
    clock.stop();
    vi.advanceTimersByTime(60_000);
    clock.go();
    clock.go();
    vi.advanceTimersByTime(399);
    expect(rung).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(rung).toHaveBeenCalledOnce();
  });

  it("never rings once it was ended", () => {
    const rung = vi.fn();
    const clock = new Clock(1000, rung);
    clock.end();
    clock.go();
    vi.advanceTimersByTime(5000);
    expect(rung).not.toHaveBeenCalled();
  });
});
