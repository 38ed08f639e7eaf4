import { useState } from "preact/hooks";
import { answer, api, onceOnly, Refusal, type Shape } from "~/api/client";
import { Button } from "~/ui/Button";
import { Dialog } from "~/ui/Dialog";
import { Choice, TextField } from "~/ui/Field";
import { Trouble } from "~/ui/states";

interface Props {
  teamId: string;
  open: boolean;
  onClose: () => void;
  onMade: (made: Shape<"ShownInvitation">) => void;
}

/** Asks whom to invite, and as what. */
export function InviteDialog({ teamId: team_id, open, onClose, onMade }: Props) {
  const [email, setEmail] = useState("");
  const [role, setRole] = useState<"admin" | "member">("member");
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  async function invite(): Promise<void> {
    setRefusal(null);
    onMade(await answer(api.POST("/api/team/invitations", { body: { team_id, email: email.trim(), role }, headers: onceOnly() })));
    setEmail("");
  }
  return (
    <Dialog
      title="Invite somebody"
      open={open}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" onClick={invite} onRefusal={setRefusal} disabled={email.trim() === ""}>
            Make the link
          </Button>
        </>
      }
    >
      {refusal && <Trouble refusal={refusal} />}
      <TextField label="E-mail address" name="invited" type="text" inputMode="email" autocomplete="off" autocapitalize="off" spellcheck={false} value={email} onInput={setEmail} hint="No mail is sent: you get a link to hand over. It works for this address alone." />
      <Choice
        label="Role"
        value={role}
        onChange={setRole}
        options={[
          { value: "member", label: "Member: runs jobs, makes scripts and capsules" },
          { value: "admin", label: "Admin: also people, keys, and publishing" },
        ]}
      />
    </Dialog>
  );
}
