import { answer, api } from "~/api/client";
import { useLoad } from "~/api/load";
import { Empty } from "~/ui/states";
import { Copyable } from "~/ui/values";
import { type Capsule, fileName, fingerprint, isSealed } from "../capsule";
import { VerifyHere } from "./VerifyHere";

const FORMATS = [
  { format: "bundle", label: "Capsule and proof, one zip", about: "what to give away" },
  { format: "capsule", label: "NAME.capsule", about: "never changes" },
  { format: "proof", label: "NAME.proof.json", about: "signatures, place in the log; grows when somebody signs" },
  { format: "rocrate", label: "RO-Crate", about: "a Workflow Run RO-Crate, zip" },
  { format: "report", label: "Report", about: "one page of HTML that prints" },
  { format: "datacite", label: "DataCite metadata", about: "for a DOI" },
] as const;

/** The capsule as files that need this platform no more, and how to verify them elsewhere. */
export function Export({ capsule }: { capsule: Capsule }) {
  if (!isSealed(capsule)) {
    return <Empty title="Sealed first, then given away">What still changes is not exported. Single files of a draft can be downloaded under “What it holds”.</Empty>;
  }
  const name = fileName(capsule);
  return (
    <div class="capsules-parts">
      <ul class="capsules-exports">
        {FORMATS.filter(({ format }) => format !== "report" || capsule.artifacts.some((file) => file.name === "report.html")).map(({ format, label, about }, n) => (
          <li key={format}>
            <a class={n === 0 ? "button primary" : "button"} href={`/api/capsules/${capsule.id}/export?format=${format}`} download>
              {label.replace("NAME", name)}
            </a>
            <small>{about}</small>
          </li>
        ))}
      </ul>
      <Offline capsule={capsule} name={name} />
      <section aria-labelledby="verify-here">
        <h2 id="verify-here">Verify what lies here</h2>
        <VerifyHere capsule={capsule} />
      </section>
    </div>
  );
}

/** With the id and the fingerprint of whoever sealed it: what a reader needs from elsewhere. */
function Offline({ capsule, name }: { capsule: Capsule; name: string }) {
  const keys = useLoad((signal) => answer(api.GET("/api/seal-log/keys", { signal })), []);
  const sealed = capsule.signatures.find((one) => one.meaning === "seal")?.key_id;
  const signer = sealed ?? (capsule.origin === "here" ? keys.data?.items[0]?.key_id : undefined);
  const command = `quapsule verify ${name}.capsule --id ${capsule.mqc_id ?? ""}${signer === undefined ? "" : ` --signer ${fingerprint(signer)}`}`;
  return (
    <section aria-labelledby="verify-offline">
      <h2 id="verify-offline">Verify it anywhere, without us</h2>
      <p class="capsules-command">
        <Copyable text={command} label="Copy the command" />
      </p>
      {signer !== undefined && (
        <p>
          Signer's fingerprint: <Copyable text={fingerprint(signer)} label="Copy the fingerprint" />
        </p>
      )}
      <p>
        <small>
          <code>.proof.json</code> lies beside the file. Print id and fingerprint in the paper or on the lab's page: a fingerprint that comes with the files proves nothing. In the file itself lies
          verify_capsule.py, a second verifier that needs Python and its package cryptography.
        </small>
      </p>
    </section>
  );
}
