import { useState } from "preact/hooks";
import { answer, api, onceOnly, type Shape } from "~/api/client";
import { useLoad } from "~/api/load";
import { say } from "~/shell/notices";
import { Button } from "~/ui/Button";
import { Dialog } from "~/ui/Dialog";
import { Arrived } from "~/ui/states";
import { Badge, When } from "~/ui/values";
import { readAll } from "../listing";
import { type Standing, whyNotLead } from "../rights";
import { ShownOnce } from "../ShownOnce";
import { InviteDialog } from "./InviteDialog";

type Invitation = Shape<"Invitation">;
type ShownLink = { email: string; link: string };

/** Open and ended invitations, for those who lead the team. */
export function Invitations({ teamId: team_id, mine }: { teamId: string; mine: Standing }) {
  const [inviting, setInviting] = useState(false);
  const [revoking, setRevoking] = useState<Invitation | null>(null);
  const [shown, setShown] = useState<ShownLink | null>(null);
  const why = whyNotLead(mine);
  const invitations = useLoad((signal) => readAll((query) => answer(api.GET("/api/team/invitations", { params: { query: { team_id, ...query } }, signal }))), [team_id]);

  function show(made: Shape<"ShownInvitation">): void {
    if (made.link) setShown({ email: made.email, link: made.link });
    invitations.reload();
  }

  async function renew({ id }: Invitation): Promise<void> {
    const params = { path: { invitation_id: id } };
    show(await answer(api.PATCH("/api/team/invitations/{invitation_id}", { params, body: { renew: true }, headers: onceOnly() })));
  }

  async function revoke({ id, email }: Invitation): Promise<void> {
    await answer(api.DELETE("/api/team/invitations/{invitation_id}", { params: { path: { invitation_id: id } }, headers: onceOnly() }));
    setRevoking(null);
    say({ kind: "done", text: `The link for ${email} works no longer.` });
    invitations.reload();
  }

  return (
    <section class="card scroll-x" aria-labelledby="team-invitations">
      <header class="team-head">
        <h2 id="team-invitations">Invitations</h2>
        <Button kind="primary" disabled={why !== null} title={why ?? undefined} onClick={() => setInviting(true)}>
          Invite somebody
        </Button>
      </header>
      <Arrived of={invitations} what="Reading the invitations">
        {(data) =>
          data.length === 0 ? (
            <p>Nobody is invited. An invitation is a link for one address, good once and for seven days; you hand it over yourself.</p>
          ) : (
            <InvitationTable invitations={data} disabled={why !== null} onRenew={renew} onRevoke={setRevoking} />
          )
        }
      </Arrived>
      <InviteDialog
        teamId={team_id}
        open={inviting}
        onClose={() => setInviting(false)}
        onMade={(made) => {
          setInviting(false);
          show(made);
        }}
      />
      <Dialog
        title="Revoke the invitation?"
        open={revoking !== null}
        onClose={() => setRevoking(null)}
        actions={
          <>
            <Button onClick={() => setRevoking(null)}>Keep it</Button>
            <Button kind="danger" onClick={() => revoking && revoke(revoking)}>
              Revoke
            </Button>
          </>
        }
      >
        <p>
          The link that <strong>{revoking?.email}</strong> got is dead at once. Renewing it later makes another link.
        </p>
      </Dialog>
      {shown && (
        <ShownOnce title={`Invitation for ${shown.email}`} label="Link" text={shown.link} onClose={() => setShown(null)} onReopen={() => setShown(shown)}>
          <p>
            Give this link to <strong>{shown.email}</strong>. It lets in who signs in with that address, once, within seven days.
          </p>
        </ShownOnce>
      )}
    </section>
  );
}

interface TableProps {
  invitations: readonly Invitation[];
  disabled: boolean;
  onRenew: (invitation: Invitation) => Promise<void>;
  onRevoke: (invitation: Invitation) => void;
}

function InvitationTable({ invitations, disabled, onRenew, onRevoke }: TableProps) {
  return (
    <table class="team-table" aria-label="Invitations">
      <thead>
        <tr>
          <th scope="col">Address</th>
          <th scope="col">State</th>
          <th scope="col" class="team-wide">Role</th>
          <th scope="col" class="team-wide">Until</th>
          <th scope="col">
            <span class="visually-hidden">Acts</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {invitations.map((one) => {
          const open = one.status === "pending" || one.status === "expired";
          return (
            <tr key={one.id}>
              <th scope="row">{one.email}</th>
              <td>
                <Badge status={one.status} />
              </td>
              <td class="team-wide">{one.role}</td>
              <td class="team-wide">{one.status === "pending" ? <When at={one.expires_at} /> : "–"}</td>
              <td>
                {open && (
                  <div class="actions team-acts">
                    <Button class="small" disabled={disabled} aria-label={`Renew the invitation of ${one.email}`} onClick={() => onRenew(one)}>
                      Renew
                    </Button>
                    <Button class="small" disabled={disabled} aria-label={`Revoke the invitation of ${one.email}`} onClick={() => onRevoke(one)}>
                      Revoke
                    </Button>
                  </div>
                )}
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
