import { useRef, useState } from "preact/hooks";
import { Refusal } from "~/api/client";
import { Button } from "~/ui/Button";
import { Dialog } from "~/ui/Dialog";
import { Choice, Field, TextField } from "~/ui/Field";
import { Trouble } from "~/ui/states";
import { sayBytes } from "~/ui/values";
import { ARTIFACT_TYPES, type ArtifactType, artifactUrl, SAID_TYPES, typeByName } from "../artifacts";
import type { Capsule } from "../capsule";
import { type Progress, upload } from "../upload";

/** Adds a chosen file, or a text that is written here, to a draft. */
export function AddFile({ capsule, onAdded }: { capsule: Capsule; onAdded: () => void }) {
  const [open, setOpen] = useState(false);
  const close = () => setOpen(false);
  return (
    <p class="actions">
      <Button onClick={() => setOpen(true)}>Add a file</Button>
      <Dialog title="Add a file" open={open} onClose={close}>
        {open && (
          <Form
            capsule={capsule}
            onClose={close}
            onAdded={() => {
              close();
              onAdded();
            }}
          />
        )}
      </Dialog>
    </p>
  );
}

function Form({ capsule, onClose, onAdded }: { capsule: Capsule; onClose: () => void; onAdded: () => void }) {
  const [file, setFile] = useState<File | null>(null);
  const [text, setText] = useState("");
  const [name, setName] = useState("");
  const [type, setType] = useState<ArtifactType | null>(null);
  const [progress, setProgress] = useState<Progress | null>(null);
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const input = useRef<HTMLInputElement>(null);
  const kind = type ?? typeByName(name);
  const there = capsule.artifacts.some((one) => one.name === name.trim());
  async function add(): Promise<void> {
    setRefusal(null);
    const body = file ?? new Blob([text]);
    const url = `${artifactUrl(capsule.id, name.trim())}?artifact_type=${kind}`;
    try {
      await upload("PUT", url, body, setProgress);
      onAdded();
    } finally {
      setProgress(null);
    }
  }
  return (
    <form onSubmit={(event) => event.preventDefault()}>
      <Field label="File" hint="Or write a text below.">
        {(ids) => (
          <input
            {...ids}
            ref={input}
            type="file"
            onChange={() => {
              const chosen = input.current?.files?.[0] ?? null;
              setFile(chosen);
              if (chosen !== null && name === "") setName(`data/${chosen.name}`);
            }}
          />
        )}
      </Field>
      {file === null && (
        <Field label="Text">{(ids) => <textarea {...ids} class="mono" rows={5} spellcheck={false} value={text} onInput={(event) => setText(event.currentTarget.value)} />}</Field>
      )}
      <TextField
        label="Name in the capsule"
        hint={there ? "There is one of this name: it is replaced." : "A path with slashes, such as data/fridge-log.csv."}
        placeholder="data/notes.txt"
        maxLength={1024}
        value={name}
        onInput={setName}
      />
      <Choice label="What it is" value={kind} options={ARTIFACT_TYPES.map((one) => ({ value: one, label: `${one} – ${SAID_TYPES[one].toLowerCase()}` }))} onChange={setType} />
      {progress !== null && (
        <p role="status">
          <progress value={progress.sent} max={Math.max(1, progress.whole)} aria-label="Sent" /> {sayBytes(progress.sent)} of {sayBytes(progress.whole)} sent
        </p>
      )}
      {refusal !== null && <Trouble refusal={refusal} />}
      <div class="actions end">
        <Button kind="quiet" onClick={onClose}>Cancel</Button>
        <Button kind="primary" type="submit" disabled={name.trim() === ""} onClick={add} onRefusal={setRefusal}>
          {there ? "Replace it" : "Add it"}
        </Button>
      </div>
    </form>
  );
}
