import { useEffect, useRef, useState } from "preact/hooks";
import { answer, api } from "~/api/client";
import { useLoad } from "~/api/load";
import { Button } from "~/ui/Button";
import { Tick } from "~/ui/Field";
import { Arrived, Empty } from "~/ui/states";
import { copy, sayBytes, saveFile } from "~/ui/values";
import { hasEnded, type JobDetail } from "../job";
import { showControls } from "../reading";

/** What the script printed. */
export function LogPart({ job }: { job: JobDetail }) {
  const loaded = useLoad((signal) => answer(api.GET("/api/jobs/{job_id}/logs", { params: { path: { job_id: job.id } }, signal })), [job.id, job.updated_at]);
  return (
    <Arrived of={loaded} what="Reading the log">
      {(log) =>
        log.content === "" ? (
          <Empty title={hasEnded(job.status) ? "The script printed nothing" : "No log yet"}>
            {hasEnded(job.status) ? "What a script prints (stdout and stderr) is kept here, up to 1 MiB." : "The log is recorded when the job ends; it appears here by itself."}
          </Empty>
        ) : (
          <Shown content={log.content} truncated={log.truncated} id={job.id} />
        )
      }
    </Arrived>
  );
}

function Shown({ content, truncated, id }: { content: string; truncated: boolean; id: string }) {
  const [wrap, setWrap] = useState(true);
  const [follow, setFollow] = useState(false);
  const box = useRef<HTMLPreElement>(null);
  useEffect(() => {
    if (follow && box.current !== null) box.current.scrollTop = box.current.scrollHeight;
  }, [follow, content]);
  return (
    <>
      <div class="jobs-log-tools">
        <Tick label="Wrap lines" checked={wrap} onChange={setWrap} />
        <Tick label="Follow the end" checked={follow} onChange={setFollow} />
        <span class="jobs-soft">
          {content.split("\n").length.toLocaleString()} lines, {sayBytes(new Blob([content]).size)}
        </span>
        <Button kind="quiet" class="small" onClick={() => copy(content)}>Copy</Button>
        <Button kind="quiet" class="small" onClick={() => saveFile(`job-${id}.log`, content, "text/plain;charset=utf-8")}>Download</Button>
      </div>
      {truncated && <p class="jobs-problem">▲ The script printed more than is kept: the log was cut.</p>}
      <pre ref={box} class={wrap ? "jobs-log wrapped" : "jobs-log"} tabIndex={0} role="region" aria-label="Log">
        {showControls(content)}
      </pre>
    </>
  );
}
