import type { Expr } from "./ast";
import type { Test } from "./conditions";

/** What a name or an expression stands for while a program is read. */
export type Value =
  /** `whole`: an int or uint, which divides without a rest. NaN: known only once the program is given its inputs. */
  | { is: "number"; value: number; whole: boolean }
  | { is: "bool"; value: boolean }
  /** Global indexes. `single`: one qubit or bit that is no register. */
  | { is: "qubits"; at: readonly number[]; single: boolean }
  | { is: "bits"; at: readonly number[]; single: boolean }
  | { is: "test"; test: Test }
  | { is: "list"; items: readonly Value[] }
  /** Declared without a value. */
  | { is: "unset" }
  /** What went wrong with it has been told. */
  | { is: "lost" };

export const number = (value: number, whole = false): Value => ({ is: "number", value, whole });
export const bool = (value: boolean): Value => ({ is: "bool", value });

/** As a message says it. */
export function called(value: Value): string {
  switch (value.is) {
    case "number":
      return "a number";
    case "bool":
      return "a truth value";
    case "qubits":
      return value.single ? "a qubit" : `a register of ${value.at.length} qubits`;
    case "bits":
      return value.single ? "a bit" : `a register of ${value.at.length} bits`;
    case "test":
      return "a condition";
    case "list":
      return "a list";
    case "unset":
    case "lost":
      return "without a value";
  }
}

/** The name at the heart of an expression, for messages. */
export function nameIn(expr: Expr): string | null {
  if (expr.is === "name") return expr.text;
  if (expr.is === "hardware") return `$${expr.index}`;
  return expr.is === "index" ? nameIn(expr.of) : null;
}

/** Names by block; the innermost wins. `bounds`: the blocks that are decided while the program runs begin there. */
export class Scopes {
  private readonly stack: Map<string, Value>[] = [new Map()];

  get(name: string): Value | undefined {
    for (let depth = this.stack.length - 1; depth >= 0; depth--) {
      const value = this.stack[depth]?.get(name);
      if (value) return value;
    }
    return undefined;
  }

  get depth(): number {
    return this.stack.length;
  }

  /** How deep the block is that declares a name; 0: none does. */
  depthOf(name: string): number {
    return this.stack.findLastIndex((scope) => scope.has(name)) + 1;
  }

  /** Is it declared in this very block? */
  here(name: string): boolean {
    return this.stack.at(-1)?.has(name) ?? false;
  }

  declare(name: string, value: Value): void {
    this.stack.at(-1)?.set(name, value);
  }

  assign(name: string, value: Value): void {
    this.stack[this.depthOf(name) - 1]?.set(name, value);
  }

  inside<T>(run: () => T): T {
    this.stack.push(new Map());
    try {
      return run();
    } finally {
      this.stack.pop();
    }
  }

  /** Only the outermost names and those of `own`, as in a gate's body. */
  apart<T>(own: ReadonlyMap<string, Value>, run: () => T): T {
    const others = this.stack.splice(1, Infinity, new Map(own));
    try {
      return run();
    } finally {
      this.stack.splice(1, Infinity, ...others);
    }
  }

  names(): Set<string> {
    return new Set(this.stack.flatMap((scope) => [...scope.keys()]));
  }
}
