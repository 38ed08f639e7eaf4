import { useEffect, useState } from "preact/hooks";
import { Field, TextField, Tick } from "~/ui/Field";
import { type Parameters, readParameters } from "./parameters";

interface Props {
  value: Parameters;
  onChange: (value: Parameters) => void;
  /** Told while the JSON cannot be read, and so must not be run. */
  onProblem: (problem: string | null) => void;
}

/** A script's parameters: numbers, texts and switches as fields, and all of them as JSON. */
export function ParametersForm({ value, onChange, onProblem }: Props) {
  const [json, setJson] = useState<string | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  function write(text: string): void {
    setJson(text);
    const found = readParameters(text);
    const wrong = "problem" in found ? found.problem : null;
    setProblem(wrong);
    onProblem(wrong);
    if ("value" in found) onChange(found.value);
  }
  const names = Object.keys(value);
  return (
    <fieldset class="scripts-parameters">
      <legend>Parameters</legend>
      {json === null && names.length === 0 && <p class="scripts-note">The script declares none. As JSON, any can be given.</p>}
      {json === null && (
        <div class="scripts-fields">
          {names.map((name) => (
            <One key={name} name={name} value={value[name]} onChange={(changed) => onChange({ ...value, [name]: changed })} />
          ))}
        </div>
      )}
      {json !== null && (
        <Field label="Parameters as JSON" wrong={problem}>
          {(ids) => <textarea {...ids} class="mono" rows={6} spellcheck={false} value={json} onInput={(event) => write(event.currentTarget.value)} />}
        </Field>
      )}
      <Tick label="As JSON" checked={json !== null} onChange={(on) => (on ? setJson(JSON.stringify(value, null, 2)) : problem === null && setJson(null))} />
    </fieldset>
  );
}

function One({ name, value, onChange }: { name: string; value: unknown; onChange: (value: unknown) => void }) {
  if (typeof value === "boolean") return <Tick label={name} checked={value} onChange={onChange} />;
  if (typeof value === "number") return <NumberField name={name} value={value} onChange={onChange} />;
  if (typeof value === "string") return <TextField label={name} autocomplete="off" value={value} onInput={onChange} />;
  return (
    <p class="scripts-other">
      {name}: <code>{JSON.stringify(value)}</code>
    </p>
  );
}

function NumberField({ name, value, onChange }: { name: string; value: number; onChange: (value: number) => void }) {
  const [text, setText] = useState(String(value));
  const isNumber = text.trim() !== "" && Number.isFinite(Number(text));
  useEffect(() => {
    if (Number(text) !== value) setText(String(value));
  }, [value]);
  return (
    <TextField
      label={name}
      inputMode="decimal"
      autocomplete="off"
      value={text}
      wrong={isNumber ? null : `Not a number: ${value} is used.`}
      onInput={(written) => {
        setText(written);
        if (written.trim() !== "" && Number.isFinite(Number(written))) onChange(Number(written));
      }}
    />
  );
}
