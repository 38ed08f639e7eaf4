import "./jobs.css";
import { useSignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { useLocation, useSearch } from "wouter-preact";
import { onEvent, stream } from "~/api/events";
import { team } from "~/api/session";
import { useCommands } from "~/shell/commands";
import { tellRefusal, LinkButton } from "~/ui/Button";
import { Refusal } from "~/api/client";
import { Page } from "~/ui/Page";
import { Rows } from "~/ui/Rows";
import { Empty, Trouble, Waiting } from "~/ui/states";
import { cancelJob, mayChange, retryJob } from "./acts";
import { ChosenBar } from "./ChosenBar";
import { columnsOf, toggle } from "./columns";
import { Filters } from "./Filters";
import { isNarrowed, readFilter, writeFilter } from "./filter";
import { type JobSummary, nameOf } from "./job";
import { JobList } from "./store";

/** The team's jobs, live. */
export default function JobsPage() {
  const search = useSearch();
  const [, go] = useLocation();
  const teamId = team.value?.id;
  const query = writeFilter(readFilter(search));
  const filter = useMemo(() => readFilter(query), [query]);
  return (
    <Page
      title="Jobs"
      about={team.value === null ? undefined : <Liveness name={team.value.name} />}
      actions={<LinkButton href="/run" kind="primary">New job</LinkButton>}
    >
      <Filters filter={filter} onChange={(next) => go(`/jobs${writeFilter(next) && "?"}${writeFilter(next)}`, { replace: true })} />
      {teamId === undefined ? <Empty title="You are in no team">Jobs belong to a team. Make one, or open the invitation that you got.</Empty> : <List key={`${teamId} ${query}`} teamId={teamId} query={query} />}
    </Page>
  );
}

function Liveness({ name }: { name: string }) {
  return (
    <>
      Of {name}, newest first. {stream.value.state === "live" ? "Live: what changes is shown as it happens." : "Not live at the moment."}
    </>
  );
}

function List({ teamId, query }: { teamId: string; query: string }) {
  const filter = readFilter(query);
  const list = useMemo(() => new JobList(teamId, filter), []);
  const chosen = useSignal<ReadonlySet<string>>(new Set());
  const current = useSignal<string | null>(null);
  const columns = useMemo(() => columnsOf(chosen), []);
  const [, go] = useLocation();
  useEffect(() => {
    void list.more();
    const stop = onEvent("jobs", (told) => list.take(told));
    return () => {
      stop();
      list.stop();
    };
  }, []);
  const rows = list.rows.value;
  const { since, problem, more } = list.state.value;
  const at = () => list.rows.value.find((row) => row.id === current.value);
  const withJob = (act: (row: JobSummary) => unknown) => () => {
    const row = at();
    if (row !== undefined) act(row);
  };
  const move = (by: number) => () => {
    const all = list.rows.value;
    const index = all.findIndex((row) => row.id === current.value);
    current.value = all[Math.min(all.length - 1, Math.max(0, index < 0 ? 0 : index + by))]?.id ?? null;
  };
  useCommands(
    [
      { name: "Next job", keys: "j", run: move(1) },
      { name: "Previous job", keys: "k", run: move(-1) },
      { name: "Open the job (Enter)", run: withJob((row) => go(`/jobs/${row.id}`)) },
      { name: "Cancel the job", keys: "c", run: withJob((row) => cancelJob(row, nameOf(row))) },
      { name: "Run the job again", keys: "r", run: withJob((row) => mayChange(row) && retryJob(row.id, go).catch(tellIfRefused)) },
      { name: "Choose the job, to compare it", keys: "x", run: withJob((row) => toggle(chosen, row.id)) },
    ],
    [],
  );
  if (rows.length === 0) {
    if (problem !== null) return <Trouble refusal={problem} onRetry={() => void list.reload()} />;
    if (since !== null) return <Waiting what="Reading the jobs" since={since} />;
    return isNarrowed(filter) ? <NothingFits /> : <NoneYet />;
  }
  return (
    <>
      {problem !== null && <Trouble refusal={problem} onRetry={() => void list.reload()} />}
      <ChosenBar rows={rows} chosen={chosen} />
      <Rows
        label="Jobs"
        rows={rows}
        columns={columns}
        rowKey={idOf}
        rowHref={hrefOf}
        current={current.value}
        onCurrent={(id) => (current.value = id)}
        onEnd={() => void list.more()}
        foot={since !== null && more ? <Waiting what="Reading older jobs" since={since} /> : `${rows.length.toLocaleString()} loaded, ${more ? "more below" : "these are all"}.`}
      />
    </>
  );
}

const idOf = (row: JobSummary): string => row.id;
const hrefOf = (row: JobSummary): string => `/jobs/${row.id}`;

function tellIfRefused(problem: unknown): void {
  if (!(problem instanceof Refusal)) throw problem;
  tellRefusal(problem);
}

function NothingFits() {
  return <Empty title="No job fits">“Show all” takes the filters away. A job that begins to fit appears here by itself.</Empty>;
}

function NoneYet() {
  return (
    <Empty title="No jobs yet" action={<LinkButton href="/run" kind="primary">Open the playground</LinkButton>}>
      A job is one program on one backend. Write one in the playground and press “Run as job”, or in a terminal: <code>quapsule run bell.py --shots 1000</code>. It appears
      here at once, and its result when it ends.
    </Empty>
  );
}
