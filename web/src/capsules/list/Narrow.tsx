import { useEffect, useState } from "preact/hooks";
import { Button } from "~/ui/Button";
import { Choice, Field, TextField } from "~/ui/Field";
import { type Filters, isNarrowed, STATES } from "./filters";

const TYPING_MS = 200;

/** What narrows the list. Texts take effect when the typing pauses. */
export function Narrow({ filters, onChange }: { filters: Filters; onChange: (changes: Partial<Filters>) => void }) {
  return (
    <search class="capsules-narrow">
      <Typed label="Search" hint="Words of name and description, or a whole mqc:1:… id." value={filters.q} onChange={(q) => onChange({ q })} id="capsules-search" />
      <Choice
        label="State"
        value={filters.state}
        options={[{ value: "", label: "any" }, ...STATES.map((state) => ({ value: state, label: state }))]}
        onChange={(state) => onChange({ state })}
      />
      <Typed label="Tag" value={filters.tag} onChange={(tag) => onChange({ tag })} />
      <Typed label="Backend" value={filters.backend} onChange={(backend) => onChange({ backend })} />
      <Typed label="Regulation" value={filters.framework} onChange={(framework) => onChange({ framework })} />
      {filters.job !== "" && (
        <TextField label="Job" value={filters.job} readOnly onInput={() => undefined} />
      )}
      {isNarrowed(filters) && (
        <Button kind="quiet" onClick={() => onChange({ q: "", state: "", tag: "", backend: "", framework: "", job: "" })}>
          Show all
        </Button>
      )}
    </search>
  );
}

interface TypedProps {
  label: string;
  hint?: string;
  value: string;
  onChange: (value: string) => void;
  id?: string;
}

function Typed({ label, hint, value, onChange, id }: TypedProps) {
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  useEffect(() => {
    if (text === value) return;
    const timer = setTimeout(() => onChange(text), TYPING_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return (
    <Field label={label} hint={hint}>
      {(ids) => <input {...ids} data-named={id} type="search" maxLength={200} value={text} onInput={(event) => setText(event.currentTarget.value)} />}
    </Field>
  );
}
