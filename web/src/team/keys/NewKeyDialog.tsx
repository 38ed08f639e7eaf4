import { useState } from "preact/hooks";
import { answer, api, onceOnly, Refusal, type Shape } from "~/api/client";
import { Button } from "~/ui/Button";
import { Dialog } from "~/ui/Dialog";
import { Choice, TextField } from "~/ui/Field";
import { Trouble } from "~/ui/states";

type Level = Shape<"ApiKey">["level"];

const LEVELS: readonly { value: Level; label: string; means: string }[] = [
  { value: "simulate", label: "simulate", means: "Reads the team's work and runs jobs on free backends only: it can spend nothing. The right one for most programs and for CI." },
  { value: "read", label: "read", means: "Reads jobs, results, scripts and capsules; changes nothing. For dashboards and evaluation." },
  { value: "full", label: "full", means: "Everything that you may do with jobs, scripts and capsules, also on backends that cost money. Not people, keys or passwords." },
];
const ENDS = [
  { value: "30", label: "in 30 days" },
  { value: "90", label: "in 90 days" },
  { value: "365", label: "in a year" },
  { value: "never", label: "never" },
] as const;

interface Props {
  teamId: string;
  open: boolean;
  onClose: () => void;
  onMade: (made: Shape<"ShownKey">) => void;
}

/** Asks for a new key's name, level and end. */
export function NewKeyDialog({ teamId: team_id, open, onClose, onMade }: Props) {
  const [name, setName] = useState("");
  const [level, setLevel] = useState<Level>("simulate");
  const [ends, setEnds] = useState<(typeof ENDS)[number]["value"]>("90");
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  async function make(): Promise<void> {
    setRefusal(null);
    const body = { team_id, name: name.trim(), level, ...(ends !== "never" && { expires_in_days: Number(ends) }) };
    onMade(await answer(api.POST("/api/keys", { body, headers: onceOnly() })));
    setName("");
  }
  return (
    <Dialog
      title="Make a key"
      open={open}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" onClick={make} onRefusal={setRefusal} disabled={name.trim() === ""}>
            Make the key
          </Button>
        </>
      }
    >
      {refusal && <Trouble refusal={refusal} />}
      <TextField label="Name" name="key-name" autocomplete="off" maxLength={100} value={name} onInput={setName} hint="What it is for, so that somebody knows later whether it is still needed." />
      <fieldset class="team-levels">
        <legend>Level</legend>
        {LEVELS.map((one) => (
          <label key={one.value} class="tick">
            <input type="radio" name="level" value={one.value} checked={level === one.value} onChange={() => setLevel(one.value)} />
            <span>
              {one.label}
              <small>{one.means}</small>
            </span>
          </label>
        ))}
      </fieldset>
      <Choice label="Ends" value={ends} onChange={setEnds} options={ENDS} hint="It also ends with your membership in the team." />
    </Dialog>
  );
}
