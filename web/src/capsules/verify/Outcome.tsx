import { Button } from "~/ui/Button";
import { Copyable, sayBytes, saySeconds, When } from "~/ui/values";
import { Contents } from "./Contents";
import { saveReport, WORDS } from "./download";
import type { Files } from "./judge";
import { LayerList } from "./LayerList";
import type { Known, Report } from "./verdict";

interface Props {
  report: Report;
  of: Files;
  known: Known;
  seconds: number;
}

const SHAPES = { verified: "✓", intact: "?", broken: "✕", unjudged: "–" };

/** The verdict, then what it rests on. */
export function Outcome({ report, of, known, seconds }: Props) {
  const name = of.capsule?.name ?? "capsule";
  return (
    <div class="stack">
      <section class="verify-verdict" data-status={report.status} role="status" aria-labelledby="verify-verdict">
        <span class="verify-shape" aria-hidden="true">{SHAPES[report.status]}</span>
        <div>
          <h2 id="verify-verdict">{capital(WORDS[report.status])}</h2>
          <p>{meaningOf(report, known)}</p>
          <p class="verify-soft">
            {name}: {report.files.length.toLocaleString()} files, {sayBytes(report.size_bytes)}, judged here in {saySeconds(seconds)}.
          </p>
        </div>
        <Button onClick={() => saveReport(report, name)}>Save the report (JSON)</Button>
      </section>
      {report.capsule_id !== null && (
        <dl class="facts verify-id">
          <dt>Capsule's id</dt>
          <dd>
            <Copyable text={report.capsule_id} />
          </dd>
        </dl>
      )}
      <div class="split">
        <LayerList report={report} known={known} />
        <div class="stack">
          <Signers report={report} known={known} />
          <Place report={report} />
        </div>
      </div>
      {report.top !== "" && <Contents report={report} />}
    </div>
  );
}

function meaningOf(report: Report, known: Known): string {
  if (report.status === "verified") return "All layers agree, and a signature is by the key whose fingerprint you gave.";
  if (report.status === "unjudged") {
    return "Nothing wrong was found, but the manifest is YAML, which this page does not read as strictly as the standard asks. Nothing is said about id, signatures and log: `quapsule verify` judges it.";
  }
  if (report.status === "broken") return "This is not what was sealed, or not by whom you think. The findings below name layer and file.";
  if (!report.has_proof) return `All layers of the file agree${known.id ? ", and the id is the one that you gave" : ""}. Who sealed it is not known: add NAME.proof.json and the signer's fingerprint.`;
  return `All layers agree${known.id ? ", and the id is the one that you gave" : ""}. Who signed is only what the proof says: give the fingerprint that you have from elsewhere.`;
}

function Signers({ report, known }: { report: Report; known: Known }) {
  if (!report.has_proof) {
    return (
      <section class="card">
        <h2>Who signed</h2>
        <p>
          Not known: there is no proof. <code>NAME.proof.json</code> has the signatures, the seal's place in the log, and timestamps. Drop it on this page.
        </p>
      </section>
    );
  }
  return (
    <section class="card">
      <h2>Who signed</h2>
      {report.signatures.length === 0 && <p>No signature of the proof holds.</p>}
      <ul class="verify-signers">
        {report.signatures.map((signature, place) => {
          const isKnown = signature.key_id === known.signer;
          return (
            <li key={place}>
              <p>
                {isKnown ? "✓ Signed by " : "The proof says: signed by "}
                <strong dir="auto">{signature.name}</strong> ({signature.meaning}
                {signature.on_behalf_of && ", witnessed by the platform"}), <When at={signature.signed_at} />
              </p>
              <p class="verify-soft">
                {signature.kind === "platform" ? "A platform's key" : "A person's key"}
                {isKnown ? ", the one that you gave: " : "; is this fingerprint the one that you know? "}
                <Copyable text={`SHA256:${signature.key_id}`} />
              </p>
            </li>
          );
        })}
      </ul>
    </section>
  );
}

function Place({ report }: { report: Report }) {
  if (!report.has_proof || report.capsule_id === null) return null;
  const { log, timestamps } = report;
  return (
    <section class="card">
      <h2>When, by others</h2>
      <dl class="facts">
        <dt>Seal log</dt>
        <dd>{log ? `entry ${log.index} of ${log.tree_size} in ${log.origin}` : "no place that holds"}</dd>
        {log && <dt>Checkpoint by</dt>}
        {log && (
          <dd>
            <Copyable text={`SHA256:${log.key_id}`} />
          </dd>
        )}
        <dt>Timestamps</dt>
        <dd>
          {timestamps.length === 0 ? (
            "none"
          ) : (
            <>
              {timestamps.map((authority, place) => (
                <span key={place} class="verify-authority">{authority}</span>
              ))}
              not checked here: <code>quapsule verify</code> or OpenSSL does.
            </>
          )}
        </dd>
      </dl>
    </section>
  );
}

const capital = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1);
