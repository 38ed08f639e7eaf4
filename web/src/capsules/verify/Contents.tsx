import { useMemo, useState } from "preact/hooks";
import { TextField } from "~/ui/Field";
import { sayBytes } from "~/ui/values";
import { isObject, type Json } from "./json";
import type { Report } from "./verdict";

const FIRST = ["name", "description", "lifecycle_state", "sealed_at", "sealed_by", "version"];
const MOST_FACTS = 24;
const MOST_TEXT = 400;
const MOST_ROWS = 200;
const MOST_MANIFEST = 1 << 17;

/** What is in the capsule, as it says of itself: facts of the manifest, and the files. All of it is somebody's text. */
export function Contents({ report }: { report: Report }) {
  return (
    <section class="card" aria-labelledby="verify-contents">
      <h2 id="verify-contents">What is in it</h2>
      {report.status === "broken" && <p class="verify-soft">It is broken: what it says of itself may be false.</p>}
      <dl class="facts">
        {factsOf(report).map(([key, text]) => (
          <>
            <dt key={key}>{key}</dt>
            <dd key={`${key} value`} dir="auto">{text}</dd>
          </>
        ))}
      </dl>
      <details>
        <summary>The manifest as it is written</summary>
        <pre class="verify-manifest" tabIndex={0}>
          {report.manifest_text.slice(0, MOST_MANIFEST)}
          {report.manifest_text.length > MOST_MANIFEST && "\n… the rest is left out"}
        </pre>
      </details>
      <FileTable report={report} />
    </section>
  );
}

function FileTable({ report }: { report: Report }) {
  const [wanted, setWanted] = useState("");
  const wrong = useMemo(() => new Map(report.findings.filter((finding) => finding.layer === "payload").map((finding) => [finding.file, finding.message])), [report]);
  const found = report.files.filter((file) => file.name.toLowerCase().includes(wanted.trim().toLowerCase()));
  return (
    <>
      <div class="row verify-search">
        <TextField label="Find a file" type="search" value={wanted} onInput={setWanted} />
        <p>
          {found.length > MOST_ROWS ? `The first ${MOST_ROWS} of ` : ""}
          {found.length.toLocaleString()} files
        </p>
      </div>
      <div class="scroll-x" tabIndex={0} role="region" aria-label="Files of the capsule">
        <table class="verify-files">
          <thead>
            <tr>
              <th scope="col">File</th>
              <th scope="col" class="number">Size</th>
              <th scope="col">SHA-256</th>
            </tr>
          </thead>
          <tbody>
            {found.slice(0, MOST_ROWS).map((file) => (
              <tr key={file.name} data-wrong={wrong.has(file.name)}>
                <td dir="auto">
                  {file.name}
                  {wrong.has(file.name) && <small class="verify-wrong">✕ {wrong.get(file.name)}</small>}
                </td>
                <td class="number">{sayBytes(file.size)}</td>
                <td>
                  <code title={file.sha256}>{file.sha256.slice(0, 16)}…</code>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

function factsOf(report: Report): [key: string, text: string][] {
  const { manifest } = report;
  const keys = [...FIRST.filter((key) => manifest.has(key)), ...[...manifest.keys()].filter((key) => !FIRST.includes(key))];
  const facts: [string, string][] = [];
  for (const key of keys) {
    const text = sayFact(manifest.get(key) ?? null);
    if (text !== null && facts.length < MOST_FACTS) facts.push([key, text]);
  }
  return facts;
}

/** One line; null for what has no short form. */
function sayFact(value: Json): string | null {
  if (value === null || value === "") return null;
  if (Array.isArray(value)) return value.length > 0 && value.every((part) => typeof part === "string" || typeof part === "number") ? cut(value.join(", ")) : null;
  if (isObject(value)) {
    const parts = [...value].map(([key, part]) => [key, sayFact(part)]).filter(([, part]) => part !== null);
    return parts.length > 0 && parts.length <= 8 ? cut(parts.map(([key, part]) => `${key}: ${part}`).join("; ")) : null;
  }
  return cut(String(value));
}

const cut = (text: string): string => (text.length > MOST_TEXT ? `${text.slice(0, MOST_TEXT)}…` : text);
