import { FRAMEWORKS, type Framework } from "./frameworks";
import type { Script } from "./script";

/** The parts of the library, in the order of their tabs. */
export const LIBRARIES = [
  { id: "platform", label: "Templates" },
  { id: "mine", label: "Mine" },
  { id: "team", label: "Team" },
  { id: "published", label: "Published" },
] as const;

/** A part of the library by the name that the API gives it. */
export type Library = (typeof LIBRARIES)[number]["id"];

/** What of the library is shown, as the address says it. */
export interface Shown {
  library: Library;
  framework: Framework | "";
  q: string;
}

/** From an address's query (`?library=…`); what it does not know is as if not said. */
export function readShown(search: string): Shown {
  const asked = new URLSearchParams(search);
  return {
    library: LIBRARIES.find(({ id }) => id === asked.get("library"))?.id ?? "platform",
    framework: FRAMEWORKS.find(({ value }) => value === asked.get("framework"))?.value ?? "",
    q: (asked.get("q") ?? "").slice(0, 200),
  };
}

/** The address that shows it. */
export function writeShown({ library, framework, q }: Shown): string {
  const said = new URLSearchParams({ ...(library !== "platform" && { library }), ...(framework && { framework }), ...(q && { q }) }).toString();
  return said === "" ? "/scripts" : `/scripts?${said}`;
}

/** Templates of one name are one thing in several frameworks, in the order of the alphabet; all others stand alone, as they come. */
export function alike(scripts: readonly Script[], library: Library): [Script, ...Script[]][] {
  if (library !== "platform") return scripts.map((script) => [script]);
  const groups = new Map<string, [Script, ...Script[]]>();
  for (const script of scripts) {
    const group = groups.get(script.name);
    if (group === undefined) groups.set(script.name, [script]);
    else group.push(script);
  }
  const place = (script: Script) => FRAMEWORKS.findIndex(({ value }) => value === script.framework);
  for (const group of groups.values()) group.sort((one, other) => place(one) - place(other));
  return [...groups.values()].sort(([one], [other]) => one.name.localeCompare(other.name));
}
