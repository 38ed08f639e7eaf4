import { asCounts, asNumber, asRecord, asText } from "./reading";
import type { JobDetail, JobResult } from "./job";

type Program = JobDetail["programs"][number];

/** One measured circuit of a job, as the API's result has it. `program`, `executed`: seq of its programs. */
export interface Measured {
  index: number;
  counts: Record<string, number>;
  shots: number;
  source: "backend" | "script";
  measured: string | null;
  program: number | null;
  executed: number | null;
  engine: string | null;
  mitigated: Mitigated | null;
  amplitudes: readonly (readonly [number, number])[] | null;
}

/** What counts would say with less noise. `probabilities`: nearest to what was corrected; null where none were found. */
export interface Mitigated {
  probabilities: Record<string, number> | null;
  /** Expectation values in words: what, value, standard error. */
  values: readonly { what: string; value: number; error: number | null }[];
  problems: readonly string[];
}

export function listCircuits(result: JobResult | null): Measured[] {
  if (!result?.counts) return [];
  const several = Array.isArray(result.circuits) ? result.circuits.map(asRecord) : [];
  const found: Record<string, unknown>[] = several.length > 1 ? several : [result as Record<string, unknown>];
  return found.flatMap((one, index) => {
    const counts = asCounts(one.counts);
    return counts === null ? [] : [readCircuit(one, counts, index)];
  });
}

function readCircuit(one: Record<string, unknown>, counts: Record<string, number>, index: number): Measured {
  const engine = asRecord(one.engine);
  const name = asText(engine.name);
  return {
    index,
    counts,
    shots: asNumber(one.shots) ?? Object.values(counts).reduce((sum, count) => sum + count, 0),
    source: one.counts_source === "script" ? "script" : "backend",
    measured: asText(one.measured),
    program: asNumber(one.program),
    executed: asNumber(one.executed),
    engine: name && [name, asText(engine.version)].filter(Boolean).join(" "),
    mitigated: one.mitigated === undefined ? null : readMitigated(asRecord(one.mitigated)),
    amplitudes: readAmplitudes(asRecord(one.statevector).amplitudes),
  };
}

function readMitigated(given: Record<string, unknown>): Mitigated {
  const readout = asRecord(given.readout);
  const zne = asRecord(given.zne);
  const values = [
    ["raw", given.raw],
    ["readout corrected", readout.expectation],
    [`extrapolated to no noise (${asText(zne.extrapolation) ?? "ZNE"})`, zne.expectation],
  ].flatMap(([what, mean]) => {
    const value = asNumber(asRecord(mean).value);
    return value === null ? [] : [{ what: `⟨${asText(given.observable) ?? "Z"}⟩ ${String(what)}`, value, error: asNumber(asRecord(mean).standard_error) }];
  });
  const problems = [given, readout, asRecord(readout.distribution), zne].flatMap((place) => asText(asRecord(place.problem).message) ?? []);
  return { probabilities: asCounts(readout.probabilities), values, problems };
}

function readAmplitudes(given: unknown): Measured["amplitudes"] {
  if (!Array.isArray(given)) return null;
  const pairs = given.flatMap((pair: unknown) => {
    if (!Array.isArray(pair)) return [];
    const [re, im] = pair.map(asNumber);
    return typeof re === "number" && typeof im === "number" ? [[re, im] as const] : [];
  });
  return pairs.length === given.length ? pairs : null;
}

/** The OpenQASM text that a circuit was measured from, where there is one. */
export function programOf(programs: readonly Program[], circuit: Measured): Program | undefined {
  const fits = (program: Program) => program.format === "qasm2" || program.format === "qasm3";
  return programs.find((program) => program.kind === "interchange" && program.seq === circuit.program && fits(program)) ?? (circuit.index === 0 ? programs.find((program) => program.kind === "asked" && fits(program)) : undefined);
}

/** The one width of all keys, or null where they have none: then nothing can be put beside them. */
export function widthOf(counts: Record<string, number>): number | null {
  const widths = new Set(Object.keys(counts).map((key) => (/^[01]+$/.test(key) ? key.length : -1)));
  const [width] = widths;
  return widths.size === 1 && width !== undefined && width > 0 ? width : null;
}
