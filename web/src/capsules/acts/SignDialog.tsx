import { useState } from "preact/hooks";
import { answer, api, onceOnly, Refusal } from "~/api/client";
import { Button } from "~/ui/Button";
import { Dialog } from "~/ui/Dialog";
import { Choice } from "~/ui/Field";
import { Trouble } from "~/ui/states";
import type { Capsule } from "../capsule";
import { MEANINGS, type Meaning, PasswordField, SAID_MEANINGS, WhatSigningSays } from "./signing";

interface Props {
  capsule: Capsule;
  open: boolean;
  onClose: () => void;
  onAsked: () => void;
}

/** The caller's signature beside a seal, for which the password is given again. */
export function SignDialog(props: Props) {
  return (
    <Dialog title="Sign this capsule" open={props.open} onClose={props.onClose}>
      {props.open && <Form {...props} />}
    </Dialog>
  );
}

function Form({ capsule, onClose, onAsked }: Props) {
  const [meaning, setMeaning] = useState<Meaning>("review");
  const [password, setPassword] = useState("");
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  async function sign(): Promise<void> {
    setRefusal(null);
    await answer(api.POST("/api/capsules/{capsule_id}/signatures", { params: { path: { capsule_id: capsule.id }, header: onceOnly() }, body: { meaning, password } }));
    onClose();
    onAsked();
  }
  return (
    <form onSubmit={(event) => event.preventDefault()}>
      <Choice label="What you mean by it" value={meaning} options={MEANINGS.map((one) => ({ value: one, label: SAID_MEANINGS[one] }))} onChange={setMeaning} />
      <WhatSigningSays meaning={meaning} />
      <PasswordField value={password} onInput={setPassword} />
      <p>
        <small>
          With a key of your own nobody has to be believed but you: <code>quapsule capsule sign {capsule.id} --meaning {meaning} --key FILE</code>
        </small>
      </p>
      {refusal !== null && <Trouble refusal={refusal} />}
      <div class="actions end">
        <Button kind="quiet" onClick={onClose}>Cancel</Button>
        <Button kind="primary" type="submit" disabled={password === ""} onClick={sign} onRefusal={setRefusal}>
          Sign for ever
        </Button>
      </div>
    </form>
  );
}
