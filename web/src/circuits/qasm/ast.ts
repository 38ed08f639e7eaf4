import type { Place } from "./problems";

export interface Name extends Place {
  text: string;
}

export type Expr = Place &
  (
    | { is: "number"; value: number; whole: boolean }
    | { is: "bits"; text: string }
    | { is: "name"; text: string }
    | { is: "hardware"; index: number }
    | { is: "index"; of: Expr; by: Expr }
    | { is: "unary"; op: string; of: Expr }
    | { is: "binary"; op: string; left: Expr; right: Expr }
    | { is: "call"; name: Name; args: readonly Expr[] }
    | { is: "range"; from: Expr | null; step: Expr | null; to: Expr | null }
    | { is: "set"; items: readonly Expr[] }
    | { is: "measure"; of: Expr }
  );

export interface Modifier extends Place {
  name: "inv" | "pow" | "ctrl" | "negctrl";
  amount: Expr | null;
}

export interface Call extends Place {
  modifiers: readonly Modifier[];
  name: Name;
  params: readonly Expr[];
  operands: readonly Expr[];
}

export type NumberType = "int" | "uint" | "float" | "angle" | "bool";

export type Statement = Place &
  (
    | { is: "include"; file: Name }
    | { is: "qubits"; name: Name; size: Expr | null }
    | { is: "bits"; name: Name; size: Expr | null; value: Expr | null }
    | { is: "number"; type: NumberType; constant: boolean; name: Name; value: Expr | null }
    | { is: "array"; name: Name; value: Expr | null }
    | { is: "input"; type: string; name: Name }
    | { is: "gate"; name: Name; params: readonly Name[]; qubits: readonly Name[]; body: readonly Statement[] }
    | { is: "opaque"; name: Name }
    | { is: "call"; call: Call }
    | { is: "measure"; of: Expr; to: Expr | null }
    | { is: "reset"; of: Expr }
    | { is: "barrier"; operands: readonly Expr[] }
    | { is: "assign"; to: Expr; op: string; value: Expr }
    | { is: "let"; name: Name; value: Expr }
    | { is: "for"; name: Name; over: Expr; body: readonly Statement[] }
    | { is: "while"; test: Expr; body: readonly Statement[] }
    | { is: "if"; test: Expr; then: readonly Statement[]; otherwise: readonly Statement[] }
    | { is: "block"; body: readonly Statement[] }
  );

/** `lost`: names in what could not be read; who uses them is not to blame. */
export interface Program {
  version: 2 | 3;
  /** Since 3.1 U has another phase. */
  minor: number;
  statements: readonly Statement[];
  lost: ReadonlySet<string>;
}
