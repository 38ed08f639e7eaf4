import { useState } from "preact/hooks";
import { answer, api, onceOnly, type Shape } from "~/api/client";
import { useLoad } from "~/api/load";
import { team } from "~/api/session";
import { say } from "~/shell/notices";
import { Button } from "~/ui/Button";
import { Dialog } from "~/ui/Dialog";
import { Arrived, Empty } from "~/ui/states";
import { readAll } from "../listing";
import { nameOf } from "../members/member";
import { leads, whyNotLead } from "../rights";
import { ShownOnce } from "../ShownOnce";
import { standing } from "../standing";
import { KeyTable } from "./KeyTable";
import { NewKeyDialog } from "./NewKeyDialog";

/** A key as its team's leaders see it; never its text. */
export type ApiKey = Shape<"ApiKey">;

/** The team's API keys, for those who lead it. */
export function KeysPart() {
  const mine = standing();
  if (!leads(mine)) {
    return (
      <Empty title="Keys are for owners and admins">
        An API key lets a program work in the team as the person who made it. Ask an owner or admin of this team for one; or use the command line, which signs in as yourself.
      </Empty>
    );
  }
  return <Keys teamId={team.value?.id ?? ""} why={whyNotLead(mine)} />;
}

function Keys({ teamId: team_id, why }: { teamId: string; why: string | null }) {
  const [making, setMaking] = useState(false);
  const [shown, setShown] = useState<Shape<"ShownKey"> | null>(null);
  const [revoking, setRevoking] = useState<ApiKey | null>(null);
  const keys = useLoad((signal) => readAll((query) => answer(api.GET("/api/keys", { params: { query: { team_id, ...query } }, signal }))), [team_id]);
  const members = useLoad((signal) => readAll((query) => answer(api.GET("/api/team/members", { params: { query: { team_id, ...query } }, signal }))), [team_id]);
  const names = new Map((members.data ?? []).map((member) => [member.user_id, nameOf(member)]));

  async function revoke({ id, name }: ApiKey): Promise<void> {
    await answer(api.DELETE("/api/keys/{key_id}", { params: { path: { key_id: id } }, headers: onceOnly() }));
    setRevoking(null);
    say({ kind: "done", text: `The key “${name}” is revoked.` });
    keys.reload();
  }

  const make = (
    <Button kind="primary" disabled={why !== null} title={why ?? undefined} onClick={() => setMaking(true)}>
      Make a key
    </Button>
  );
  return (
    <div class="stack">
      <Arrived of={keys} what="Reading the keys">
        {(data) =>
          data.length === 0 ? (
            <Empty title="No keys yet" action={make}>
              A program that submits jobs sends an API key: in <code>Authorization: Bearer …</code>, or as <code>QUAPSULE_API_KEY</code> for the client. It acts as you, in this team alone.
            </Empty>
          ) : (
            <KeyTable keys={data} names={names} disabled={why !== null} action={make} onRevoke={setRevoking} />
          )
        }
      </Arrived>
      <NewKeyDialog
        teamId={team_id}
        open={making}
        onClose={() => setMaking(false)}
        onMade={(made) => {
          setMaking(false);
          setShown(made);
          keys.reload();
        }}
      />
      {shown && (
        <ShownOnce title={`The key “${shown.name}”`} label="Key" text={shown.key} onClose={() => setShown(null)} onReopen={() => setShown(shown)}>
          <p>Put it where your program keeps its secrets. Who has it can do in this team what its level allows.</p>
        </ShownOnce>
      )}
      <Dialog
        title={`Revoke the key “${revoking?.name ?? ""}”?`}
        open={revoking !== null}
        onClose={() => setRevoking(null)}
        actions={
          <>
            <Button onClick={() => setRevoking(null)}>Keep it</Button>
            <Button kind="danger" onClick={() => revoking && revoke(revoking)}>
              Revoke the key
            </Button>
          </>
        }
      >
        <p>
          Programs that use it (it ends in <code>{revoking?.hint}</code>) stop at once. A revoked key never works again; another one can be made.
        </p>
      </Dialog>
    </div>
  );
}
