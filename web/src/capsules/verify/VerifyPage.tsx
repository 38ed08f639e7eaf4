import { useState } from "preact/hooks";
import { useCommands } from "~/shell/commands";
import { TextField } from "~/ui/Field";
import { Page } from "~/ui/Page";
import { sayBytes } from "~/ui/values";
import { Drop } from "./Drop";
import { type Files, useJudge } from "./judge";
import { readFingerprint } from "./keys";
import { Outcome } from "./Outcome";
import "./verify.css";

const ID = /^mqc:1:[0-9a-f]{64}$/;

/** Is this the capsule that was sealed, and by whom? Judged in the page itself: nothing is uploaded. */
export default function VerifyPage() {
  const { judged, judge } = useJudge();
  const [files, setFiles] = useState<Files>({ capsule: null, proof: null });
  const [id, setId] = useState("");
  const [signer, setSigner] = useState("");
  const [told, setTold] = useState("");

  const idWrong = id.trim() !== "" && !ID.test(id.trim());
  const signerWrong = signer.trim() !== "" && readFingerprint(signer) === null;

  function start(now: Files, knownId: string, knownSigner: string): void {
    const known = { id: knownId.trim() || null, signer: readFingerprint(knownSigner) };
    if ((known.id === null || ID.test(known.id)) && (knownSigner.trim() === "" || known.signer !== null)) judge(now, known);
  }
  function take(given: readonly File[]): void {
    const proofs = given.filter(isProof);
    const capsules = given.filter((file) => !isProof(file));
    const capsule = capsules[0];
    // Another capsule begins anew; a proof alone goes with the capsule that is there.
    const now = { capsule: capsule ?? files.capsule, proof: proofs[0] ?? (capsule === undefined ? files.proof : null) };
    setTold(capsules.length > 1 || proofs.length > 1 ? "One capsule at a time: the first one was taken." : "");
    setFiles(now);
    start(now, id, signer);
  }
  useCommands([{ name: "Choose a capsule to verify", keys: "o", run: () => document.querySelector<HTMLInputElement>(".verify-drop input")?.click() }], []);

  return (
    <Page
      title="Verify a capsule"
      about="Is this the capsule that was sealed, and by whom? The check runs in this page: nothing is uploaded. Keep this page open and it works offline."
    >
      <div class="verify-top">
        <Drop files={files} onFiles={take} told={told} />
        <section class="card" aria-labelledby="verify-known">
          <h2 id="verify-known">What you know from elsewhere</h2>
          <p class="verify-soft">From the paper, the lab's page, a letter. What came with the files proves nothing: whoever forges a capsule forges its proof as well.</p>
          <TextField
            label="Signer's fingerprint"
            value={signer}
            spellcheck={false}
            autocomplete="off"
            placeholder="SHA256:…"
            wrong={signerWrong ? "A fingerprint is SHA256: and 64 hex digits." : null}
            hint="With it, the verdict says who signed."
            onInput={(text) => {
              setSigner(text);
              start(files, id, text);
            }}
          />
          <TextField
            label="Capsule's id"
            value={id}
            spellcheck={false}
            autocomplete="off"
            placeholder="mqc:1:…"
            wrong={idWrong ? "An id is mqc:1: and 64 small hex digits." : null}
            hint="With it, the content is sure, whoever signed."
            onInput={(text) => {
              setId(text);
              start(files, text, signer);
            }}
          />
        </section>
      </div>
      {judged.state === "reading" && (
        <p class="waiting" role="status">
          Reading {files.capsule?.name} … {sayBytes(judged.read)} of {sayBytes(files.capsule?.size ?? 0)}
        </p>
      )}
      {judged.state === "reading" && <progress class="verify-progress" max={files.capsule?.size ?? 1} value={judged.read} aria-label="Bytes read" />}
      {judged.state === "failed" && (
        <p class="trouble" role="alert">
          <strong>The capsule was not judged.</strong> {judged.message}
        </p>
      )}
      {judged.state === "done" && <Outcome {...judged} />}
    </Page>
  );
}

const isProof = (file: File): boolean => file.name.toLowerCase().endsWith(".json");
