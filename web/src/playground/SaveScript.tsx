import { useState } from "preact/hooks";
import { answer, api, onceOnly, Refusal, type Shape } from "~/api/client";
import { say } from "~/shell/notices";
import { Button } from "~/ui/Button";
import { Dialog } from "~/ui/Dialog";
import { TextField } from "~/ui/Field";
import { Trouble } from "~/ui/states";
import { change, draft } from "./draft";
import type { Framework } from "./framework";

interface Props {
  open: boolean;
  onClose: () => void;
  framework: Framework | null;
  params: Shape<"Params">;
  teamId: string | null;
}

/** Saves the text as a script of the team, with the parameters as they are set. */
export function SaveScript({ open, ...others }: Props) {
  return (
    <Dialog title="Save as script" open={open} onClose={others.onClose}>
      <Form {...others} />
    </Dialog>
  );
}

function Form({ onClose, framework, params, teamId }: Omit<Props, "open">) {
  const [name, setName] = useState(draft.value.source?.name ?? "");
  const [description, setDescription] = useState("");
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  async function save(): Promise<void> {
    const body = {
      name: name.trim(),
      description: description.trim() || null,
      script_content: draft.value.code,
      script_type: "script" as const,
      framework,
      default_parameters: params,
      team_id: teamId,
    };
    const saved = await answer(api.POST("/api/scripts/upload", { params: { header: onceOnly() }, body }));
    change({ source: { kind: "script", name: saved.name, defaults: params }, edited: false });
    say({ kind: "done", text: `Saved “${saved.name}” in Scripts.` });
    onClose();
  }
  return (
    <form
      onSubmit={(event) => event.preventDefault()}
    >
      {refusal !== null && <Trouble refusal={refusal} />}
      <TextField label="Name" autofocus required maxLength={100} value={name} onInput={setName} />
      <TextField label="Description" hint="What it does, and what its parameters mean." maxLength={20_000} value={description} onInput={setDescription} />
      <div class="actions end">
        <Button onClick={onClose}>Cancel</Button>
        <Button kind="primary" type="submit" disabled={name.trim() === ""} onClick={save} onRefusal={setRefusal}>
          Save
        </Button>
      </div>
    </form>
  );
}
