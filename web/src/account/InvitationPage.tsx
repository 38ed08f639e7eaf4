import { useEffect, useState } from "preact/hooks";
import { useLocation } from "wouter-preact";
import { answer, api, onceOnly, Refusal } from "~/api/client";
import { chooseTeam, findMe, me, meta, signOut } from "~/api/session";
import { say } from "~/shell/notices";
import { Button, LinkButton } from "~/ui/Button";
import { Trouble } from "~/ui/states";
import { Doorway } from "./Doorway";
import { useFragment } from "./secret";

const KEPT = "quapsule.invitation";

/** Accepts an invitation: `…/invitation#token=TOKEN`, for who is signed in with the address that was invited. */
export default function InvitationPage() {
  const token = useToken();
  if (token === null) {
    return (
      <Doorway title="Invitation">
        <p>An invitation is a link with a secret at its end, and this address has none. Open the link as you got it; if it was cut, ask for a new one.</p>
      </Doorway>
    );
  }
  return (
    <Doorway title="Invitation" about="Somebody invited you to work in their team.">
      {me.value ? <Accept token={token} email={me.value.user.email} /> : <FirstComeIn />}
    </Doorway>
  );
}

/** The token of the link; kept in this tab while the reader signs in, and no longer. */
function useToken(): string | null {
  const fragment = useFragment();
  const found = /^(?:token=)?([0-9a-f]{64})$/.exec(fragment ?? "")?.[1] ?? null;
  useEffect(() => {
    if (found !== null) keep(found);
  }, [found]);
  return found ?? kept();
}

function Accept({ token, email }: { token: string; email: string }) {
  const [, go] = useLocation();
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  async function accept(): Promise<void> {
    setRefusal(null);
    const joined = await answer(api.POST("/api/team/invitations/accept", { body: { token }, headers: onceOnly() }));
    keep(null);
    await findMe();
    chooseTeam(joined.id);
    say({ kind: "done", text: `You are in the team “${joined.name}” now, as ${joined.role}.` });
    go("/team/members");
  }
  return (
    <>
      {refusal && <Trouble refusal={refusal} />}
      <p>
        You are signed in as <strong>{email}</strong>. The invitation counts for the address that it was sent to, once, for seven days.
      </p>
      <p>In the team, its members see your name and address, and you see their jobs, scripts and capsules.</p>
      <div class="actions">
        <Button kind="primary" onClick={accept} onRefusal={setRefusal}>
          Accept
        </Button>
        <Button onClick={signOut}>Sign in as somebody else</Button>
      </div>
    </>
  );
}

function FirstComeIn() {
  return (
    <>
      <p>To accept it, come in with the address that was invited.</p>
      <div class="actions">
        <LinkButton href="/sign-in?next=/invitation" kind="primary">
          Sign in
        </LinkButton>
        {meta.value?.sign_up !== "closed" && <LinkButton href="/sign-up?next=/invitation">Sign up</LinkButton>}
      </div>
    </>
  );
}

function keep(token: string | null): void {
  try {
    if (token === null) sessionStorage.removeItem(KEPT);
    else sessionStorage.setItem(KEPT, token);
  } catch {
    // A browser that keeps nothing: the link can be opened again after signing in.
  }
}

function kept(): string | null {
  try {
    return sessionStorage.getItem(KEPT);
  } catch {
    return null;
  }
}
