import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Refusal } from "~/api/client";
import type { Loaded } from "~/api/load";
import { Button } from "./Button";

/** Nothing is here yet: says what will be, and how to get it. */
export function Empty({ title, children, action }: { title: string; children: ComponentChildren; action?: ComponentChildren }) {
  return (
    <div class="empty">
      <h2>{title}</h2>
      <p>{children}</p>
      {action}
    </div>
  );
}

/** No spinner without a number: what is waited for, and for how long already. Quiet for the first moment. */
export function Waiting({ what, since }: { what: string; since: number }) {
  const seconds = useSeconds(since);
  if (seconds < 0.3) return <p class="waiting" aria-hidden="true" />;
  return (
    <p class="waiting" role="status">
      {what} … <span class="number" aria-hidden="true">{seconds.toFixed(1)} s</span>
    </p>
  );
}

/** What was refused and what to do about it. */
export function Trouble({ refusal, onRetry }: { refusal: Refusal; onRetry?: () => void }) {
  return (
    <div class="trouble" role="alert">
      <p>
        <strong>{refusal.message}</strong>
      </p>
      {refusal.hint !== null && <p>{refusal.hint}</p>}
      <p>
        <code>{refusal.code}</code> {onRetry !== undefined && <Button kind="quiet" onClick={onRetry}>Try again</Button>}
      </p>
    </div>
  );
}

/** Loaded data, or why there is none, or what is waited for. Old data stays while newer is fetched. */
export function Arrived<T>({ of: loaded, what, children }: { of: Loaded<T>; what: string; children: (data: T) => ComponentChildren }) {
  return (
    <>
      {loaded.problem !== null && <Trouble refusal={loaded.problem} onRetry={loaded.reload} />}
      {loaded.data !== undefined ? children(loaded.data) : loaded.since !== null && <Waiting what={what} since={loaded.since} />}
    </>
  );
}

/** Seconds since an instant (ms since 1970), ten times a second. */
export function useSeconds(since: number): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 100);
    return () => clearInterval(timer);
  }, [since]);
  return Math.max(0, (now - since) / 1000);
}
