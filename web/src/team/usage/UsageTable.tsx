import { Link } from "wouter-preact";
import { sayNumber, saySeconds, sayUsd } from "~/ui/values";
import type { Usage } from "./UsagePart";

interface Props {
  label: string;
  /** What the first column names. */
  first: string;
  rows: readonly { id: string; name: string; href?: string; usage: Usage }[];
}

/** Usage by backend or by member, a line each. */
export function UsageTable({ label, first, rows }: Props) {
  return (
    <table class="team-table" aria-label={label}>
      <thead>
        <tr>
          <th scope="col">{first}</th>
          <th scope="col" class="number">Jobs</th>
          <th scope="col" class="number team-wide">Failed</th>
          <th scope="col" class="number team-wide">Shots</th>
          <th scope="col" class="number team-wide">Time</th>
          <th scope="col" class="number">Cost</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ id, name, href, usage }) => (
          <tr key={id}>
            <th scope="row">{href === undefined ? name : <Link href={href}>{name}</Link>}</th>
            <td class="number">{sayNumber(usage.jobs)}</td>
            <td class="number team-wide">{sayNumber(usage.failed)}</td>
            <td class="number team-wide">{sayNumber(usage.shots)}</td>
            <td class="number team-wide">{saySeconds(usage.wall_time_seconds)}</td>
            <td class="number">{sayUsd(usage.cost_usd)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
