import { useState } from "preact/hooks";
import { answer, api, onceOnly, Refusal } from "~/api/client";
import { chooseTeam, findMe, me, team } from "~/api/session";
import { say } from "~/shell/notices";
import { Button } from "~/ui/Button";
import { TextField } from "~/ui/Field";
import { Trouble } from "~/ui/states";
import { Copyable, When } from "~/ui/values";
import { whyNotLead } from "../rights";
import { standing } from "../standing";

/** The team's name, the caller's teams, and a new one. */
export function SettingsPart() {
  return (
    <div class="stack">
      {team.value !== null && <ThisTeam />}
      <Teams />
      <NewTeam />
    </div>
  );
}

function ThisTeam() {
  const here = team.value;
  const [name, setName] = useState(here?.name ?? "");
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  if (here === null) return null;
  const why = whyNotLead(standing());
  async function rename(to: string): Promise<void> {
    if (here === null) return;
    setRefusal(null);
    await answer(api.PATCH("/api/teams/{team_id}", { params: { path: { team_id: here.id } }, body: { name: to }, headers: onceOnly() }));
    await findMe();
  }
  async function save(): Promise<void> {
    if (here === null) return;
    const before = here.name;
    await rename(name.trim());
    say({
      kind: "done",
      text: `The team is called “${name.trim()}” now.`,
      undo: async () => {
        await rename(before);
        setName(before);
      },
    });
  }
  return (
    <section class="card" aria-labelledby="team-this">
      <h2 id="team-this">This team</h2>
      {refusal && <Trouble refusal={refusal} />}
      <dl class="facts">
        <dt>Your role</dt>
        <dd>{here.role}</dd>
        <dt>Id</dt>
        <dd>
          <Copyable text={here.id} shown={here.id.slice(0, 8)} label="Copy the team's id" />
        </dd>
        {here.suspended_at !== null && (
          <>
            <dt>Suspended since</dt>
            <dd>
              <When at={here.suspended_at} />
            </dd>
          </>
        )}
      </dl>
      {why === null ? (
        <form
          class="row team-form"
          onSubmit={(event) => event.preventDefault()}
        >
          <TextField label="Name" name="team-name" autocomplete="off" maxLength={100} value={name} onInput={setName} />
          <Button type="submit" class="team-submit" disabled={name.trim() === "" || name.trim() === here.name} onClick={save} onRefusal={setRefusal}>
            Rename
          </Button>
        </form>
      ) : (
        <p class="team-note">The name can be changed by owners and admins of a team that is not suspended.</p>
      )}
    </section>
  );
}

function Teams() {
  const teams = me.value?.teams ?? [];
  if (teams.length === 0) return null;
  return (
    <section class="card scroll-x" aria-labelledby="team-mine">
      <h2 id="team-mine">Your teams</h2>
      <table class="team-table" aria-label="Your teams">
        <thead>
          <tr>
            <th scope="col">Team</th>
            <th scope="col">Role</th>
            <th scope="col">
              <span class="visually-hidden">Show</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {teams.map((one) => (
            <tr key={one.id}>
              <th scope="row">
                {one.name}
                {one.suspended_at !== null && " (suspended)"}
              </th>
              <td>{one.role}</td>
              <td class="number">
                {one.id === team.value?.id ? (
                  "shown now"
                ) : (
                  <Button class="small" aria-label={`Switch to it: ${one.name}`} onClick={() => chooseTeam(one.id)}>
                    Switch to it
                  </Button>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function NewTeam() {
  const [name, setName] = useState("");
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  async function make(): Promise<void> {
    setRefusal(null);
    const made = await answer(api.POST("/api/teams", { body: { name: name.trim() }, headers: onceOnly() }));
    await findMe();
    chooseTeam(made.id);
    say({ kind: "done", text: `The team “${made.name}” is made, and shown now.` });
  }
  return (
    <section class="card" aria-labelledby="team-new">
      <h2 id="team-new">A new team</h2>
      <p>Work that is to be kept apart, with people and keys of its own. You become its owner.</p>
      {refusal && <Trouble refusal={refusal} />}
      <form class="row team-form" onSubmit={(event) => event.preventDefault()}>
        <TextField label="Name of the new team" name="new-team" autocomplete="off" maxLength={100} value={name} onInput={setName} />
        <Button type="submit" class="team-submit" disabled={name.trim() === ""} onClick={make} onRefusal={setRefusal}>
          Make the team
        </Button>
      </form>
    </section>
  );
}
