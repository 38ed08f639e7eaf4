import type { Shape } from "~/api/client";
import type { EditorLanguage } from "~/editor/Editor";

/** A framework by the name that the API gives it. */
export type Framework = NonNullable<Shape<"ChangeBody">["framework"]>;

/** What a framework is called, in the order of a choice. */
export const FRAMEWORKS: readonly { value: Framework; label: string }[] = [
  { value: "openqasm", label: "OpenQASM" },
  { value: "qiskit", label: "Qiskit" },
  { value: "cirq", label: "Cirq" },
  { value: "pennylane", label: "PennyLane" },
  { value: "marqov", label: "marqov" },
];

/** What a script of it is written in. */
export const languageOf = (framework: string | null): EditorLanguage => (framework === "openqasm" ? "openqasm" : "python");

/** As people write it; one that is not known here as it stands. */
export function sayFramework(framework: string | null): string {
  return FRAMEWORKS.find(({ value }) => value === framework)?.label ?? framework ?? "unknown";
}
