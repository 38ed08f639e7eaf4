import { answer, api, type Shape } from "~/api/client";
import { useLoad } from "~/api/load";
import { Trouble, Waiting } from "~/ui/states";

type Comparison = Shape<"Comparison">;

const SIGNS: Record<Comparison["verdict"], string> = { VERIFIED: "●", DIFFERENT: "✕", INCONCLUSIVE: "▲" };
const MEANS: Record<Comparison["verdict"], string> = {
  VERIFIED: "The two agree: they are not further apart than is allowed.",
  DIFFERENT: "The two differ, by more than chance explains.",
  INCONCLUSIVE: "Not enough shots to say: no difference was found, and none could be ruled out.",
};

/** Whether both sampled the same distribution, and how sure that is. */
export function Verdict({ a, b }: { a: string; b: string }) {
  const loaded = useLoad((signal) => answer(api.POST("/api/jobs/{job_id}/compare", { params: { path: { job_id: a } }, body: { other_id: b, alpha: 0.01, epsilon: 0.02 }, signal })), [a, b]);
  if (loaded.problem !== null) return <Trouble refusal={loaded.problem} onRetry={loaded.reload} />;
  if (loaded.data === undefined) return loaded.since === null ? null : <Waiting what="Comparing" since={loaded.since} />;
  const told = loaded.data;
  return (
    <section class="card">
      <h2 class="jobs-verdict">
        <strong data-verdict={told.verdict}>
          {SIGNS[told.verdict]} {told.verdict}
        </strong>
        <span>{MEANS[told.verdict]}</span>
      </h2>
      <p>{told.statement}</p>
      <dl class="facts">
        <dt>Distance</dt>
        <dd>
          {number(told.tvd)} of 1 (total variation); at most {number(told.bound)} with confidence {percent(1 - told.alpha)}, where {number(told.epsilon)} is allowed
        </dd>
        <dt>Test</dt>
        <dd>
          G = {number(told.g)}, p = {number(told.p_value)}
          {told.circuits.length > 1 && `, adjusted for ${told.circuits.length} circuits ${number(told.adjusted_p)}`} ({told.method}
          {told.resamples > 0 && `, ${told.resamples.toLocaleString()} tables drawn`})
        </dd>
        <dt>False alarms</dt>
        <dd>Runs that are the same are called different in at most {percent(told.false_alarm_rate)} of cases.</dd>
        {told.power && (
          <>
            <dt>Power</dt>
            <dd>
              A change of {percent(told.power.mix)} of the shots would be found with probability {percent(told.power.detects_mix)}
              {told.power.smallest_tvd !== null && `; the smallest that is found with ${percent(told.power.with_probability)} is a distance of ${number(told.power.smallest_tvd)}`}.
            </dd>
          </>
        )}
        <dt>Shots</dt>
        <dd>
          {told.shots_first.toLocaleString()} and {told.shots_second.toLocaleString()}, {told.outcomes.toLocaleString()} outcomes
        </dd>
      </dl>
      {told.circuits.length > 1 && <Circuits told={told} />}
    </section>
  );
}

function Circuits({ told }: { told: Comparison }) {
  return (
    <div class="scroll-x" tabIndex={0} role="region" aria-label="Each circuit">
      <table>
        <thead>
          <tr>
            <th scope="col">Circuit</th>
            <th scope="col">Verdict</th>
            <th scope="col" class="number">Distance</th>
            <th scope="col" class="number">At most</th>
            <th scope="col" class="number">G</th>
            <th scope="col" class="number">Adjusted p</th>
          </tr>
        </thead>
        <tbody>
          {told.circuits.map((one) => (
            <tr key={one.index}>
              <td>{one.index + 1}</td>
              <td>
                {SIGNS[one.verdict]} {one.verdict}
              </td>
              <td class="number">{number(one.tvd)}</td>
              <td class="number">{number(one.bound)}</td>
              <td class="number">{number(one.g)}</td>
              <td class="number">{number(one.adjusted_p)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const number = (value: number): string => String(Number(value.toPrecision(3)));
const percent = (share: number): string => `${Number((share * 100).toPrecision(3))} %`;
