import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { Field } from "~/ui/Field";

interface Props {
  label: string;
  value: string;
  onInput: (value: string) => void;
  /** Tells a password manager whether to fill in or to propose one. */
  autocomplete: "current-password" | "new-password";
  hint?: ComponentChildren;
  wrong?: string | null | undefined;
  autofocus?: boolean;
}

/** What the server demands of a new password, in words. */
export const PASSWORD_RULES = "8 to 128 characters; any will do. Not your address, and none of the passwords that everybody tries first.";

/** A password, hidden until its writer wants to see it. */
export function PasswordField({ label, value, onInput, autocomplete, hint, wrong, autofocus = false }: Props) {
  const [shown, setShown] = useState(false);
  return (
    <Field label={label} hint={hint} wrong={wrong ?? null}>
      {(ids) => (
        <span class="account-password">
          <input
            {...ids}
            type={shown ? "text" : "password"}
            name={autocomplete}
            autocomplete={autocomplete}
            autocapitalize="off"
            spellcheck={false}
            maxLength={1000}
            required
            autofocus={autofocus}
            value={value}
            onInput={(event) => onInput(event.currentTarget.value)}
          />
          <button type="button" class="button" aria-pressed={shown} aria-label={`Show: ${label}`} onClick={() => setShown(!shown)}>
            Show
          </button>
        </span>
      )}
    </Field>
  );
}
