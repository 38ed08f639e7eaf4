import "./capsules.css";
import { useState } from "preact/hooks";
import { Link, useSearchParams } from "wouter-preact";
import { answer, api, type Shape } from "~/api/client";
import { useLoad } from "~/api/load";
import { Page } from "~/ui/Page";
import { Arrived, Empty } from "~/ui/states";
import { Choice } from "~/ui/Field";
import type { Capsule } from "./capsule";
import { Overlaid } from "./compare/Overlaid";
import { Pick } from "./compare/Pick";
import { Verdict } from "./compare/Verdict";
import { readCapsule } from "./read";

type Comparison = Shape<"Comparison">;

const EPSILONS = ["0.005", "0.01", "0.02", "0.05", "0.1"];
const ALPHAS = ["0.05", "0.01", "0.001"];

/** Whether two capsules' runs say the same: the verdict in words, the figures behind it, both histograms. */
export default function ComparePage() {
  const [address, setAddress] = useSearchParams();
  const [a, b] = [address.get("a") ?? "", address.get("b") ?? ""];
  const put = (changes: Record<string, string>) => setAddress((before) => ({ ...Object.fromEntries(before), ...changes }), { replace: true });
  return (
    <Page title="Compare two capsules" about="Do two runs say the same? At the shots they have, and no surer than that.">
      <div class="split">
        <Pick label="First" value={a} onChange={(id) => put({ a: id })} />
        <Pick label="Second" value={b} onChange={(id) => put({ b: id })} />
      </div>
      {a === "" || b === "" ? (
        <Empty title="Choose two">Runs of the same circuits can be compared: a re-run with its parent, one backend with another, today with last week.</Empty>
      ) : (
        <Pair key={`${a} ${b}`} a={a} b={b} />
      )}
    </Page>
  );
}

function Pair({ a, b }: { a: string; b: string }) {
  const [epsilon, setEpsilon] = useState("0.02");
  const [alpha, setAlpha] = useState("0.01");
  const both = useLoad((signal) => Promise.all([readCapsule(a, signal), readCapsule(b, signal)]), [a, b]);
  const comparison = useLoad((signal) => compare(a, b, Number(epsilon), Number(alpha), signal), [a, b, epsilon, alpha]);
  return (
    <>
      <div class="row">
        <Choice label="Agree within" value={epsilon} options={EPSILONS.map((value) => ({ value, label: `TVD ${value}` }))} onChange={setEpsilon} />
        <Choice label="False alarms" value={alpha} options={ALPHAS.map((value) => ({ value, label: `at most ${100 * Number(value)} %` }))} onChange={setAlpha} />
      </div>
      <Arrived of={comparison} what="Comparing the counts">
        {(found) => <Verdict of={found} />}
      </Arrived>
      <Arrived of={both} what="Reading both capsules">
        {([first, second]) => (
          <>
            <Names first={first} second={second} />
            {comparison.data !== undefined && <Overlaid first={first} second={second} circuits={comparison.data.circuits} />}
          </>
        )}
      </Arrived>
    </>
  );
}

function Names({ first, second }: { first: Capsule; second: Capsule }) {
  return (
    <p>
      <Link href={`/capsules/${first.id}`}>{first.name}</Link> beside <Link href={`/capsules/${second.id}`}>{second.name}</Link>
    </p>
  );
}

function compare(a: string, b: string, epsilon: number, alpha: number, signal: AbortSignal): Promise<Comparison> {
  return answer(api.POST("/api/capsules/{capsule_id}/compare", { params: { path: { capsule_id: a } }, body: { other_id: b, epsilon, alpha }, signal }));
}
