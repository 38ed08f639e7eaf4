import { useState } from "preact/hooks";
import { Choice } from "~/ui/Field";
import { Empty } from "~/ui/states";
import { Badge, Copyable, saveFile } from "~/ui/values";
import { Button } from "~/ui/Button";
import { asRecord } from "../reading";
import { hasEnded, type JobDetail } from "../job";
import { ProgramText } from "./ProgramText";

type Program = JobDetail["programs"][number];

/** As asked and as executed, side by side, and what was found when they were compared. */
export function CircuitPart({ job }: { job: JobDetail }) {
  const asked = job.programs.find((program) => program.kind === "asked");
  const sent = job.programs.filter((program) => program.kind === "interchange");
  const [chosen, setChosen] = useState("0");
  const seq = sent[Number(chosen)]?.seq ?? sent[0]?.seq ?? null;
  const program = sent.find((one) => one.seq === seq);
  const executed = job.programs.find((one) => one.kind === "executed" && one.seq === executedSeq(job, seq));
  const left = program ?? asked;
  if (left === undefined) return <Empty title="No program is kept">This job has no program of its own: it is of before programs were recorded.</Empty>;
  return (
    <div class="stack">
      {sent.length > 1 && (
        <Choice label={`${sent.length} circuits were sent`} value={chosen} options={sent.map((_, n) => ({ value: String(n), label: `Circuit ${n + 1}` }))} onChange={setChosen} />
      )}
      <div class="split">
        <Shown title={program !== undefined && program.sha256 !== asked?.sha256 ? "As sent to the backend" : "As asked"} program={left} job={job} />
        {executed !== undefined ? (
          <Shown title="As executed" program={executed} job={job} note={executed.sha256 === left.sha256 ? "The same text, byte for byte." : null} />
        ) : (
          <section class="card">
            <h2>As executed</h2>
            <p class="jobs-soft">{hasEnded(job.status) ? "Nothing ran, or the backend did not say what it ran." : "Known when the job has ended."}</p>
          </section>
        )}
      </div>
      <Certificates job={job} seq={seq} />
      {program !== undefined && asked !== undefined && program.sha256 !== asked.sha256 && <Shown title="The program as asked" program={asked} job={job} />}
    </div>
  );
}

/** A circuit's executed program has a number of its own; the recorded counts know which. */
function executedSeq(job: JobDetail, seq: number | null): number | null {
  const data = job.results.map((result) => asRecord(result.result_data)).find((one) => one.program === seq && typeof one.executed === "number");
  return typeof data?.executed === "number" ? data.executed : seq;
}

function Shown({ title, program, job, note = null }: { title: string; program: Program; job: JobDetail; note?: string | null }) {
  const extension = { qasm2: "qasm", qasm3: "qasm", python: "py" }[program.format as string] ?? "txt";
  return (
    <section class="card jobs-program">
      <div class="jobs-part-head">
        <h2>{title}</h2>
        <span class="jobs-soft">{FORMATS[program.format]}</span>
        <Button kind="quiet" class="small" onClick={() => saveFile(`job-${job.id.slice(0, 8)}-${program.kind}-${program.seq}.${extension}`, program.content, "text/plain;charset=utf-8")}>
          Download
        </Button>
      </div>
      <ProgramText content={program.content} format={program.format} label={title} />
      <p class="jobs-soft">
        {note} sha256 <Copyable text={program.sha256} shown={`${program.sha256.slice(0, 16)}…`} />
      </p>
    </section>
  );
}

const FORMATS: Record<Program["format"], string> = {
  python: "Python",
  qasm2: "OpenQASM 2",
  qasm3: "OpenQASM 3",
  braket: "Braket IR",
  ahs: "analog Hamiltonian",
  quil: "Quil",
  text: "text",
};

const MEANS: Record<string, string> = {
  equivalent: "both mean the same",
  mismatch: "they mean different things",
  not_checked: "this could not be decided",
};

function Certificates({ job, seq }: { job: JobDetail; seq: number | null }) {
  const found = job.certificates.filter((one) => seq === null || asRecord(one.certificate).program === undefined || asRecord(one.certificate).program === seq);
  if (found.length === 0) return null;
  return (
    <section class="card">
      <h2>Certificates</h2>
      <div class="scroll-x" tabIndex={0} role="region" aria-label="Certificates">
        <table>
          <thead>
            <tr><th scope="col">From → to</th><th scope="col">Found</th><th scope="col">By</th><th scope="col">Does not cover</th></tr>
          </thead>
          <tbody>
            {found.map((one) => {
              const omitted = asRecord(one.certificate).not_covered;
              return (
                <tr key={one.seq}>
                  <td>{one.hop}</td>
                  <td><Badge status={one.result} /> {MEANS[one.result]}</td>
                  <td>{one.method}</td>
                  <td>{Array.isArray(omitted) && omitted.length > 0 ? omitted.join(", ") : "–"}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </section>
  );
}
