import { useEffect, useState } from "preact/hooks";
import { Histogram } from "~/plots/Histogram";
import { Choice } from "~/ui/Field";
import { Empty } from "~/ui/states";
import { Badge } from "~/ui/values";
import { Duration } from "../Duration";
import { hasEnded, type JobDetail, nameOf } from "../job";
import { listCircuits, type Measured, programOf, widthOf } from "../result";
import { Amplitudes } from "./Amplitudes";
import { MitigatedPart } from "./MitigatedPart";
import { ValueTree } from "./ValueTree";

/** What came out: counts with what they should be, what the script returned, and what makes it doubtful. */
export function ResultPart({ job }: { job: JobDetail }) {
  const { result } = job;
  const circuits = listCircuits(result);
  const [chosen, setChosen] = useState("0");
  const circuit = circuits[Number(chosen)] ?? circuits[0];
  if (!hasEnded(job.status)) return <NotYet job={job} />;
  const hasValue = result?.value !== undefined && result.value !== null;
  return (
    <div class="stack">
      <Warnings job={job} />
      {circuits.length > 1 && (
        <Choice
          label={`${circuits.length} circuits were measured`}
          value={String(circuit?.index ?? 0)}
          options={circuits.map((one) => ({ value: String(one.index), label: `Circuit ${one.index + 1}: ${one.shots.toLocaleString()} shots, ${Object.keys(one.counts).length} outcomes` }))}
          onChange={setChosen}
        />
      )}
      {circuit !== undefined && <CountsPart key={circuit.index} job={job} circuit={circuit} />}
      {circuit?.mitigated && <MitigatedPart mitigated={circuit.mitigated} circuit={circuit} />}
      {circuit?.amplitudes && <Amplitudes amplitudes={circuit.amplitudes} />}
      {result?.summary !== undefined && result.summary !== null && <ValueTree title="Summary" value={result.summary} />}
      {hasValue && <ValueTree title="What the script returned" value={result.value} />}
      {circuit === undefined && !hasValue && job.status !== "failed" && (
        <Empty title={job.status === "cancelled" ? "Cancelled before there was a result" : "No counts and no value"}>
          {job.status === "cancelled" ? "“Run again” starts the same program as a new job." : "The script ended without measuring anything and without returning anything. Its log may say more."}
        </Empty>
      )}
      {circuit === undefined && !hasValue && job.status === "failed" && <p class="jobs-soft">The job failed before it left a result.</p>}
    </div>
  );
}

function NotYet({ job }: { job: JobDetail }) {
  return (
    <Empty title={job.status === "running" ? "Running" : job.status === "queued" ? "At the vendor" : "Waiting for our worker"}>
      <Duration job={job} />. The result appears here by itself when the job ends; you can close this page meanwhile.
    </Empty>
  );
}

function Warnings({ job }: { job: JobDetail }) {
  const warnings = job.result?.warnings ?? [];
  if (warnings.length === 0) return null;
  return (
    <div class="jobs-warning" role="note" aria-label="What makes this result doubtful">
      <h2>▲ This result is doubtful</h2>
      <ul>
        {warnings.map((warning) => (
          <li key={warning.flag}>
            {warning.message} <code>{warning.flag}</code>
          </li>
        ))}
      </ul>
    </div>
  );
}

function CountsPart({ job, circuit }: { job: JobDetail; circuit: Measured }) {
  const exact = useExact(job, circuit);
  const { certificate } = job.result ?? {};
  return (
    <section class="card">
      <h2>Counts</h2>
      <Histogram counts={circuit.counts} shots={circuit.shots} exact={exact} label={`Counts of ${nameOf(job)}${circuit.index > 0 ? `, circuit ${circuit.index + 1}` : ""}`} />
      <ul class="jobs-notes">
        {circuit.source === "script" && <li>These counts are what the script returned, in its own order of bits. They did not come from the backend through us, so nothing is certified of them.</li>}
        {circuit.source === "backend" && certificate && (
          <li>
            What ran and what was asked: <Badge status={certificate.result} /> by {certificate.methods.join(", ") || "no method"}.
          </li>
        )}
        {circuit.measured === "all, added" && <li>The program measures nothing: all of its qubits were measured at its end.</li>}
        {exact !== null && <li>Diamonds: the exact distribution of the program without noise, computed in this page.</li>}
        {circuit.engine !== null && <li>Engine: {circuit.engine}{job.result?.emulated ? ", under the noise of a calibration (emulated)" : ""}.</li>}
        <li>Bits: classical bit 0 is leftmost.</li>
      </ul>
    </section>
  );
}

/** The exact distribution, where the counts are the backend's and have the program's width: else there is nothing to compare with. */
function useExact(job: JobDetail, circuit: Measured): Record<string, number> | null {
  const [exact, setExact] = useState<Record<string, number> | null>(null);
  const program = circuit.source === "backend" ? programOf(job.programs, circuit)?.content : undefined;
  useEffect(() => {
    let current = true;
    setExact(null);
    if (program !== undefined) {
      void findExact(program).then((found) => {
        if (current && found !== null && widthOf(found) !== null && widthOf(found) === widthOf(circuit.counts)) setExact(found);
      });
    }
    return () => {
      current = false;
    };
  }, [program]);
  return exact;
}

async function findExact(program: string): Promise<Record<string, number> | null> {
  const { exactDistribution } = await import("~/simulator/exact");
  return exactDistribution(program);
}
