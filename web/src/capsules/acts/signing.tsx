import { me } from "~/api/session";
import { TextField } from "~/ui/Field";

/** What a person's signature may mean (21 CFR 11.50). */
export const MEANINGS = ["author", "review", "approval", "responsibility"] as const;
export type Meaning = (typeof MEANINGS)[number];

export const SAID_MEANINGS: Record<Meaning, string> = {
  author: "author – I made this",
  review: "review – I looked it through",
  approval: "approval – I approve of it",
  responsibility: "responsibility – I answer for it",
};

/** What a signature shows and stands for, before it is given. */
export function WhatSigningSays({ meaning }: { meaning: Meaning }) {
  const user = me.value?.user;
  return (
    <p class="capsules-law">
      You sign as <strong>{user?.name || user?.email}</strong>, meaning <strong>{meaning}</strong>, at the time of the platform's clock in UTC: printed name, date and time, and meaning, as 21 CFR 11.50
      asks. The password is asked for at every signing (11.200), and the platform's key witnesses that you gave it. The signature is over this record's id and fits no other (11.70). It is meant to bind you
      as your handwritten one does, and is not taken back. What your laboratory has to see to itself is in docs/part11.md.
    </p>
  );
}

export function PasswordField({ value, onInput }: { value: string; onInput: (password: string) => void }) {
  return <TextField label="Your password, again" type="password" autocomplete="current-password" required maxLength={1000} value={value} onInput={onInput} />;
}
