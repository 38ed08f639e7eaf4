import { useEffect, useState } from "preact/hooks";
import { Link } from "wouter-preact";
import { answer, api, Refusal, type Shape } from "~/api/client";
import { Button } from "~/ui/Button";
import { TextField } from "~/ui/Field";
import { Trouble } from "~/ui/states";
import { Badge, sayBytes } from "~/ui/values";
import { type Capsule, fingerprint, shortly } from "../capsule";

type Verification = Shape<"Verification">;

const SAID: Record<Verification["status"], string> = {
  verified: "Intact, and signed by the key that you gave.",
  intact: "Intact. Who signed is not judged, as no fingerprint was given.",
  broken: "Broken: what lies here is not what was sealed.",
};

/** Has the server verify the very file that an export gives, as a stranger would. `atOnce`: without being asked. */
export function VerifyHere({ capsule, atOnce = false }: { capsule: Capsule; atOnce?: boolean }) {
  const [signer, setSigner] = useState("");
  const [found, setFound] = useState<Verification | null>(null);
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const fits = signer === "" || /^(sha256:)?[0-9a-f]{64}$/i.test(signer.trim());
  async function verify(): Promise<void> {
    setRefusal(null);
    const body = { id: capsule.mqc_id, ...(signer.trim() && { signer: signer.trim() }) };
    setFound(await answer(api.POST("/api/capsules/{capsule_id}/verify", { params: { path: { capsule_id: capsule.id } }, body })));
  }
  useEffect(() => {
    if (!atOnce) return;
    verify().catch((problem: unknown) => {
      if (!(problem instanceof Refusal)) throw problem;
      setRefusal(problem);
    });
  }, []);
  return (
    <section class="capsules-verify" aria-label="Verification by the server">
      {!atOnce && (
        <>
          <TextField
            label="Signer's fingerprint"
            hint="From the paper, the lab's page, a letter: one that came with the file proves nothing. May be left empty."
            placeholder="SHA256:…"
            spellcheck={false}
            wrong={fits ? null : "A fingerprint is SHA256: and 64 hex digits."}
            value={signer}
            onInput={setSigner}
          />
          <p class="actions">
            <Button disabled={!fits} onClick={verify} onRefusal={setRefusal}>Verify on the server</Button>
          </p>
          <p>
            <small>
              The server verifies its own file here. <Link href="/verify">Verify</Link> does it in your browser, and needs nobody's word.
            </small>
          </p>
        </>
      )}
      {refusal !== null && <Trouble refusal={refusal} />}
      {found !== null && <Findings found={found} />}
    </section>
  );
}

function Findings({ found }: { found: Verification }) {
  return (
    <div role="status">
      <p>
        <Badge status={found.status} /> {SAID[found.status]} {found.files} files, {sayBytes(found.size_bytes)}
        {found.log_index !== null && `; entry ${found.log_index} of the seal log`}.
      </p>
      {found.findings.length > 0 && (
        <table>
          <thead>
            <tr>
              <th scope="col">Layer</th>
              <th scope="col">File</th>
              <th scope="col">What does not fit</th>
            </tr>
          </thead>
          <tbody>
            {found.findings.map((one, n) => (
              <tr key={n}>
                <td>{one.layer}</td>
                <td class="capsules-long">
                  <code>{one.file || "–"}</code>
                </td>
                <td class="capsules-long">{one.message}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {found.signatures.length > 0 && (
        <ul class="capsules-plain">
          {found.signatures.map((one, n) => (
            <li key={n}>
              “{one.meaning}” by {one.name}
              {one.on_behalf_of && ", witnessed by the platform's key"}, <code title={fingerprint(one.key_id)}>{shortly(fingerprint(one.key_id))}</code>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
