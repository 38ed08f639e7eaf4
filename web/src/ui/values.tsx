import { useEffect, useState } from "preact/hooks";
import { say } from "~/shell/notices";

const INSTANT = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
const FULL = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "long" });
const RELATIVE = new Intl.RelativeTimeFormat(undefined, { numeric: "auto", style: "narrow" });

/** An instant in the reader's zone; the tip gives the zone's name. `ago`: how long ago, kept current. */
export function When({ at, ago = false }: { at: string | null | undefined; ago?: boolean }) {
  const [, tick] = useState(0);
  useEffect(() => {
    if (!ago) return;
    const timer = setInterval(() => tick((n) => n + 1), 15_000);
    return () => clearInterval(timer);
  }, [ago]);
  if (!at) return <>–</>;
  const date = new Date(at);
  return (
    <time dateTime={at} title={FULL.format(date)}>
      {ago ? sayAgo(date) : INSTANT.format(date)}
    </time>
  );
}

export function sayAgo(date: Date): string {
  const seconds = (date.getTime() - Date.now()) / 1000;
  const size = Math.abs(seconds);
  if (size < 45) return RELATIVE.format(0, "second");
  if (size < 2700) return RELATIVE.format(Math.round(seconds / 60), "minute");
  if (size < 79_200) return RELATIVE.format(Math.round(seconds / 3600), "hour");
  return RELATIVE.format(Math.round(seconds / 86_400), "day");
}

/** Money: USD with as many digits as it takes to show that it is not nothing. */
export function sayUsd(amount: number | null | undefined): string {
  if (amount === null || amount === undefined) return "–";
  const digits = amount !== 0 && Math.abs(amount) < 0.01 ? 6 : 2;
  return `$${amount.toFixed(digits)}`;
}

export function saySeconds(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined) return "–";
  if (seconds < 1) return `${(seconds * 1000).toFixed(0 < seconds && seconds < 0.01 ? 1 : 0)} ms`;
  if (seconds < 120) return `${seconds.toFixed(seconds < 10 ? 2 : 1)} s`;
  return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}

export function sayBytes(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB"];
  const power = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(1, bytes)) / 10));
  return `${(bytes / 1024 ** power).toFixed(power === 0 ? 0 : 1)} ${units[power]}`;
}

export const sayNumber = (value: number): string => value.toLocaleString();

/** A status as a coloured word with a shape of its own, so that colour is not needed. */
export function Badge({ status }: { status: string }) {
  return <span class="badge" data-status={status}>{status}</span>;
}

/** A long id or hash: its beginning is shown, all of it is copied. */
export function Copyable({ text, shown, label = "Copy" }: { text: string; shown?: string; label?: string }) {
  return (
    <span class="copyable">
      <code title={text}>{shown ?? text}</code>
      <button type="button" class="button quiet small" aria-label={`${label}: ${shown ?? text}`} onClick={() => void copy(text)}>
        Copy
      </button>
    </span>
  );
}

export async function copy(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    say({ kind: "done", text: "Copied." });
  } catch {
    say({ kind: "problem", text: "This browser does not let the page copy.", more: text });
  }
}

/** Hands the reader a file that was made in the page. */
export function saveFile(name: string, content: BlobPart, type: string): void {
  const url = URL.createObjectURL(new Blob([content], { type }));
  const link = Object.assign(document.createElement("a"), { href: url, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
