import { saveFile } from "~/ui/values";

/** Hands out everything of a run as JSON. */
export function saveJson(name: string, content: unknown): void {
  saveFile(`${name}.json`, `${JSON.stringify(content, null, 2)}\n`, "application/json");
}

/** Hands out counts, and exact probabilities where they are known, as CSV. */
export async function saveCounts(name: string, counts: Record<string, number>, exact: Record<string, number> | null): Promise<void> {
  const { saveCsv } = await import("~/plots/download");
  const keys = [...new Set([...Object.keys(counts), ...Object.keys(exact ?? {})])].sort();
  const rows = keys.map((key) => [key, counts[key] ?? 0, ...(exact === null ? [] : [exact[key] ?? 0])]);
  saveCsv(name, exact === null ? ["outcome", "count"] : ["outcome", "count", "probability"], rows);
}
