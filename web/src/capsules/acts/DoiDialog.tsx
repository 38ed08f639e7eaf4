import { useState } from "preact/hooks";
import { answer, api, onceOnly, Refusal } from "~/api/client";
import { Button } from "~/ui/Button";
import { Dialog } from "~/ui/Dialog";
import { TextField } from "~/ui/Field";
import { Trouble } from "~/ui/states";
import type { Capsule } from "../capsule";

interface Props {
  capsule: Capsule;
  open: boolean;
  onClose: () => void;
  onChanged: (capsule: Capsule) => void;
}

/** Notes a DOI that a registration agency gave; one, for good. */
export function DoiDialog(props: Props) {
  return (
    <Dialog title="Record a DOI" open={props.open} onClose={props.onClose}>
      {props.open && <Form {...props} />}
    </Dialog>
  );
}

function Form({ capsule, onClose, onChanged }: Props) {
  const [doi, setDoi] = useState("");
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const bare = doi.trim().replace(/^(https?:\/\/(dx\.)?doi\.org\/|doi:)/i, "");
  const fits = /^10\.[0-9]{4,9}\/\S+$/.test(bare);
  async function record(): Promise<void> {
    setRefusal(null);
    onChanged(await answer(api.POST("/api/capsules/{capsule_id}/doi", { params: { path: { capsule_id: capsule.id }, header: onceOnly() }, body: { doi: bare } })));
    onClose();
  }
  return (
    <form onSubmit={(event) => event.preventDefault()}>
      <p>
        A capsule has one DOI, for good. Send the DataCite metadata (under Export) to your registration agency and note here what it gave;{" "}
        <code>quapsule capsule doi {capsule.id} --mint</code> does both.
      </p>
      <TextField label="DOI" placeholder="10.5072/k3m-nyvg" maxLength={320} wrong={doi === "" || fits ? null : "A DOI is 10., digits, a slash and its name."} value={doi} onInput={setDoi} />
      {refusal !== null && <Trouble refusal={refusal} />}
      <div class="actions end">
        <Button kind="quiet" onClick={onClose}>Cancel</Button>
        <Button kind="primary" type="submit" disabled={!fits} onClick={record} onRefusal={setRefusal}>
          Record it for good
        </Button>
      </div>
    </form>
  );
}
