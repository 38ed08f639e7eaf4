import { useState } from "preact/hooks";
import { useLocation } from "wouter-preact";
import { answer, api, onceOnly } from "~/api/client";
import { me } from "~/api/session";
import { say } from "~/shell/notices";
import { Button, LinkButton } from "~/ui/Button";
import { Dialog } from "~/ui/Dialog";
import { TextField } from "~/ui/Field";
import { saveFile } from "~/ui/values";
import { cancelJob, mayCancel, mayChange, retryJob } from "./acts";
import { hasEnded, type JobDetail } from "./job";

/** What can be done with a job, by whoever may. */
export function JobActions({ job, name }: { job: JobDetail; name: string }) {
  const [, go] = useLocation();
  const ended = hasEnded(job.status);
  return (
    <>
      {mayCancel(job) && <Button kind="danger" onClick={() => cancelJob(job, name)}>Cancel</Button>}
      {ended && mayChange(job) && <Button onClick={() => retryJob(job.id, go)}>Run again</Button>}
      {ended && job.result?.counts && <LinkButton href={`/jobs/compare?a=${job.id}`}>Compare…</LinkButton>}
      {job.capsule_id !== null ? <LinkButton href={`/capsules/${job.capsule_id}`}>See the capsule</LinkButton> : ended && <Button onClick={() => makeCapsule(job, go)}>Make a capsule</Button>}
      {job.inline_code !== null && <LinkButton href={`/run?job=${job.id}`}>Open in the playground</LinkButton>}
      {job.inline_code !== null && job.script_id === null && ended && <SaveScript job={job} />}
      <Button kind="quiet" onClick={() => copyLink(job)}>Copy link</Button>
      <Button kind="quiet" onClick={() => saveFile(`job-${job.id}.json`, JSON.stringify(job, null, 2), "application/json")}>JSON</Button>
    </>
  );
}

async function makeCapsule(job: JobDetail, go: (href: string) => void): Promise<void> {
  const made = await answer(api.POST("/api/capsules", { params: { header: onceOnly() }, body: { job_id: job.id } }));
  go(`/capsules/${made.id}`);
}

async function copyLink(job: JobDetail): Promise<void> {
  const link = `${location.origin}/jobs/${job.id}`;
  const owners = me.value?.teams.find((one) => one.id === job.team_id)?.name;
  const works = owners === undefined ? "It works for members of the job's team." : `It works for members of ${owners}.`;
  try {
    await navigator.clipboard.writeText(link);
    say({ kind: "done", text: "The link is copied.", more: works });
  } catch {
    say({ kind: "problem", text: `This browser does not let the page copy. The link is the page's address. ${works}`, more: link });
  }
}

function SaveScript({ job }: { job: JobDetail }) {
  const [open, setOpen] = useState(false);
  const [name, setName] = useState("");
  const [wrong, setWrong] = useState<string | null>(null);
  const [, go] = useLocation();
  async function save(): Promise<void> {
    if (name.trim() === "") {
      setWrong("A script needs a name.");
      return;
    }
    const saved = await answer(api.POST("/api/scripts", { params: { header: onceOnly() }, body: { job_id: job.id, name: name.trim() } }));
    setOpen(false);
    go(`/scripts/${saved.script_id}`);
  }
  return (
    <>
      <Button onClick={() => setOpen(true)}>Save as script</Button>
      <Dialog
        title="Save as script"
        open={open}
        onClose={() => setOpen(false)}
        actions={
          <>
            <Button onClick={() => setOpen(false)}>Back</Button>
            <Button kind="primary" onClick={save} onRefusal={(refusal) => setWrong(refusal.message)}>Save</Button>
          </>
        }
      >
        <p>The program becomes a script of the team, with its versions, and can be run again with other parameters.</p>
        <TextField label="Name" value={name} maxLength={100} wrong={wrong} onInput={setName} />
      </Dialog>
    </>
  );
}
