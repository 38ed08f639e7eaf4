import { useEffect, useState } from "preact/hooks";
import { answer, api } from "~/api/client";
import { useLoad } from "~/api/load";
import { team } from "~/api/session";
import { Choice, TextField } from "~/ui/Field";
import { type Filter, isNarrowed, NO_FILTER } from "./filter";
import { FRAMEWORKS, type Status, STATUSES } from "./job";

const PAUSE_MS = 250;

interface Props {
  filter: Filter;
  onChange: (filter: Filter) => void;
}

/** What narrows the list. Each change goes into the address. */
export function Filters({ filter, onChange }: Props) {
  const rest = [filter.backend, filter.framework, filter.script, filter.since, filter.until].filter(Boolean).length;
  const [open, setOpen] = useState(rest > 0);
  const toggle = (status: Status) =>
    onChange({ ...filter, status: filter.status.includes(status) ? filter.status.filter((one) => one !== status) : [...filter.status, status] });
  return (
    <div class="jobs-filters" role="search" aria-label="Jobs">
      <div class="jobs-filters-first">
        <Words q={filter.q} onChange={(q) => onChange({ ...filter, q })} />
        <div class="jobs-statuses" role="group" aria-label="Status">
          {STATUSES.map((status) => (
            <button key={status} type="button" class="badge jobs-status" data-status={status} aria-pressed={filter.status.includes(status)} onClick={() => toggle(status)}>
              {status}
            </button>
          ))}
        </div>
        <button type="button" class="button quiet small" aria-expanded={open} onClick={() => setOpen(!open)}>
          More filters{rest > 0 ? ` (${rest})` : ""}
        </button>
        {isNarrowed(filter) && (
          <button type="button" class="button quiet small" onClick={() => onChange(NO_FILTER)}>
            Show all
          </button>
        )}
      </div>
      {open && <Further filter={filter} onChange={onChange} />}
    </div>
  );
}

/** The search text; the list follows when the writer pauses. */
function Words({ q, onChange }: { q: string; onChange: (q: string) => void }) {
  const [text, setText] = useState(q);
  useEffect(() => setText(q), [q]);
  useEffect(() => {
    if (text === q) return;
    const timer = setTimeout(() => onChange(text), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return (
    <input
      type="search"
      class="jobs-words"
      aria-label="Name, backend, error or id"
      placeholder="Name, backend, error or id"
      maxLength={200}
      value={text}
      onInput={(event) => setText(event.currentTarget.value)}
    />
  );
}

function Further({ filter, onChange }: Props) {
  const backends = useLoad((signal) => answer(api.GET("/api/backends", { signal })), []);
  const scripts = useLoad((signal) => answer(api.GET("/api/scripts", { params: { query: { limit: 200 } }, signal })), [team.value?.id]);
  const slugs = withChosen((backends.data?.backends ?? []).map((one) => ({ value: one.slug, label: one.slug })), filter.backend, filter.backend);
  const library = withChosen((scripts.data?.items ?? []).map((one) => ({ value: one.id, label: one.name })), filter.script, "one script");
  return (
    <div class="row jobs-further">
      <Choice label="Backend" value={filter.backend} options={[{ value: "", label: "any" }, ...slugs]} onChange={(backend) => onChange({ ...filter, backend })} />
      <Choice
        label="Framework"
        value={filter.framework}
        options={[{ value: "" as const, label: "any" }, ...FRAMEWORKS.map((value) => ({ value, label: value }))]}
        onChange={(framework) => onChange({ ...filter, framework })}
      />
      <Choice label="Script" value={filter.script} options={[{ value: "", label: "any" }, ...library]} onChange={(script) => onChange({ ...filter, script })} />
      <TextField label="From" type="date" value={filter.since} onInput={(since) => onChange({ ...filter, since })} />
      <TextField label="Until" type="date" value={filter.until} onInput={(until) => onChange({ ...filter, until })} />
    </div>
  );
}

/** What a link chose is offered too, also where the list does not have it (a retired backend, an old script). */
function withChosen(options: readonly { value: string; label: string }[], chosen: string, label: string) {
  return chosen === "" || options.some((option) => option.value === chosen) ? options : [...options, { value: chosen, label }];
}
