import { useState } from "preact/hooks";
import { useLocation } from "wouter-preact";
import { answer, api, onceOnly, Refusal } from "~/api/client";
import { team } from "~/api/session";
import { Button } from "~/ui/Button";
import { Dialog } from "~/ui/Dialog";
import { Choice, Field, TextField } from "~/ui/Field";
import { Trouble } from "~/ui/states";
import { FRAMEWORKS, type Framework } from "./frameworks";

const MOST_CHARACTERS = 500_000;

/** A new script of the team, from a file or from what is pasted. */
export function UploadDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  const [, go] = useLocation();
  const [name, setName] = useState("");
  const [framework, setFramework] = useState<Framework | "">("");
  const [content, setContent] = useState("");
  const [refusal, setRefusal] = useState<Refusal | null>(null);

  async function read(file: File | undefined): Promise<void> {
    if (file === undefined) return;
    if (file.size > MOST_CHARACTERS * 4) {
      setRefusal(new Refusal(0, "body_too_large", `“${file.name}” is larger than a script can be.`, `A script has at most ${MOST_CHARACTERS.toLocaleString()} characters.`));
      return;
    }
    setContent(await file.text());
    setName((before) => before || file.name.replace(/\.[^.]*$/, "").slice(0, 100));
  }

  async function upload(): Promise<void> {
    setRefusal(null);
    const body = { name: name.trim(), script_content: content, script_type: "script" as const, ...(framework && { framework }), ...(team.value && { team_id: team.value.id }) };
    const saved = await answer(api.POST("/api/scripts/upload", { body, headers: onceOnly() }));
    setName("");
    setContent("");
    onClose();
    go(`/scripts/${saved.script_id}`);
  }

  return (
    <Dialog
      title="New script"
      open={open}
      onClose={onClose}
      wide
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" disabled={name.trim() === "" || content === ""} onClick={upload} onRefusal={setRefusal}>
            Save the script
          </Button>
        </>
      }
    >
      {refusal && <Trouble refusal={refusal} />}
      <TextField label="Name" name="script-name" autocomplete="off" maxLength={100} value={name} onInput={setName} />
      <Field label="From a file" hint="Python or OpenQASM text.">
        {(ids) => <input {...ids} type="file" accept=".py,.qasm,.qasm3,.txt,text/*" onChange={(event) => void read(event.currentTarget.files?.[0])} />}
      </Field>
      <Field label="Text">{(ids) => <textarea {...ids} class="mono scripts-paste" rows={10} spellcheck={false} maxLength={MOST_CHARACTERS} value={content} onInput={(event) => setContent(event.currentTarget.value)} />}</Field>
      <Choice label="Framework" value={framework} onChange={setFramework} options={[{ value: "", label: "as the text tells" }, ...FRAMEWORKS]} />
    </Dialog>
  );
}
