import { Link, Redirect } from "wouter-preact";
import { api, type Refusal } from "~/api/client";
import { findMe, me, meta, team } from "~/api/session";
import { say } from "~/shell/notices";
import { Button } from "~/ui/Button";
import { TextField } from "~/ui/Field";
import { Trouble } from "~/ui/states";
import { answerInTime } from "./asking";
import { CodeField } from "./CodeField";
import { Doorway, KeptBySupabase, Patience } from "./Doorway";
import { useForm } from "./form";
import { keepNext, nextOf } from "./next";
import { PASSWORD_RULES, PasswordField } from "./PasswordField";

/** A new account with a team of its own, as far as the operator opened sign-up. */
export default function SignUpPage() {
  if (me.value) return <Redirect to={nextOf(location.search, location.origin)} replace />;
  const supabase = meta.value?.accounts === "supabase";
  const closed = meta.value?.sign_up === "closed";
  return (
    <Doorway
      title="Sign up"
      about={supabase || closed ? undefined : "You get an account and a team of your own, in which your jobs and capsules are."}
      below={
        <p>
          You have an account? <Link href={keepNext("/sign-in")}>Sign in</Link>.
        </p>
      }
    >
      {supabase ? <KeptBySupabase /> : closed ? <Closed /> : <SignUpForm byCode={meta.value?.sign_up === "code"} />}
    </Doorway>
  );
}

function Closed() {
  return (
    <>
      <p>
        <strong>Sign-up is closed here.</strong>
      </p>
      <p>
        Who runs this platform can open it: by the setting <code>QUAPSULE_SIGN_UP=open</code>, or <code>code</code> for those who hold an invitation code.
        {meta.value?.mode === "single" && (
          <>
            {" "}
            On a machine of one's own no sign-up is needed: <code>quapsule open</code> prints a link that comes in.
          </>
        )}
      </p>
    </>
  );
}

const FIELDS = { email: "", password: "", name: "", team_name: "", invitation_code: "" };

function fieldOf(refusal: Refusal): keyof typeof FIELDS | null {
  if (refusal.code === "already_exists") return "email";
  if (refusal.code === "validation_error") return "password";
  if (refusal.code === "permission_denied" && /code/i.test(refusal.message)) return "invitation_code";
  return null;
}

function SignUpForm({ byCode }: { byCode: boolean }) {
  const form = useForm(
    FIELDS,
    async ({ email, password, name, team_name, invitation_code }) => {
      const body = {
        email: email.trim(),
        password,
        cookie: true,
        ...(name.trim() && { name: name.trim() }),
        ...(team_name.trim() && { team_name: team_name.trim() }),
        ...(byCode && { invitation_code: invitation_code.trim() }),
      };
      await answerInTime(api.POST("/api/auth/sign-up", { body }));
      await findMe();
      say({ kind: "done", text: `Welcome. Your team is “${team.value?.name ?? ""}”, and you are its owner.` });
    },
    fieldOf,
  );
  const field = (name: keyof typeof FIELDS) => ({
    name,
    value: form.values[name],
    onInput: (value: string) => form.set(name, value),
    wrong: form.wrong[name] ?? null,
  });
  return (
    <form onSubmit={form.submit}>
      {form.refusal && <Trouble refusal={form.refusal} />}
      {byCode && <CodeField {...field("invitation_code")} />}
      <TextField {...field("email")} label="E-mail address" type="text" inputMode="email" autocomplete="username" autocapitalize="off" spellcheck={false} required autofocus={!byCode} />
      <PasswordField {...field("password")} label="Password" autocomplete="new-password" hint={PASSWORD_RULES} />
      <TextField {...field("name")} label="Your name (optional)" autocomplete="name" maxLength={100} hint="As team mates and signatures will show it." />
      <TextField {...field("team_name")} label="Name of your team (optional)" autocomplete="organization" maxLength={100} hint="It can be changed later." />
      <Patience seconds={form.wait} />
      <Button type="submit" kind="primary" disabled={form.busy || form.wait > 0} aria-busy={form.busy}>
        Sign up
      </Button>
    </form>
  );
}
