import { useState } from "preact/hooks";
import type { Shape } from "~/api/client";
import { useLoad } from "~/api/load";
import { Histogram } from "~/plots/Histogram";
import { Button } from "~/ui/Button";
import { Arrived } from "~/ui/states";
import { asText, readArtifact } from "../artifacts";
import { type Capsule, type CircuitCounts, COUNTS_FILE, readCounts } from "../capsule";
import { Mark } from "../Mark";
import { MARKS, sayP } from "./Verdict";

type Circuit = Shape<"CircuitComparison">;

const AT_ONCE = 5;

interface Props {
  first: Capsule;
  second: Capsule;
  circuits: readonly Circuit[];
}

/** Both runs' counts over each other, circuit by circuit; those that differ most first. */
export function Overlaid({ first, second, circuits }: Props) {
  const [shown, setShown] = useState(AT_ONCE);
  const counts = useLoad((signal) => Promise.all([countsOf(first, signal), countsOf(second, signal)]), [first.id, second.id]);
  const ordered = [...circuits].sort((one, other) => one.adjusted_p - other.adjusted_p || one.index - other.index);
  return (
    <Arrived of={counts} what="Reading both counts">
      {([one, other]) => (
        <>
          {ordered.slice(0, shown).map((circuit) => {
            const [left, right] = [one[circuit.index], other[circuit.index]];
            return left && right ? <Both key={circuit.index} circuit={circuit} left={left} right={right} names={[first.name, second.name]} many={circuits.length > 1} /> : null;
          })}
          {ordered.length > shown && <Button onClick={() => setShown(shown + AT_ONCE)}>Show more of {ordered.length} circuits</Button>}
        </>
      )}
    </Arrived>
  );
}

function Both({ circuit, left, right, names, many }: { circuit: Circuit; left: CircuitCounts; right: CircuitCounts; names: [string, string]; many: boolean }) {
  const [one, other] = names[0] === names[1] ? ["first", "second"] : names;
  return (
    <section class="capsules-circuit" aria-label={`Circuit ${circuit.index}`}>
      {many && (
        <p>
          <strong>Circuit {circuit.index}</strong> <Mark status={MARKS[circuit.verdict]}>{circuit.verdict}</Mark> TVD {circuit.tvd.toFixed(4)}, at
          most {circuit.bound.toFixed(4)}, adjusted p = {sayP(circuit.adjusted_p)}
        </p>
      )}
      <Histogram counts={left.counts} shots={left.shots} name={one} compare={{ ...right, name: other ?? "second" }} label={many ? `Counts of circuit ${circuit.index}` : "Counts of both runs"} />
    </section>
  );
}

async function countsOf(capsule: Capsule, signal: AbortSignal): Promise<CircuitCounts[]> {
  return readCounts(asText(await readArtifact(capsule.id, COUNTS_FILE, signal)) ?? "") ?? [];
}
