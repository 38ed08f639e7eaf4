import { useState } from "preact/hooks";
import { answer, api, onceOnly, Refusal } from "~/api/client";
import { say } from "~/shell/notices";
import { Button } from "~/ui/Button";
import { Dialog } from "~/ui/Dialog";
import { Trouble } from "~/ui/states";
import { type Capsule, tagsOf } from "../capsule";
import { type Said, SaidFields, tagsIn, wrongWith } from "./SaidFields";

interface Props {
  capsule: Capsule;
  open: boolean;
  onClose: () => void;
  onChanged: (capsule: Capsule) => void;
}

/** Changes what a draft says of itself; the notice takes it back. */
export function EditDialog(props: Props) {
  return (
    <Dialog title="What the capsule says of itself" open={props.open} onClose={props.onClose}>
      {props.open && <Form {...props} />}
    </Dialog>
  );
}

function Form({ capsule, onClose, onChanged }: Props) {
  const [said, setSaid] = useState(saidOf(capsule));
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const wrong = wrongWith(said, true);
  async function save(): Promise<void> {
    setRefusal(null);
    onChanged(await change(capsule, changesTo(capsule, said)));
    onClose();
    const before = saidOf(capsule);
    say({ kind: "done", text: "Changed.", undo: async () => onChanged(await change(capsule, changesTo(capsule, before))) });
  }
  return (
    <form onSubmit={(event) => event.preventDefault()}>
      <SaidFields said={said} onChange={setSaid} />
      {refusal !== null && <Trouble refusal={refusal} />}
      <div class="actions end">
        <Button kind="quiet" onClick={onClose}>Cancel</Button>
        <Button kind="primary" type="submit" disabled={wrong !== null} title={wrong ?? undefined} onClick={save} onRefusal={setRefusal}>
          Save
        </Button>
      </div>
    </form>
  );
}

function saidOf(capsule: Capsule): Said {
  return {
    name: capsule.name,
    description: capsule.description ?? "",
    tags: tagsOf(capsule).join(", "),
    framework: capsule.regulatory_framework ?? "",
    years: capsule.retention_years?.toString() ?? "",
  };
}

function changesTo(capsule: Capsule, said: Said) {
  return {
    name: said.name.trim(),
    description: said.description.trim() || null,
    custom_metadata: { ...capsule.custom_metadata, tags: tagsIn(said.tags) },
    regulatory_framework: said.framework || null,
    retention_years: said.years === "" ? null : Number(said.years),
  };
}

function change(capsule: Capsule, body: ReturnType<typeof changesTo>): Promise<Capsule> {
  return answer(api.PATCH("/api/capsules/{capsule_id}", { params: { path: { capsule_id: capsule.id }, header: onceOnly() }, body }));
}
