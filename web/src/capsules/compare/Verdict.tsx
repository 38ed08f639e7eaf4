import type { Shape } from "~/api/client";
import { sayNumber } from "~/ui/values";
import { Mark } from "../Mark";

type Comparison = Shape<"Comparison">;

/** How a verdict is marked. */
export const MARKS = { VERIFIED: "verified", DIFFERENT: "mismatch", INCONCLUSIVE: "warn" } as const satisfies Record<Comparison["verdict"], string>;

const METHODS: Record<Comparison["method"], string> = {
  exact: "exact: all ways to deal the shots are counted",
  permutation: "permutation: random ways to deal the shots, seeded by the counts themselves",
  bound: "an upper bound: it is too small to simulate",
};

/** The verdict in words, and the figures that it rests on. */
export function Verdict({ of: found }: { of: Comparison }) {
  return (
    <section class="capsules-verdict" aria-label="Verdict">
      <p role="status">
        <Mark status={MARKS[found.verdict]}>{found.verdict}</Mark> {found.statement}
      </p>
      <dl class="facts">
        <dt>Distance</dt>
        <dd>
          TVD {found.tvd.toFixed(4)}, at most {found.bound.toFixed(4)} with {percent(1 - found.alpha)} confidence
        </dd>
        <dt>Test</dt>
        <dd>
          G = {found.g.toFixed(2)}, p = {sayP(found.p_value)}, adjusted p = {sayP(found.adjusted_p)}; {METHODS[found.method]}
          {found.resamples > 0 && ` (${sayNumber(found.resamples)} drawn)`}
        </dd>
        <dt>False alarms</dt>
        <dd>at most {percent(found.false_alarm_rate)} of equal runs are called DIFFERENT</dd>
        <dt>Power</dt>
        <dd>{sayPower(found)}</dd>
        <dt>Shots</dt>
        <dd>
          {sayNumber(found.shots_first)} and {sayNumber(found.shots_second)}, {sayNumber(found.outcomes)} outcomes
        </dd>
      </dl>
    </section>
  );
}

function sayPower({ power }: Comparison): string {
  if (power === null) return "not stated";
  const least = power.smallest_tvd === null ? "no change would be found so surely" : `the smallest distance found with ${percent(power.with_probability)} is ${power.smallest_tvd.toFixed(4)}`;
  return `${percent(power.mix)} of depolarised shots would be found with a probability of ${percent(power.detects_mix)}; ${least}`;
}

export const sayP = (p: number): string => (p < 0.001 ? p.toExponential(1) : p.toFixed(3));

const percent = (share: number): string => `${Number((100 * share).toPrecision(4))} %`;
