import { useState } from "preact/hooks";
import { answer, api } from "~/api/client";
import { useLoad } from "~/api/load";
import { team } from "~/api/session";
import { Choice, TextField } from "~/ui/Field";
import { Trouble } from "~/ui/states";
import { sayAgo } from "~/ui/values";
import { readCapsule } from "../read";

interface Props {
  label: string;
  /** A capsule's id; empty: none is chosen. */
  value: string;
  onChange: (id: string) => void;
}

/** One capsule out of the team's newest, or of those that hold some words. */
export function Pick({ label, value, onChange }: Props) {
  const [words, setWords] = useState("");
  const found = useLoad((signal) => list(words.trim(), signal), [words.trim(), team.value?.id]);
  const here = useLoad((signal) => (value === "" ? Promise.resolve(null) : readCapsule(value, signal)), [value]);
  const items = found.data ?? [];
  const own = here.data;
  const options = own && own.id === value && !items.some((one) => one.id === value) ? [own, ...items] : items;
  return (
    <div class="card capsules-choose">
      <TextField label={`${label}: search`} type="search" maxLength={200} value={words} onInput={setWords} />
      <Choice
        label={`${label} capsule`}
        value={value}
        options={[{ value: "", label: "none chosen" }, ...options.map((one) => ({ value: one.id, label: `${one.name}, ${one.state}, ${sayAgo(new Date(one.created_at))}` }))]}
        onChange={onChange}
      />
      {found.problem !== null && <Trouble refusal={found.problem} onRetry={found.reload} />}
    </div>
  );
}

async function list(q: string, signal: AbortSignal) {
  const query = { limit: 50, team_id: team.value?.id, ...(q !== "" && { q }) };
  return (await answer(api.GET("/api/capsules", { params: { query }, signal }))).items;
}
