import { useEffect, useState } from "preact/hooks";
import { Link } from "wouter-preact";
import { answer, api } from "~/api/client";
import { useLoad } from "~/api/load";
import { team } from "~/api/session";
import { TextField } from "~/ui/Field";
import { Arrived, Empty } from "~/ui/states";
import { When } from "~/ui/values";
import { nameOf } from "../job";

const SHOWN = 30;
const PAUSE_MS = 250;

/** Completed jobs to choose one from, each as a link. `without`: the one that is chosen already. */
export function Picker({ without, hrefOf }: { without: string | null; hrefOf: (id: string) => string }) {
  const [text, setText] = useState("");
  const [q, setQ] = useState("");
  useEffect(() => {
    const timer = setTimeout(() => setQ(text.trim()), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text]);
  const teamId = team.value?.id;
  const loaded = useLoad(
    (signal) =>
      answer(
        api.GET("/api/jobs", { params: { query: { status: ["completed"], limit: SHOWN + 1, ...(teamId !== undefined && { team_id: teamId }), ...(q !== "" && { q }) } }, signal }),
      ),
    [teamId, q],
  );
  return (
    <>
      <TextField label="Find a completed job" hint="By its name, backend or the beginning of its id." type="search" maxLength={200} value={text} onInput={setText} />
      <Arrived of={loaded} what="Reading the jobs">
        {({ items }) => {
          const shown = items.filter((job) => job.id !== without).slice(0, SHOWN);
          return shown.length === 0 ? (
            <Empty title="No other completed job">Run the program again, and compare the two runs.</Empty>
          ) : (
            <ul class="jobs-picker">
              {shown.map((job) => (
                <li key={job.id}>
                  <Link href={hrefOf(job.id)}>{nameOf(job)}</Link>
                  <span>
                    {job.backend}, {job.shots === null ? "shots unknown" : `${job.shots.toLocaleString()} shots`}
                  </span>
                  <span class="jobs-soft">
                    <When at={job.created_at} ago />
                  </span>
                </li>
              ))}
            </ul>
          );
        }}
      </Arrived>
    </>
  );
}
