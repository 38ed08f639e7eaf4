import { saveFile } from "~/ui/values";
import type { Report } from "./verdict";

const EXIT_CODES = { verified: 0, intact: 3, broken: 1, unjudged: null };

/** The one word of each verdict, as `quapsule verify` says it. */
export const WORDS = { verified: "verified", intact: "intact, signer unknown", broken: "broken", unjudged: "not judged" };

/** Saves the report in the keys of `quapsule verify --json`; `timestamps` say that they were not checked. */
export function saveReport(report: Report, name: string): void {
  const shape = {
    status: report.status,
    verdict: WORDS[report.status],
    exit_code: EXIT_CODES[report.status],
    capsule_id: report.capsule_id,
    name: textOf(report.manifest.get("name")),
    files: report.files.length,
    size_bytes: report.size_bytes,
    findings: report.findings,
    signatures: report.signatures,
    log: report.log === null ? null : { ...report.log, index: Number(report.log.index), tree_size: Number(report.log.tree_size) },
    timestamps: report.timestamps.map((authority) => ({ authority, checked: false })),
    checked_at: new Date().toISOString(),
    checked_by: "the page /verify, in the browser",
  };
  saveFile(`${name.replace(/\.capsule$/, "")}.verdict.json`, `${JSON.stringify(shape, null, 2)}\n`, "application/json");
}

const textOf = (value: unknown): string | null => (typeof value === "string" ? value : null);
