import "./jobs.css";
import { useState } from "preact/hooks";
import { Link, useLocation, useSearch } from "wouter-preact";
import { Histogram } from "~/plots/Histogram";
import { LinkButton } from "~/ui/Button";
import { Choice } from "~/ui/Field";
import { Page } from "~/ui/Page";
import { Empty, Trouble, Waiting } from "~/ui/states";
import { Badge, When } from "~/ui/values";
import { type JobDetail, nameOf } from "./job";
import { Differences } from "./parts/Differences";
import { Picker } from "./parts/Picker";
import { Verdict } from "./parts/Verdict";
import { listCircuits } from "./result";
import { useJob } from "./useJob";

/** Two jobs beside each other: whether they sampled the same distribution, and in what they differ. */
export default function ComparePage() {
  const asked = new URLSearchParams(useSearch());
  const [a, b] = [asked.get("a"), asked.get("b")];
  if (a === null || a === "") {
    return (
      <Page title="Compare two jobs" actions={<LinkButton href="/jobs">All jobs</LinkButton>}>
        <h2>The first</h2>
        <Picker without={b} hrefOf={(id) => `/jobs/compare?a=${id}${b === null ? "" : `&b=${b}`}`} />
      </Page>
    );
  }
  return <Pair key={`${a} ${b ?? ""}`} a={a} b={b} />;
}

function Pair({ a, b }: { a: string; b: string | null }) {
  return b === null || b === "" ? <First a={a} /> : <Both a={a} b={b} />;
}

function First({ a }: { a: string }) {
  const first = useJob(a);
  const name = first.data === undefined ? "a job" : nameOf(first.data);
  return (
    <Page title={`Compare ${name} with …`} actions={<LinkButton href={`/jobs/${a}`}>Back to the job</LinkButton>}>
      {first.problem !== null && <Trouble refusal={first.problem} onRetry={first.reload} />}
      <Picker without={a} hrefOf={(id) => `/jobs/compare?a=${a}&b=${id}`} />
    </Page>
  );
}

function Both({ a, b }: { a: string; b: string }) {
  const [first, second] = [useJob(a), useJob(b)];
  const [, go] = useLocation();
  const problem = first.problem ?? second.problem;
  const since = first.since ?? second.since;
  return (
    <Page
      title="Compare two jobs"
      actions={
        <>
          <button type="button" class="button" onClick={() => go(`/jobs/compare?a=${b}&b=${a}`, { replace: true })}>Swap</button>
          <LinkButton href={`/jobs/compare?a=${a}`}>Another second one</LinkButton>
        </>
      }
    >
      {problem !== null && (problem.status === 404 || problem.status === 400 ? <Gone a={a} b={b} /> : <Trouble refusal={problem} onRetry={() => (first.reload(), second.reload())} />)}
      {first.data !== undefined && second.data !== undefined ? (
        <Shown a={first.data} b={second.data} />
      ) : (
        problem === null && since !== null && <Waiting what="Reading both jobs" since={since} />
      )}
    </Page>
  );
}

function Gone({ a, b }: { a: string; b: string }) {
  return (
    <Empty title="There is no such job">
      Of {a.slice(0, 80)} and {b.slice(0, 80)} at least one is no job of your teams.
    </Empty>
  );
}

function Shown({ a, b }: { a: JobDetail; b: JobDetail }) {
  const [chosen, setChosen] = useState("0");
  const [ones, others] = [listCircuits(a.result), listCircuits(b.result)];
  const pairs = Math.min(ones.length, others.length);
  const index = Math.min(Number(chosen), Math.max(0, pairs - 1));
  const [one, other] = [ones[index], others[index]];
  return (
    <div class="stack">
      <div class="split">
        <Side letter="A" job={a} />
        <Side letter="B" job={b} />
      </div>
      {one !== undefined && other !== undefined ? (
        <>
          <Verdict a={a.id} b={b.id} />
          <section class="card">
            <h2>Counts</h2>
            {pairs > 1 && <Choice label={`${pairs} circuits`} value={String(index)} options={ones.slice(0, pairs).map((_, n) => ({ value: String(n), label: `Circuit ${n + 1}` }))} onChange={setChosen} />}
            <Histogram counts={one.counts} shots={one.shots} name="A" compare={{ counts: other.counts, shots: other.shots, name: "B" }} label={`A and B, circuit ${index + 1}`} />
          </section>
        </>
      ) : (
        <Empty title="Nothing to compare yet">{`${one === undefined ? "A" : "B"} has no counts${(one === undefined ? a : b).status === "completed" ? "." : `: it is ${(one === undefined ? a : b).status}.`}`}</Empty>
      )}
      <Differences a={a} b={b} />
    </div>
  );
}

function Side({ letter, job }: { letter: string; job: JobDetail }) {
  return (
    <section class="card">
      <h2>
        {letter}: <Link href={`/jobs/${job.id}`}>{nameOf(job)}</Link>
      </h2>
      <p class="jobs-about">
        <Badge status={job.status} /> <span>on {job.backend}</span> <When at={job.created_at} />
      </p>
    </section>
  );
}
