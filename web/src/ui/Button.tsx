import type { ComponentChildren, JSX } from "preact";
import { useState } from "preact/hooks";
import { Link } from "wouter-preact";
import { say } from "~/shell/notices";
import { Refusal } from "~/api/client";

interface Props extends Omit<JSX.ButtonHTMLAttributes<HTMLButtonElement>, "onClick"> {
  /** A promise keeps the button busy; a Refusal is told in the corner, unless `onRefusal` takes it. */
  onClick?: () => unknown;
  onRefusal?: (refusal: Refusal) => void;
  kind?: "primary" | "plain" | "quiet" | "danger";
  children: ComponentChildren;
}

export function Button({ onClick, onRefusal, kind = "plain", children, disabled, type = "button", class: extra, ...others }: Props) {
  const [busy, setBusy] = useState(false);
  async function act(): Promise<void> {
    if (busy || onClick === undefined) return;
    const doing = onClick();
    if (!(doing instanceof Promise)) return;
    setBusy(true);
    try {
      await doing;
    } catch (problem) {
      if (!(problem instanceof Refusal)) throw problem;
      (onRefusal ?? tellRefusal)(problem);
    } finally {
      setBusy(false);
    }
  }
  return (
    <button {...others} type={type} class={`button ${kind} ${extra ?? ""}`} disabled={disabled} aria-busy={busy} onClick={() => void act()}>
      {children}
    </button>
  );
}

export function LinkButton({ href, kind = "plain", children }: { href: string; kind?: Props["kind"]; children: ComponentChildren }) {
  return (
    <Link href={href} class={`button ${kind}`}>
      {children}
    </Link>
  );
}

export function tellRefusal(refusal: Refusal): void {
  say({ kind: "problem", text: refusal.message, more: refusal.hint });
}
