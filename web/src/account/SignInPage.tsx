import { Link, Redirect } from "wouter-preact";
import { api } from "~/api/client";
import { findMe, me, meta } from "~/api/session";
import { Button } from "~/ui/Button";
import { TextField } from "~/ui/Field";
import { Trouble } from "~/ui/states";
import { answerInTime } from "./asking";
import { Doorway, KeptBySupabase, Patience } from "./Doorway";
import { useForm } from "./form";
import { keepNext, nextOf } from "./next";
import { PasswordField } from "./PasswordField";

/** By address and password; other ways in are named below. */
export default function SignInPage() {
  if (me.value) return <Redirect to={nextOf(location.search, location.origin)} replace />;
  const supabase = meta.value?.accounts === "supabase";
  return (
    <Doorway title="Sign in" below={supabase ? undefined : <OtherWays />}>
      {supabase ? <KeptBySupabase /> : <SignInForm />}
    </Doorway>
  );
}

function SignInForm() {
  const form = useForm({ email: "", password: "" }, async ({ email, password }) => {
    await answerInTime(api.POST("/api/auth/sign-in", { body: { email: email.trim(), password, cookie: true } }));
    await findMe();
  });
  return (
    <form onSubmit={form.submit}>
      {form.refusal && <Trouble refusal={form.refusal} />}
      <TextField
        label="E-mail address"
        name="email"
        type="text"
        inputMode="email"
        autocomplete="username"
        autocapitalize="off"
        spellcheck={false}
        required
        autofocus
        value={form.values.email}
        onInput={(value) => form.set("email", value)}
        wrong={form.wrong.email ?? null}
      />
      <PasswordField
        label="Password"
        autocomplete="current-password"
        value={form.values.password}
        onInput={(value) => form.set("password", value)}
        wrong={form.wrong.password}
      />
      <Patience seconds={form.wait} />
      <Button type="submit" kind="primary" disabled={form.busy || form.wait > 0} aria-busy={form.busy}>
        Sign in
      </Button>
    </form>
  );
}

function OtherWays() {
  return (
    <>
      {meta.value?.mode === "single" && (
        <p>
          No password yet? On the machine that runs this platform, <code>quapsule open</code> prints a link that comes in without one.
        </p>
      )}
      {meta.value?.sign_up !== "closed" && (
        <p>
          No account yet? <Link href={keepNext("/sign-up")}>Sign up</Link>
          {meta.value?.sign_up === "code" && " with an invitation code"}.
        </p>
      )}
      <p>
        Without an account: <Link href="/run">run OpenQASM in this browser</Link>, <Link href="/backends">look at the backends</Link>, or{" "}
        <Link href="/verify">verify a capsule</Link>.
      </p>
    </>
  );
}
