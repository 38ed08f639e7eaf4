import { useRef, useState } from "preact/hooks";
import { LinkButton, Button } from "~/ui/Button";
import { Dialog } from "~/ui/Dialog";
import { Refusal } from "~/api/client";
import { team } from "~/api/session";
import { Trouble } from "~/ui/states";
import { Copyable, sayBytes, When } from "~/ui/values";
import { type Capsule, shortly } from "../capsule";
import { type Progress, upload } from "../upload";
import { zipOf } from "../zip";
import { VerifyHere } from "../parts/VerifyHere";

interface Props {
  open: boolean;
  /** Files that were dropped on the page. */
  given: readonly File[];
  onClose: () => void;
}

/** Takes in a capsule that was sealed elsewhere: the server verifies it first and keeps it as it came. */
export function ImportCapsule(props: Props) {
  return (
    <Dialog title="Import a capsule" open={props.open} onClose={props.onClose} wide>
      {props.open && <Import {...props} />}
    </Dialog>
  );
}

function Import({ given, onClose }: Props) {
  const [files, setFiles] = useState<readonly File[]>(given);
  const [progress, setProgress] = useState<Progress | null>(null);
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const [taken, setTaken] = useState<Capsule | null>(null);
  const [over, setOver] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const stop = useRef<AbortController | null>(null);
  const wrong = wrongWith(files);
  const put = (list: FileList | null | undefined) => {
    if (list && list.length > 0) setFiles([...list]);
    setRefusal(null);
    setTaken(null);
  };
  async function send(): Promise<void> {
    setRefusal(null);
    stop.current = new AbortController();
    setProgress({ sent: 0, whole: files.reduce((sum, file) => sum + file.size, 0) });
    try {
      const body = await bodyOf(files);
      const told = await upload("POST", `/api/capsules/import?team_id=${team.value?.id ?? ""}`, body, setProgress, stop.current.signal);
      setTaken(told as Capsule);
    } catch (problem) {
      if (!(problem instanceof DOMException && problem.name === "AbortError")) throw problem;
    } finally {
      setProgress(null);
    }
  }
  if (taken !== null) return <Taken capsule={taken} onClose={onClose} />;
  return (
    <>
      <p>
        A <code>.capsule</code> (or <code>.tar.gz</code>), with its <code>.proof.json</code> beside it, or a zip of both. It is verified first; only what is intact is taken. It keeps its id, its
        bytes and its signatures.
      </p>
      <div
        class={over ? "capsules-drop over" : "capsules-drop"}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={(event) => {
          event.preventDefault();
          setOver(false);
          put(event.dataTransfer?.files);
        }}
      >
        <input ref={input} type="file" multiple accept=".capsule,.gz,.tgz,.zip,.json" aria-label="Files of the capsule" class="visually-hidden" tabIndex={-1} onChange={() => put(input.current?.files)} />
        <p>{files.length === 0 ? "Drop it here, or" : files.map((file) => `${file.name} (${sayBytes(file.size)})`).join(", ")}</p>
        <Button onClick={() => input.current?.click()}>{files.length === 0 ? "Choose files" : "Choose others"}</Button>
      </div>
      {files.length > 0 && wrong !== null && <p class="capsules-why">{wrong}</p>}
      {progress !== null && (
        <p role="status">
          <progress value={progress.sent} max={Math.max(1, progress.whole)} aria-label="Sent" /> {sayBytes(progress.sent)} of {sayBytes(progress.whole)} sent
          {progress.sent >= progress.whole && "; it is being verified"}
        </p>
      )}
      {refusal !== null && <Refused refusal={refusal} />}
      <div class="actions end">
        <Button kind="quiet" onClick={() => (progress === null ? onClose() : stop.current?.abort())}>{progress === null ? "Cancel" : "Stop"}</Button>
        <Button kind="primary" disabled={files.length === 0 || wrong !== null} onClick={send} onRefusal={setRefusal}>
          Import
        </Button>
      </div>
    </>
  );
}

/** The server names the capsule that the team has already, and what of a file is broken. */
function Refused({ refusal }: { refusal: Refusal }) {
  const there = refusal.code === "already_exists" ? /[0-9a-f-]{36}/.exec(refusal.hint ?? "")?.[0] : undefined;
  const findings = Array.isArray(refusal.details.findings) ? (refusal.details.findings as Record<string, unknown>[]) : [];
  return (
    <>
      <Trouble refusal={refusal} />
      {there !== undefined && <LinkButton href={`/capsules/${there}`}>Open the one that is here</LinkButton>}
      {findings.length > 1 && (
        <ul>
          {findings.map((one, n) => (
            <li key={n}>
              <code>{String(one.file ?? "")}</code> ({String(one.layer)}): {String(one.message)}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

function Taken({ capsule, onClose }: { capsule: Capsule; onClose: () => void }) {
  const bytes = capsule.artifacts.reduce((sum, file) => sum + file.size_bytes, 0);
  return (
    <>
      <p role="status">
        <strong>“{capsule.name}” is here, as it was sealed.</strong>
      </p>
      <dl class="facts">
        <dt>Id</dt>
        <dd>{capsule.mqc_id !== null && <Copyable text={capsule.mqc_id} shown={shortly(capsule.mqc_id)} label="Copy the id" />}</dd>
        <dt>Sealed</dt>
        <dd>
          <When at={capsule.sealed_at} />
        </dd>
        <dt>Holds</dt>
        <dd>
          {capsule.artifacts.length} files, {sayBytes(bytes)}
        </dd>
      </dl>
      <VerifyHere capsule={capsule} atOnce />
      <div class="actions end">
        <Button kind="quiet" onClick={onClose}>Close</Button>
        <LinkButton kind="primary" href={`/capsules/${capsule.id}`}>Open it</LinkButton>
      </div>
    </>
  );
}

const isProof = (file: File): boolean => file.name.endsWith(".json");

function wrongWith(files: readonly File[]): string | null {
  if (files.length > 2) return "One capsule at a time: its file, and its proof.";
  if (files.length === 1 && isProof(files[0] as File)) return "This is a proof: choose the .capsule that it belongs to as well.";
  if (files.length === 2 && files.filter(isProof).length !== 1) return "Of two files one is the capsule, the other its .proof.json.";
  return null;
}

/** What the server takes: the file as it is, or capsule and proof in one zip. */
async function bodyOf(files: readonly File[]): Promise<Blob> {
  const [first] = files;
  if (files.length === 1 && first !== undefined) return first;
  return zipOf(files.map((file) => ({ name: isProof(file) ? "import.proof.json" : "import.capsule", content: file })));
}
