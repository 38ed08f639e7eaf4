import { scaleBand, scaleLinear } from "d3-scale";
import { useRef, useState } from "preact/hooks";
import type { Shape } from "~/api/client";
import { useWidth } from "~/plots/size";
import { Choice } from "~/ui/Field";
import { sayNumber, saySeconds, sayUsd } from "~/ui/values";

type Day = Shape<"DayUsage">;

const MEASURES = [
  { value: "jobs", label: "Jobs", say: sayNumber },
  { value: "shots", label: "Shots", say: sayNumber },
  { value: "wall_time_seconds", label: "Time", say: saySeconds },
  { value: "cost_usd", label: "Cost", say: sayUsd },
] as const;
type Measure = (typeof MEASURES)[number]["value"];

const HEIGHT = 200;
const SPACE = { top: 12, right: 8, bottom: 28, left: 64 };
const DAY = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", timeZone: "UTC" });

/** One bar for each day (UTC), of what the reader chooses; the same as a table. */
export function DayBars({ days }: { days: readonly Day[] }) {
  const [measure, setMeasure] = useState<Measure>("jobs");
  const { label, say } = MEASURES.find(({ value }) => value === measure) ?? MEASURES[0];
  const holder = useRef<HTMLDivElement>(null);
  const width = useWidth(holder);
  const most = Math.max(...days.map((day) => day[measure]), 0);
  const x = scaleBand(days.map(({ day }) => day), [SPACE.left, width - SPACE.right]).paddingInner(days.length > 60 ? 0 : 0.2);
  const y = scaleLinear([0, most || 1], [HEIGHT - SPACE.bottom, SPACE.top]).nice(4);
  const ticks = y.ticks(4).filter((tick) => measure === "cost_usd" || measure === "wall_time_seconds" || Number.isInteger(tick));
  const busy = days.filter((day) => day.jobs > 0);
  return (
    <>
      <header class="team-head">
        <h2 id="usage-days">Per day</h2>
        <Choice<Measure> label="What the bars show" value={measure} options={MEASURES} onChange={setMeasure} />
      </header>
      <div ref={holder}>
        <svg class="plot" viewBox={`0 0 ${width} ${HEIGHT}`} role="img" aria-label={`${label} per day, ${days.length} days, at most ${say(most)} on one day`}>
          <g class="axis">
            {ticks.map((tick) => (
              <g key={tick}>
                <line class="team-grid" x1={SPACE.left} x2={width - SPACE.right} y1={y(tick)} y2={y(tick)} />
                <text x={SPACE.left - 8} y={y(tick) + 4} text-anchor="end">
                  {say(tick)}
                </text>
              </g>
            ))}
            {labelled(days, width).map(({ day }) => (
              <text key={day} x={(x(day) ?? 0) + x.bandwidth() / 2} y={HEIGHT - 8} text-anchor="middle">
                {DAY.format(new Date(day))}
              </text>
            ))}
          </g>
          {days.map((day) => (
            <rect key={day.day} class="team-bar" x={x(day.day)} width={Math.max(1, x.bandwidth())} y={y(day[measure])} height={y(0) - y(day[measure])}>
              <title>{`${DAY.format(new Date(day.day))}: ${say(day[measure])}`}</title>
            </rect>
          ))}
        </svg>
      </div>
      <details>
        <summary>Show as table</summary>
        <table class="team-table" aria-label={`${label} per day`}>
          <thead>
            <tr>
              <th scope="col">Day (UTC)</th>
              {MEASURES.map((one) => (
                <th key={one.value} scope="col" class="number">
                  {one.label}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {busy.map((day) => (
              <tr key={day.day}>
                <th scope="row">{day.day}</th>
                {MEASURES.map((one) => (
                  <td key={one.value} class="number">
                    {one.say(day[one.value])}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
        {busy.length < days.length && <p class="team-note">On the other {days.length - busy.length} days nothing was run.</p>}
      </details>
    </>
  );
}

/** As many days as have room for their name under the axis. */
function labelled(days: readonly Day[], width: number): readonly Day[] {
  const every = Math.max(1, Math.ceil(days.length / Math.max(2, Math.floor((width - SPACE.left) / 70))));
  return days.filter((_, n) => n % every === 0);
}
