/** One outcome of a measurement, or several summed (`key` null). Shares are of all shots, 0…1; null: not known for it. */
export interface Outcome {
  key: string | null;
  label: string;
  count: number;
  share: number;
  exact: number | null;
  compared: { count: number; share: number } | null;
}

export interface Measured {
  counts: Readonly<Record<string, number>>;
  shots: number;
}

export type Order = "key" | "count";

interface Asked extends Measured {
  exact?: Readonly<Record<string, number>> | null | undefined;
  compare?: Measured | undefined;
}

/** Every outcome that any of the series has, by bit string. */
export function listOutcomes({ counts, shots, exact, compare }: Asked): Outcome[] {
  const keys = new Set([...Object.keys(counts), ...Object.keys(compare?.counts ?? {}), ...Object.keys(exact ?? {})]);
  return [...keys].sort().map((key) => {
    const count = counts[key] ?? 0;
    const other = compare?.counts[key] ?? 0;
    return {
      key,
      label: key === "" ? "(empty)" : key,
      count,
      share: count / (shots || 1),
      exact: exact ? (exact[key] ?? 0) : null,
      compared: compare ? { count: other, share: other / (compare.shots || 1) } : null,
    };
  });
}

/** The `most` likeliest outcomes in the asked order; all others are summed into one at the end. */
export function arrange(all: readonly Outcome[], most: number, order: Order): Outcome[] {
  const likeliest = [...all].sort((one, other) => height(other) - height(one));
  // One bar too many is better shown than summed.
  const kept = all.length <= most + 1 ? likeliest : likeliest.slice(0, most);
  const shown = order === "count" ? [...kept].sort((one, other) => other.share - one.share || height(other) - height(one)) : kept.sort(byKey);
  const rest = likeliest.slice(kept.length);
  return rest.length === 0 ? shown : [...shown, sumUp(rest)];
}

/** The interval that holds a share with 95 % confidence, after Wilson (1927): it stays inside 0…1 and is right near its ends. */
export function wilson(count: number, shots: number): { low: number; high: number } {
  const z = 1.959964;
  const share = count / shots;
  const scale = 1 + z ** 2 / shots;
  const middle = (share + z ** 2 / (2 * shots)) / scale;
  const reach = (z / scale) * Math.sqrt((share * (1 - share)) / shots + z ** 2 / (4 * shots ** 2));
  return { low: Math.max(0, middle - reach), high: Math.min(1, middle + reach) };
}

const height = (outcome: Outcome): number => Math.max(outcome.share, outcome.exact ?? 0, outcome.compared?.share ?? 0);

function byKey(one: Outcome, other: Outcome): number {
  return (one.key ?? "") < (other.key ?? "") ? -1 : 1;
}

function sumUp(rest: readonly Outcome[]): Outcome {
  const total = (value: (outcome: Outcome) => number) => rest.reduce((sum, outcome) => sum + value(outcome), 0);
  const first = rest[0];
  return {
    key: null,
    label: `${rest.length.toLocaleString()} others`,
    count: total((one) => one.count),
    share: total((one) => one.share),
    exact: first?.exact === null ? null : total((one) => one.exact ?? 0),
    compared: first?.compared ? { count: total((one) => one.compared?.count ?? 0), share: total((one) => one.compared?.share ?? 0) } : null,
  };
}
