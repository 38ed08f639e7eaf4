import { Choice, Field, TextField, Tick } from "~/ui/Field";
import { chooseSharing, sharesText } from "~/shell/consent";
import type { EngineName } from "~/simulator/simulated";
import { change, draft } from "./draft";

const ENGINES: readonly { value: EngineName; label: string }[] = [
  { value: "quapsule-statevector", label: "quapsule-statevector (fast)" },
  { value: "quantum-circuit", label: "quantum-circuit (to compare)" },
];

interface Props {
  /** Parameters besides shots and seed. */
  names: readonly string[];
  /** Those without which the program cannot run. */
  needed: readonly string[];
  wrong: Record<string, string>;
}

/** Shots, seed, the engine in the browser, and what the program asks for. */
export function RunFields({ names, needed, wrong }: Props) {
  const { mode, engine, shots, seed, values, more } = draft.value;
  return (
    <div class="playground-fields">
      {mode === "browser" && <Choice label="Engine" value={engine} options={ENGINES} onChange={(chosen) => change({ engine: chosen })} />}
      <TextField label="Shots" inputMode="numeric" size={8} value={shots} wrong={wrong.shots} onInput={(typed) => change({ shots: typed })} />
      <TextField label="Seed" inputMode="numeric" size={12} placeholder="random" value={seed} wrong={wrong.seed} onInput={(typed) => change({ seed: typed })} />
      {names.map((name) => (
        <TextField
          key={name}
          label={name}
          size={12}
          placeholder={needed.includes(name) ? "needed" : "the script's own"}
          value={values[name] ?? ""}
          wrong={wrong[name]}
          onInput={(typed) => change({ values: { ...draft.value.values, [name]: typed } })}
        />
      ))}
      {mode !== "browser" && (
        <Field label="Further parameters" wrong={wrong.more}>
          {(ids) => <input {...ids} size={24} spellcheck={false} class="mono" placeholder='{"name": 1}' value={more} onInput={(event) => change({ more: event.currentTarget.value })} />}
        </Field>
      )}
    </div>
  );
}

/** What of a browser run may be recorded. */
export function Consent({ signedIn }: { signedIn: boolean }) {
  if (!signedIn) return <p class="playground-note">Nothing leaves this browser: nobody is signed in, so no run is recorded.</p>;
  return (
    <Tick
      label="Record the program text with each browser run"
      hint="Each run leaves a row on the server: engine, version, seed, shots, qubits, gates, time and counts. The text only if you allow it."
      checked={sharesText.value}
      onChange={chooseSharing}
    />
  );
}
