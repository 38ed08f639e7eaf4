/** Values of a script's making, or of a provider's: of no shape until looked at. */
export function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

export const asText = (value: unknown): string | null => (typeof value === "string" ? value : null);
export const asNumber = (value: unknown): number | null => (typeof value === "number" && Number.isFinite(value) ? value : null);

/** name → finite number; null for anything else. */
export function asCounts(value: unknown): Record<string, number> | null {
  const entries = Object.entries(asRecord(value));
  return entries.length > 0 && entries.every(([, count]) => asNumber(count) !== null) ? (Object.fromEntries(entries) as Record<string, number>) : null;
}

/** Characters that turn the order of text around, or do something to a terminal, as their code points: what is read is what is there. */
export const showControls = (text: string): string =>
  text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, (found) => (found === "\r" ? "" : `⟨${found.charCodeAt(0).toString(16).padStart(4, "0")}⟩`));
