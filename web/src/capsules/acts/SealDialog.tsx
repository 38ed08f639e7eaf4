import { useState } from "preact/hooks";
import { answer, api, onceOnly, Refusal } from "~/api/client";
import { meta } from "~/api/session";
import { Button } from "~/ui/Button";
import { Dialog } from "~/ui/Dialog";
import { Choice, Field } from "~/ui/Field";
import { Trouble } from "~/ui/states";
import { sayBytes } from "~/ui/values";
import { type Capsule, PART_11 } from "../capsule";
import { MEANINGS, type Meaning, PasswordField, SAID_MEANINGS, WhatSigningSays } from "./signing";

interface Props {
  capsule: Capsule;
  open: boolean;
  onClose: () => void;
  /** The request was taken; the worker does it. */
  onAsked: () => void;
}

/** Says what a seal closes, and asks for it: plain, or with the caller's own signature. */
export function SealDialog(props: Props) {
  return (
    <Dialog title="Seal this capsule" open={props.open} onClose={props.onClose}>
      {props.open && <Form {...props} />}
    </Dialog>
  );
}

function Form({ capsule, onClose, onAsked }: Props) {
  const ruled = capsule.regulatory_framework === PART_11;
  const foreign = meta.value?.accounts === "supabase";
  const [meaning, setMeaning] = useState<Meaning | "">(ruled ? "author" : "");
  const [password, setPassword] = useState("");
  const [notes, setNotes] = useState("");
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const bytes = capsule.artifacts.reduce((sum, file) => sum + file.size_bytes, 0);
  async function seal(): Promise<void> {
    setRefusal(null);
    const body = { ...(notes.trim() && { notes: notes.trim() }), ...(meaning !== "" && { meaning, password }) };
    await answer(api.POST("/api/capsules/{capsule_id}/seal", { params: { path: { capsule_id: capsule.id }, header: onceOnly() }, body }));
    onClose();
    onAsked();
  }
  return (
    <form onSubmit={(event) => event.preventDefault()}>
      <p>
        <strong>This cannot be undone.</strong> {capsule.artifacts.length} {capsule.artifacts.length === 1 ? "file" : "files"} ({sayBytes(bytes)}), name, description, framework and retention stay as they
        are from then on, whoever asks; the capsule can no longer be deleted. Only signatures, timestamps, one DOI and “archived” may still come.
      </p>
      <p>
        Before that every file is searched for credentials, and a report, the metadata and a verifier are added. The platform's key signs, and the id goes into the public seal log.
      </p>
      {!foreign && (
        <Choice
          label="Who signs"
          hint={ruled ? "Under 21 CFR Part 11 a person signs, and gives the password again." : undefined}
          value={meaning}
          options={[...(ruled ? [] : [{ value: "" as const, label: "The platform alone" }]), ...MEANINGS.map((one) => ({ value: one, label: `I sign as well: ${SAID_MEANINGS[one]}` }))]}
          onChange={setMeaning}
        />
      )}
      {foreign && ruled && <p class="capsules-why">Accounts are kept by Supabase here, which alone knows the password: this capsule cannot be sealed in the page.</p>}
      {meaning !== "" && (
        <>
          <WhatSigningSays meaning={meaning} />
          <PasswordField value={password} onInput={setPassword} />
        </>
      )}
      <Field label="Notes" hint="Part of the seal, for ever. May be left empty.">
        {(ids) => <textarea {...ids} rows={2} maxLength={2000} value={notes} onInput={(event) => setNotes(event.currentTarget.value)} />}
      </Field>
      {refusal !== null && <Trouble refusal={refusal} />}
      <div class="actions end">
        <Button kind="quiet" onClick={onClose}>Cancel</Button>
        <Button kind="primary" type="submit" disabled={(meaning !== "" && password === "") || (foreign && ruled)} onClick={seal} onRefusal={setRefusal}>
          {meaning === "" ? "Seal for ever" : "Sign and seal for ever"}
        </Button>
      </div>
    </form>
  );
}
