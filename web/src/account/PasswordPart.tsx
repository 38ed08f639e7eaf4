import { useState } from "preact/hooks";
import { api, type Refusal } from "~/api/client";
import { me, meta } from "~/api/session";
import { Button } from "~/ui/Button";
import { Tick } from "~/ui/Field";
import { Trouble } from "~/ui/states";
import { answerInTime } from "./asking";
import { Patience } from "./Doorway";
import { useForm } from "./form";
import { PASSWORD_RULES, PasswordField } from "./PasswordField";

const FIELDS = { current_password: "", new_password: "" };

/** Changes the password, or sets the first one of an account that was entered from the machine itself. */
export function PasswordPart() {
  const [none, setNone] = useState(false);
  const [ended, setEnded] = useState<number | null>(null);
  const form = useForm(
    FIELDS,
    async ({ current_password, new_password }) => {
      setEnded(null);
      const body = { new_password, ...(!none && { current_password }) };
      const told = await answerInTime(api.POST("/api/auth/password", { body }));
      setEnded(told.sessions_ended);
      form.set("current_password", "");
      form.set("new_password", "");
      setNone(false);
    },
    fieldOf,
  );
  return (
    <form onSubmit={form.submit}>
      {form.refusal && <Trouble refusal={form.refusal} />}
      {ended !== null && (
        <p role="status">
          The password is changed. {ended === 0 ? "No other session was open." : `${ended} other ${ended === 1 ? "session was" : "sessions were"} ended.`} This one stays, and so do API keys.
        </p>
      )}
      {/* Tells a password manager whose password this is. */}
      <input class="visually-hidden" type="text" autocomplete="username" value={me.value?.user.email ?? ""} readOnly tabIndex={-1} aria-hidden="true" />
      {!none && (
        <PasswordField
          label="Current password"
          autocomplete="current-password"
          value={form.values.current_password}
          onInput={(value) => form.set("current_password", value)}
          wrong={form.wrong.current_password}
        />
      )}
      {meta.value?.mode === "single" && <Tick label="There is none yet: I came in by a link of quapsule open" checked={none} onChange={setNone} />}
      <PasswordField
        label="New password"
        autocomplete="new-password"
        hint={PASSWORD_RULES}
        value={form.values.new_password}
        onInput={(value) => form.set("new_password", value)}
        wrong={form.wrong.new_password}
      />
      <p>
        <small>All other sessions of this account end with it.</small>
      </p>
      <Patience seconds={form.wait} />
      <Button type="submit" kind="primary" disabled={form.busy || form.wait > 0} aria-busy={form.busy}>
        {none ? "Set the password" : "Change the password"}
      </Button>
    </form>
  );
}

function fieldOf(refusal: Refusal): keyof typeof FIELDS | null {
  if (refusal.code === "password_wrong") return "current_password";
  if (refusal.code === "validation_error") return "new_password";
  return null;
}
