/** A script's own parameters, as a form can show them: `shots` is asked for on its own. */
export type Parameters = Readonly<Record<string, unknown>>;

/** A script's own parameters alone. */
export function withoutShots(given: Parameters): Parameters {
  return Object.fromEntries(Object.entries(given).filter(([name]) => name !== "shots"));
}

/** The object that a text says, or why it says none. */
export function readParameters(text: string): { value: Parameters } | { problem: string } {
  let found: unknown;
  try {
    found = JSON.parse(text.trim() || "{}");
  } catch (problem) {
    return { problem: problem instanceof Error ? problem.message : "This is not JSON." };
  }
  if (typeof found !== "object" || found === null || Array.isArray(found)) return { problem: "An object is needed: {\"name\": value}." };
  return "shots" in found ? { problem: "The shots stand in their own field." } : { value: found as Parameters };
}

/** The default of `shots` that a script declares, within what a job may ask for. */
export function shotsOf(defaults: Parameters): number {
  const { shots } = defaults;
  return typeof shots === "number" && Number.isInteger(shots) && shots >= 1 && shots <= MOST_SHOTS ? shots : 1000;
}

/** What the API takes at most. */
export const MOST_SHOTS = 100_000;
