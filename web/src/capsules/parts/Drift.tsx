import { Link } from "wouter-preact";
import { answer, api, type Shape } from "~/api/client";
import { useLoad } from "~/api/load";
import { Lines } from "~/plots/Lines";
import { Arrived, Empty } from "~/ui/states";
import { sayNumber, When } from "~/ui/values";
import type { Capsule } from "../capsule";
import { Mark } from "../Mark";

type Series = Shape<"Drift">;

/** Whether the series of this capsule and its re-runs has moved, with what is known of how sure that is. */
export function Drift({ capsule }: { capsule: Capsule }) {
  const drift = useLoad(
    (signal) => answer(api.GET("/api/capsules/{capsule_id}/drift", { params: { path: { capsule_id: capsule.id } }, signal })),
    [capsule.id, capsule.children.length],
  );
  // One run alone is no fault.
  if (drift.problem?.code === "not_comparable" && capsule.children.length === 0 && capsule.parent_capsule_id === null) {
    return <Empty title="A series begins with the second run">Run this capsule again, today and next week: each re-run is set beside the first, with the confidence that the shots allow.</Empty>;
  }
  return (
    <Arrived of={drift} what="Comparing the runs">
      {(series) => <Moved series={series} here={capsule.id} />}
    </Arrived>
  );
}

function Moved({ series, here }: { series: Series; here: string }) {
  const later = series.runs.filter((run) => run.to_first !== null);
  return (
    <>
      <p role="status">
        <Mark status={series.moved ? "warn" : "verified"}>{series.moved ? "moved" : "no drift found"}</Mark> {series.statement}
      </p>
      <Lines
        label="Distance of each run to the first, with its confidence bounds"
        xLabel="when the run ended"
        yLabel="TVD to the first run"
        series={[
          {
            name: `TVD, ${100 * (1 - series.alpha)} % confidence`,
            points: later.flatMap((run) => (run.to_first === null ? [] : [{ x: new Date(run.at), y: run.to_first.tvd, low: run.to_first.lower, high: run.to_first.upper }])),
          },
        ]}
      />
      <dl class="facts">
        <dt>Change point</dt>
        <dd>{sayChange(series)}</dd>
        <dt>Trend</dt>
        <dd>{sayTrend(series)}</dd>
        <dt>False alarms</dt>
        <dd>
          at most {100 * series.false_alarm_rate} % of series that have not moved are said to have; {series.tests} tests adjusted together
        </dd>
      </dl>
      <Runs series={series} here={here} />
    </>
  );
}

function sayChange({ change }: Series) {
  if (change === null) return "not looked for";
  const said = `TVD ${change.tvd.toFixed(4)} between before and after, adjusted p = ${sayP(change.adjusted_p)}`;
  return (
    <>
      {change.found ? "found at the run of " : "none found; the series parts best at the run of "}
      <When at={change.from_at} /> ({said})
    </>
  );
}

function sayTrend({ trend, runs }: Series): string {
  if (trend === null) return runs.length < 5 ? "takes five runs" : "not looked for: the runs' shots differ, and distances with them";
  return `${trend.found ? "it moves away from the first run" : "none found"} (Kendall's tau ${trend.tau.toFixed(2)}, adjusted p = ${sayP(trend.adjusted_p)})`;
}

function Runs({ series, here }: { series: Series; here: string }) {
  return (
    <div class="scroll-x" tabIndex={0} role="region" aria-label="Runs of the series">
      <table>
        <caption class="visually-hidden">Runs of the series</caption>
        <thead>
          <tr>
            <th scope="col">Run</th>
            <th scope="col" class="number">Shots</th>
            <th scope="col" class="number">TVD to the first</th>
            <th scope="col" class="number">TVD to the one before</th>
          </tr>
        </thead>
        <tbody>
          {series.runs.map((run) => (
            <tr key={run.id}>
              <td>
                <Link href={`/capsules/${run.id}`} aria-current={run.id === here ? "page" : undefined}>
                  <When at={run.at} />
                </Link>
                {run.id === here && " (this)"}
              </td>
              <td class="number">{sayNumber(run.shots)}</td>
              <td class="number">{sayDistance(run.to_first)}</td>
              <td class="number">{sayDistance(run.to_previous)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function sayDistance(distance: Shape<"Distance"> | null): string {
  if (distance === null) return "–";
  return `${distance.tvd.toFixed(4)} [${distance.lower.toFixed(3)}, ${distance.upper.toFixed(3)}]${distance.different ? ", differs" : ""}`;
}

const sayP = (p: number): string => (p < 0.001 ? p.toExponential(1) : p.toFixed(3));
