import { Link } from "wouter-preact";
import { me, meta, signOut } from "~/api/session";
import { useCommands } from "~/shell/commands";
import { Button } from "~/ui/Button";
import { Page } from "~/ui/Page";
import { Copyable } from "~/ui/values";
import "./account.css";
import { BrowserPart } from "./BrowserPart";
import { KeptBySupabase } from "./Doorway";
import { LooksPart } from "./LooksPart";
import { PasswordPart } from "./PasswordPart";
import { SimulationsPart } from "./SimulationsPart";

/** Who one is, one's password, and what is remembered here and recorded there. */
export default function AccountPage() {
  useCommands([{ name: "Sign out", run: () => void signOut() }], []);
  return (
    <Page title="My account" actions={<Button onClick={signOut}>Sign out</Button>}>
      <div class="account-grid">
        <div class="stack">
          <Who />
          <LooksPart />
        </div>
        <div class="stack">
          <section class="card" aria-labelledby="account-password">
            <h2 id="account-password">Password</h2>
            {meta.value?.accounts === "supabase" ? <KeptBySupabase /> : <PasswordPart />}
          </section>
          <BrowserPart />
        </div>
        <SimulationsPart />
      </div>
    </Page>
  );
}

function Who() {
  const here = me.value;
  if (!here) return null;
  return (
    <section class="card" aria-labelledby="account-who">
      <h2 id="account-who">Who you are</h2>
      <dl class="facts">
        <dt>Name</dt>
        <dd>{here.user.name ?? "–"}</dd>
        <dt>Address</dt>
        <dd>{here.user.email}</dd>
        <dt>Id</dt>
        <dd>
          <Copyable text={here.user.id} shown={here.user.id.slice(0, 8)} label="Copy your id" />
        </dd>
        <dt>Teams</dt>
        <dd>
          {here.teams.length === 0 && "none: an invitation brings you into one"}
          {here.teams.map((one) => (
            <div key={one.id}>
              {one.name}, as {one.role}
              {one.suspended_at !== null && " (suspended)"}
            </div>
          ))}
          <Link href="/team/settings">Teams and their settings</Link>
        </dd>
      </dl>
    </section>
  );
}
