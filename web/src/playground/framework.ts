import type { EditorLanguage } from "~/editor/Editor";

/** What a program can be written for, as the API names it. */
export const FRAMEWORKS = ["openqasm", "qiskit", "cirq", "pennylane", "marqov"] as const;
export type Framework = (typeof FRAMEWORKS)[number];

export const FRAMEWORK_NAMES: Record<Framework, string> = {
  openqasm: "OpenQASM",
  qiskit: "Qiskit",
  cirq: "Cirq",
  pennylane: "PennyLane",
  marqov: "Marqov",
};

/** What a text is. `framework` null: nothing says it, and somebody must. */
export interface TextKind {
  framework: Framework | null;
  language: EditorLanguage;
  /** Of OpenQASM. */
  version: 2 | 3;
}

// The rules are the server's (src/quapsule/scripts/framework.py), so that both say the same of a text.
const IMPORTED: Record<string, Framework> = { qiskit: "qiskit", cirq: "cirq", pennylane: "pennylane", marqov: "marqov", braket: "openqasm", openqasm3: "openqasm" };
const COMMENT = /\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$)/g;
const HEADER = /^\s*OPENQASM\s+(\d+)/;
const PYTHON = /^(?:from[ \t]+[\w.]+[ \t]+import\b|import[ \t]+\w|(?:async[ \t]+)?def[ \t]+\w+[ \t]*\([^{:\n]*:|\w+[ \t]*=[ \t]*[rf]?["'])/m;
const IMPORT = /^[ \t]*(?:from[ \t]+([\w.]+)[ \t]+import\b|import[ \t]+([^#;\n]+))/gm;
const TRIPLE = /("""|''')(?:[^\\]|\\[\s\S])*?\1/g;

/** What `code` is, or is said to be by whoever `chose` a framework. */
export function readText(code: string, chosen: Framework | null = null): TextKind {
  const bare = code.replace(COMMENT, " ");
  const header = HEADER.exec(bare);
  const version = header?.[1] === "2" ? 2 : 3;
  if (header !== null) return { framework: chosen ?? "openqasm", language: "openqasm", version };
  const framework = chosen ?? detectFramework(code) ?? (code.includes("OPENQASM") ? "openqasm" : null);
  const isPython = PYTHON.test(framework === "openqasm" ? bare : code) || (framework !== null && framework !== "openqasm");
  return { framework, language: isPython ? "python" : "openqasm", version };
}

/** The framework that is imported: marqov, which builds on the others, else the first. */
export function detectFramework(code: string): Framework | null {
  const found: Framework[] = [];
  for (const [, from, list] of code.replace(TRIPLE, '""').matchAll(IMPORT)) {
    for (const part of (from ?? list ?? "").split(",")) {
      const framework = IMPORTED[part.trim().split(".")[0]?.split(" ")[0] ?? ""];
      if (framework !== undefined) found.push(framework);
    }
  }
  return found.includes("marqov") ? "marqov" : (found[0] ?? null);
}
