import { useState } from "preact/hooks";
import { api, Refusal, type Shape } from "~/api/client";
import { TextField } from "~/ui/Field";
import { answerInTime, TooMany } from "./asking";

interface Props {
  name: string;
  value: string;
  onInput: (value: string) => void;
  wrong: string | null;
}

type Found = { code: string; state: Shape<"CodeState"> } | { code: string; problem: string };

/** An invitation code, asked of the server when it was written: whether it opens sign-up, and how often yet. */
export function CodeField({ name, value, onInput, wrong }: Props) {
  const [found, setFound] = useState<Found | null>(null);
  const code = value.trim();
  async function look(): Promise<void> {
    if (code === "" || found?.code === code) return;
    try {
      setFound({ code, state: await answerInTime(api.POST("/api/auth/validate-code", { body: { code } })) });
    } catch (problem) {
      if (problem instanceof TooMany) setFound({ code, problem: `Looked at too often: it can be checked again in ${problem.seconds} s. Signing up checks it in any case.` });
      else if (problem instanceof Refusal) setFound({ code, problem: problem.code === "validation_error" ? "A code has 1 to 64 letters, digits, - and _." : problem.message });
      else throw problem;
    }
  }
  const mine = found?.code === code ? found : null;
  return (
    <TextField
      label="Invitation code"
      name={name}
      autocomplete="off"
      autocapitalize="off"
      spellcheck={false}
      required
      autofocus
      value={value}
      onInput={onInput}
      onBlur={() => void look()}
      wrong={wrong ?? (mine === null ? null : sayWrong(mine))}
      hint={<span role="status">{mine === null ? "From who runs this platform." : sayGood(mine)}</span>}
    />
  );
}

function sayWrong(found: Found): string | null {
  if ("problem" in found) return found.problem;
  return found.state.valid ? null : "The invitation code is unknown, used up or expired.";
}

function sayGood(found: Found): string {
  if ("problem" in found || !found.state.valid) return "Who gave it to you can give you another one.";
  const left = found.state.remaining_uses;
  return `Good: it can be used ${left === 1 ? "once" : `${left} times`} more.`;
}
