import type { Description } from "./description";

export type MetricId = "t1" | "t2" | "readout" | "one" | "two";

/** A figure that every qubit, or every coupling, has. `values`: in the order of qubits, or of edges. */
export interface Metric {
  id: MetricId;
  name: string;
  unit: string;
  of: "qubit" | "edge";
  isLowBetter: boolean;
  values: (device: Description) => (number | null)[];
}

export const METRICS: readonly Metric[] = [
  { id: "t1", name: "T1", unit: "µs", of: "qubit", isLowBetter: false, values: (device) => device.t1Us },
  { id: "t2", name: "T2", unit: "µs", of: "qubit", isLowBetter: false, values: (device) => device.t2Us },
  {
    id: "readout",
    name: "Readout error",
    unit: "%",
    of: "qubit",
    isLowBetter: true,
    values: (device) => device.readoutError.map((pair) => (pair === null ? null : 50 * (pair[0] + pair[1]))),
  },
  { id: "one", name: "One-qubit gate error", unit: "%", of: "qubit", isLowBetter: true, values: (device) => device.oneQubitError.map(percent) },
  { id: "two", name: "Two-qubit gate error", unit: "%", of: "edge", isLowBetter: true, values: (device) => device.twoQubitError.map(percent) },
];

export const metricOf = (id: MetricId): Metric => METRICS.find((metric) => metric.id === id) ?? (METRICS[0] as Metric);

/** Lowest, quartiles and highest of what was measured; null when nothing was. */
export interface Spread {
  low: number;
  first: number;
  median: number;
  third: number;
  high: number;
  measured: number;
}

export function spreadOf(values: readonly (number | null)[]): Spread | null {
  const sorted = values.filter((value) => value !== null).sort((one, other) => one - other);
  const at = (share: number): number => {
    const place = share * (sorted.length - 1);
    const [below, above] = [sorted[Math.floor(place)] ?? NaN, sorted[Math.ceil(place)] ?? NaN];
    return below + (above - below) * (place - Math.floor(place));
  };
  if (sorted.length === 0) return null;
  return { low: at(0), first: at(0.25), median: at(0.5), third: at(0.75), high: at(1), measured: sorted.length };
}

/** Three digits and the unit. */
export function sayValue(value: number | null, metric: Metric): string {
  if (value === null) return "not measured";
  return isLong(value, metric) ? shortValue(value, metric) : `${shortValue(value, metric)} ${metric.unit}`;
}

/** Three digits; with a unit where that is another than usual: trapped ions live for seconds. */
export function shortValue(value: number, metric: Metric): string {
  const digits = (number: number) => String(Number(number.toPrecision(3)));
  if (!isLong(value, metric)) return digits(value);
  return value < 1e6 ? `${digits(value / 1e3)} ms` : `${digits(value / 1e6)} s`;
}

const isLong = (value: number, metric: Metric): boolean => metric.unit === "µs" && value >= 1000;

function percent(value: number | null): number | null {
  return value === null ? null : 100 * value;
}
