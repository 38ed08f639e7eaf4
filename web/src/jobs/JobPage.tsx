import "./jobs.css";
import { useLocation, useSearch } from "wouter-preact";
import { team } from "~/api/session";
import { useCommands } from "~/shell/commands";
import { LinkButton } from "~/ui/Button";
import { Page } from "~/ui/Page";
import { Trouble, Waiting } from "~/ui/states";
import { Tabs } from "~/ui/Tabs";
import { Badge, When } from "~/ui/values";
import { JobActions } from "./JobActions";
import { cancelJob, cancelling, mayChange, retryJob } from "./acts";
import { Duration } from "./Duration";
import { hasEnded, type JobDetail, nameOf } from "./job";
import { CircuitPart } from "./parts/CircuitPart";
import { CostPart } from "./parts/CostPart";
import { DetailsPart } from "./parts/DetailsPart";
import { LogPart } from "./parts/LogPart";
import { ProblemPart } from "./parts/ProblemPart";
import { ResultPart } from "./parts/ResultPart";
import { TimelinePart } from "./parts/TimelinePart";
import { WorkflowPart } from "./parts/WorkflowPart";
import { readWorkflow } from "./workflow";
import { useJob } from "./useJob";

/** One job: what came out, what ran, when, and what it cost; live until its end. */
export default function JobPage({ params }: { params: Record<string, string> }) {
  const id = params.id ?? "";
  const loaded = useJob(id);
  if (loaded.data !== undefined) {
    return (
      <>
        {loaded.problem !== null && <Trouble refusal={loaded.problem} onRetry={loaded.reload} />}
        <Shown job={loaded.data} />
      </>
    );
  }
  if (loaded.problem === null) return <Page title="Job">{loaded.since !== null && <Waiting what="Reading the job" since={loaded.since} />}</Page>;
  return loaded.problem.status === 404 || loaded.problem.status === 400 ? <Missing id={id} /> : <Page title="Job"><Trouble refusal={loaded.problem} onRetry={loaded.reload} /></Page>;
}

function Missing({ id }: { id: string }) {
  return (
    <Page title="There is no such job" actions={<LinkButton href="/jobs">All jobs</LinkButton>}>
      <p>
        No job of your teams has the id <code>{id.slice(0, 80)}</code>. The link may be mistyped, or the job may belong to a team that you are not in: its members can let
        you in.
      </p>
    </Page>
  );
}

function Shown({ job }: { job: JobDetail }) {
  const [, go] = useLocation();
  const search = useSearch();
  const name = nameOf(job);
  useCommands(
    [
      { name: "Cancel this job", keys: "c", run: () => cancelJob(job, name) },
      ...(hasEnded(job.status) && mayChange(job) ? [{ name: "Run this job again", keys: "r", run: () => void retryJob(job.id, go) }] : []),
      { name: "Back to the jobs", keys: "u", run: () => go("/jobs") },
    ],
    [job],
  );
  const workflow = readWorkflow(job.workflow_metadata, job.completed_at);
  const tabs = [
    { id: "result", label: "Result", content: () => <ResultPart job={job} /> },
    { id: "circuit", label: "Circuit", content: () => <CircuitPart job={job} /> },
    ...(workflow !== null || (job.framework === "marqov" && !hasEnded(job.status)) ? [{ id: "workflow", label: "Workflow", content: () => <WorkflowPart workflow={workflow} /> }] : []),
    { id: "timeline", label: "Timeline", content: () => <TimelinePart job={job} /> },
    { id: "log", label: "Log", content: () => <LogPart job={job} /> },
    { id: "cost", label: "Cost", content: () => <CostPart job={job} /> },
    { id: "details", label: "Details", content: () => <DetailsPart job={job} /> },
  ];
  const asked = new URLSearchParams(search).get("part") ?? "";
  return (
    <Page title={name} about={<About job={job} />} actions={<JobActions job={job} name={name} />}>
      {job.status === "failed" && <ProblemPart job={job} />}
      <Tabs
        label="Parts of the job"
        tabs={tabs}
        value={tabs.some((tab) => tab.id === asked) ? asked : "result"}
        onChange={(part) => go(`/jobs/${job.id}${part === "result" ? "" : `?part=${part}`}`, { replace: true })}
      />
    </Page>
  );
}

function About({ job }: { job: JobDetail }) {
  const shots = job.parameters.shots;
  return (
    <span class="jobs-about">
      {cancelling.value.has(job.id) ? <span class="badge" data-status="cancelled">cancelling</span> : <Badge status={job.status} />}
      <Duration job={job} />
      <span>
        on <strong>{job.backend}</strong>
        {(job.result?.emulated || job.parameters.emulate === true) && " (emulated here)"}
        {typeof shots === "number" && <>, {shots.toLocaleString()} shots</>}
      </span>
      <span>
        <When at={job.created_at} ago /> in {team.value?.id === job.team_id ? team.value.name : "another of your teams"}
      </span>
    </span>
  );
}
