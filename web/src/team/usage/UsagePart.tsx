import { useState } from "preact/hooks";
import { useLocation, useSearch } from "wouter-preact";
import { answer, api, type Shape } from "~/api/client";
import { useLoad } from "~/api/load";
import { team } from "~/api/session";
import { saveCsv } from "~/plots/download";
import { Button } from "~/ui/Button";
import { Choice } from "~/ui/Field";
import { Arrived, Empty } from "~/ui/states";
import { sayNumber, saySeconds, sayUsd } from "~/ui/values";
import { DayBars } from "./DayBars";
import { boundsOf, type Period, PERIODS, periodOf } from "./period";
import { UsageTable } from "./UsageTable";

type TeamUsage = Shape<"TeamUsage">;
/** What some jobs used; see the API's Usage. */
export type Usage = Shape<"Usage">;

const COUNTED = ["jobs", "completed", "failed", "cancelled", "shots", "wall_time_seconds", "cost_usd"] as const;

/** What the team ran: whole, per day, per backend and per member. */
export function UsagePart() {
  const team_id = team.value?.id ?? "";
  const period = periodOf(`?${useSearch()}`);
  const [, go] = useLocation();
  const [now] = useState(() => new Date());
  const usage = useLoad((signal) => answer(api.GET("/api/team/usage", { params: { query: { team_id, ...boundsOf(period, now) } }, signal })), [team_id, period]);
  const counted = usage.data;
  return (
    <div class="stack">
      <div class="row team-controls">
        <Choice<Period> label="Period" value={period} options={PERIODS} onChange={(days) => go(`/team/usage?days=${days}`, { replace: true })} />
        {counted !== undefined && counted.totals.jobs > 0 && <Button class="team-submit" onClick={() => save(counted, team.value?.name ?? "team")}>Save as CSV</Button>}
      </div>
      <Arrived of={usage} what="Counting what was run">
        {(data) =>
          data.totals.jobs === 0 ? (
            <Empty title="Nothing was run in this time">Jobs of the team are counted here: how many, how many shots, how long, and what they cost. Submit one from the playground, or choose a longer period.</Empty>
          ) : (
            <Counted usage={data} />
          )
        }
      </Arrived>
    </div>
  );
}

function Counted({ usage }: { usage: TeamUsage }) {
  const { totals } = usage;
  return (
    <>
      <dl class="team-totals">
        <Total name="Jobs" value={sayNumber(totals.jobs)} more={`${sayNumber(totals.completed)} completed, ${sayNumber(totals.failed)} failed, ${sayNumber(totals.cancelled)} cancelled`} />
        <Total name="Shots" value={sayNumber(totals.shots)} more="of completed jobs" />
        <Total name="Time" value={saySeconds(totals.wall_time_seconds)} more="that scripts ran" />
        <Total name="Cost" value={sayUsd(totals.cost_usd)} more="that was paid" />
      </dl>
      <section class="card" aria-labelledby="usage-days">
        <DayBars days={usage.by_day} />
      </section>
      <section class="card scroll-x" aria-labelledby="usage-backends">
        <h2 id="usage-backends">By backend</h2>
        <UsageTable label="By backend" first="Backend" rows={usage.by_backend.map((one) => ({ id: one.backend, name: one.backend, href: `/backends/${encodeURIComponent(one.backend)}`, usage: one }))} />
      </section>
      <section class="card scroll-x" aria-labelledby="usage-members">
        <h2 id="usage-members">By member</h2>
        <UsageTable label="By member" first="Member" rows={usage.by_member.map((one) => ({ id: one.user_id ?? "gone", name: whoIs(one), usage: one }))} />
      </section>
    </>
  );
}

function Total({ name, value, more }: { name: string; value: string; more: string }) {
  return (
    <div class="card">
      <dt>{name}</dt>
      <dd>
        <strong class="number">{value}</strong>
        <small>{more}</small>
      </dd>
    </div>
  );
}

function whoIs({ user_id, name }: Shape<"MemberUsage">): string {
  return name ?? (user_id === null ? "People whose account is gone" : `Somebody without a name (${user_id.slice(0, 8)})`);
}

function save(usage: TeamUsage, name: string): void {
  const line = (by: string, of: string, one: Usage) => [by, of, ...COUNTED.map((what) => one[what])];
  saveCsv(
    `usage of ${name}, ${usage.since.slice(0, 10)} to ${usage.until.slice(0, 10)}`.replaceAll(/[\\/:*?"<>|]/g, "_"),
    ["by", "of", ...COUNTED],
    [
      line("total", "", usage.totals),
      ...usage.by_day.map((one) => line("day", one.day, one)),
      ...usage.by_backend.map((one) => line("backend", one.backend, one)),
      ...usage.by_member.map((one) => line("member", whoIs(one), one)),
    ],
  );
}
