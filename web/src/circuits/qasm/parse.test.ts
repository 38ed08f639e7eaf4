import { describe, expect, test } from "vitest";
import type { GateOp, MeasureOp, Op } from "../circuit";
import { courses } from "./dense";
import { parseQasm } from "./parse";

const HEAD = 'OPENQASM 3.0;\ninclude "stdgates.inc";\nqubit[3] q;\nbit[3] c;\n';
const HEAD_2 = 'OPENQASM 2.0;\ninclude "qelib1.inc";\nqreg q[3];\ncreg c[3];\n';

/** The ops of a program that is without fault, its beginning put before it. */
function ops(text: string, inputs: Record<string, number> = {}): readonly Op[] {
  const { circuit, problems } = parseQasm(HEAD + text, inputs);
  expect(problems).toEqual([]);
  return circuit?.ops ?? [];
}

/** `line:column-endColumn code message` of each problem, lines counted after the beginning. */
function told(text: string, head = HEAD): string[] {
  const lines = head.split("\n").length - 1;
  const { problems } = parseQasm(head + text);
  return problems.map((one) => `${one.line - lines}:${one.column}-${one.endColumn} ${one.level === "warning" ? "(warning) " : ""}${one.code}: ${one.message}`);
}

describe("a circuit", () => {
  test("has registers with global indexes, and ops with the place of their text", () => {
    const { circuit, version } = parseQasm('OPENQASM 3.0;\ninclude "stdgates.inc";\nqubit a;\nqubit[2] b;\nbit v;\nbit[2] w;\n  cx b[1], a;\nw = measure b;');
    expect(version).toBe(3);
    expect(circuit?.qubits).toEqual([{ name: "a", start: 0, size: 1 }, { name: "b", start: 1, size: 2 }]);
    expect(circuit?.clbits).toEqual([{ name: "v", start: 0, size: 1 }, { name: "w", start: 1, size: 2 }]);
    const [cx, measure] = circuit?.ops as [GateOp, MeasureOp];
    expect(cx).toMatchObject({ kind: "gate", name: "cx", qubits: [2, 0], controls: [true], params: [], condition: null });
    expect(cx.span).toEqual({ line: 7, column: 3, endLine: 7, endColumn: 13 });
    expect(measure).toMatchObject({ kind: "measure", qubits: [1, 2], clbits: [1, 2], span: { line: 8, column: 1, endLine: 8, endColumn: 14 } });
  });

  test("keeps controls apart from what they control", () => {
    const [first, second] = ops("ctrl @ negctrl @ h q[0], q[2], q[1]; ctrl(2) @ inv @ s q[2], q[1], q[0];") as GateOp[];
    expect(first).toMatchObject({ name: "h", controls: [true, false], qubits: [0, 2, 1] });
    expect(second).toMatchObject({ name: "inv @ s", controls: [true, true], qubits: [2, 1, 0] });
  });

  test("gives a defined gate as its body, on the circuit's own qubits", () => {
    const [op] = ops("gate g(t) a, b { rx(t) b; cx a, b; } g(0.5) q[2], q[0];") as [GateOp];
    expect(op).toMatchObject({ name: "g", params: [0.5], qubits: [2, 0], controls: [] });
    if (!("body" in op.action)) throw new Error("a matrix");
    expect(op.action.body).toMatchObject([{ name: "rx", qubits: [0], params: [0.5] }, { name: "cx", qubits: [2, 0] }]);
  });

  test("adds up the phases that nothing controls", () => {
    expect(parseQasm(`${HEAD}gphase(0.25); gphase(-1); h q;`).circuit?.phase).toBe(-0.75);
  });

  test("is what the version says, and 3 without one", () => {
    expect(parseQasm("OPENQASM 2.0;\nqreg q[1];\nU(0,0,0) q;").version).toBe(2);
    expect(parseQasm("qubit q; U(0,0,0) q;").version).toBe(3);
    expect(told("", "OPENQASM 4.0;\nqubit q;\n")).toEqual(["-1:10-13 unsupported: OpenQASM 4.0 is not known. Use 2.0, 3.0 or 3.1."]);
  });

  test("has one measurement and one reset for a whole register, and a barrier across all", () => {
    expect(ops("c = measure q; reset q; barrier;").map(({ kind, qubits }) => [kind, qubits])).toEqual([
      ["measure", [0, 1, 2]],
      ["reset", [0, 1, 2]],
      ["barrier", [0, 1, 2]],
    ]);
  });

  test("may have thousands of operations", () => {
    expect(ops("rx(pi / 4 + 0.1) q[0]; ctrl @ ry(0.3) q[1], q[2];\n".repeat(1000))).toHaveLength(2000);
  });
});

describe("conditions", () => {
  const conditions = (text: string): unknown[] => ops(text).map(({ condition }) => condition);

  test("are bits and the value that they hold", () => {
    expect(conditions("if (c[1]) x q[0];")).toEqual([{ clbits: [1], value: 1 }]);
    expect(conditions("if (c[2] == 0) x q[0];")).toEqual([{ clbits: [2], value: 0 }]);
    expect(conditions("if (c == 6) x q[0];")).toEqual([{ clbits: [0, 1, 2], value: 6 }]);
    expect(conditions("if (c[0] && !c[2]) x q[0];")).toEqual([{ clbits: [0, 2], value: 1 }]);
  });

  test("become several, of which one holds at a time", () => {
    expect(conditions("if (c == 2) x q[0]; else y q[0];")).toEqual([
      { clbits: [0, 1, 2], value: 2 },
      { clbits: [0], value: 1 },
      { clbits: [0, 1], value: 0 },
      { clbits: [0, 1, 2], value: 6 },
    ]);
    expect(conditions("if (c[0] || c[1]) x q[0];")).toEqual([
      { clbits: [0], value: 1 },
      { clbits: [0, 1], value: 2 },
    ]);
  });

  test("that exclude each other leave nothing to do", () => {
    expect(ops("if (c[0]) { if (!c[0]) x q[0]; }")).toEqual([]);
  });

  test("compare registers bit by bit", () => {
    const found = ops("bit[3] d; if (c == d) x q[0]; if (c[0] != d[1]) y q[1];");
    expect(found.filter(({ qubits }) => qubits[0] === 0)).toHaveLength(8);
    expect(found.filter(({ qubits }) => qubits[0] === 1).map(({ condition }) => condition?.clbits)).toEqual([[0, 4], [0, 4]]);
  });

  test("that their own branch measures again are told", () => {
    expect(told("if (c[0]) { c[0] = measure q[0]; x q[1]; }")).toEqual([
      "1:34-40 unsupported: The bits that decide this branch are measured again in it. The browser cannot run what follows there; server mode does.",
    ]);
  });

  test("of version 2 are asked again for each qubit", () => {
    const { circuit } = parseQasm(`${HEAD_2}if (c==1) measure q -> c;`);
    expect(circuit?.ops.map(({ qubits }) => qubits)).toEqual([[0], [1], [2]]);
  });

  test("that could never hold are told", () => {
    expect(told("if (c == 8) x q[0];")).toEqual(["1:10-11 type: 8 does not fit into the 3 bits, which hold 0 to 7."]);
    expect(told("if (c==9) x q[0];", HEAD_2)).toEqual(["1:8-9 (warning) type: This is never so: 9 does not fit into 3 bits, which hold 0 to 7."]);
  });
});

describe("inputs", () => {
  test("are listed, and asked for where they have no value", () => {
    const parsed = parseQasm(`${HEAD}input float theta;\ninput angle phi;\nrx(theta / phi) q[0];`, { phi: 2 });
    expect(parsed.inputs).toEqual(["theta", "phi"]);
    expect(parsed.circuit).toBeNull();
    expect(parsed.problems.map(({ code, message, line }) => [code, message, line])).toEqual([
      ["type", "The input `theta` has no value. Give it a number among the parameters.", 5],
    ]);
  });

  test("go where they stand", () => {
    const [op] = ops("input float theta; rx(2 * theta) q[0];", { theta: 0.25 }) as [GateOp];
    expect(op.params).toEqual([0.5]);
  });

  test("are numbers", () => {
    expect(parseQasm(`${HEAD}input float a; rx(a) q;`, { a: Number.NaN }).problems[0]?.message).toBe("The input `a` needs a finite number.");
    expect(told("input int n;")).toEqual(["1:11-12 unsupported: Inputs are of type float or angle, not int. Write `input float n;`."]);
  });
});

describe("what the browser takes beyond the server", () => {
  test("variables, arrays and loops over them, with a warning for each kind once", () => {
    const parsed = parseQasm(`${HEAD}int n = 1; array[int, 3] xs = {2, 0, 1};\nfor int i in xs { rx(0.1 * n) q[i]; n += 1; }\nwhile (n < 6) { n *= 2; h q[0]; }`);
    expect(parsed.circuit?.ops.map((op) => [op.qubits[0], op.kind === "gate" ? op.params : 0])).toEqual([[2, [0.1]], [0, [0.2]], [1, [expect.closeTo(0.3)]], [0, []]]);
    expect(parsed.problems.map(({ level, message }) => `${level} ${message}`)).toEqual([
      "warning The browser takes variables (it knows constants: const); server mode refuses that.",
      "warning The browser takes arrays; server mode refuses that.",
    ]);
  });

  test("conditions of constants, casts, operations on bits and more functions", () => {
    const parsed = parseQasm(`${HEAD}for int i in [0:2] { if (i != 1) { rx(float(1 << i) + mod(5, 3) + popcount(7)) q[i]; } }`);
    expect(parsed.circuit?.ops.map((op) => op.kind === "gate" && op.params[0])).toEqual([6, 9]);
    expect(parsed.problems).toHaveLength(5);
  });

  test("gates without a definition of their own", () => {
    expect(told("iswap q[0], q[1]; iswap q[1], q[2];")).toEqual([
      "1:1-6 (warning) unsupported: The browser takes the gate iswap without its definition (stdgates.inc has none); server mode refuses that.",
    ]);
    expect(told("gate iswap a, b { swap a, b; } iswap q[0], q[1];")).toEqual([]);
  });
});

describe("problems", () => {
  test.each([
    ["foo q[0];", "1:1-4 unknown: Unknown gate `foo`. Declare it before this line."],
    ["ccy q[0];", "1:1-4 unknown: Unknown gate `ccy`. Did you mean `cy`?"],
    ["rx(0.1) qq[0];", "1:9-11 unknown: Unknown name `qq`. Did you mean `q`?"],
    ["rx(thet) q[0]; const float theta = 1;", "1:4-8 unknown: Unknown name `thet`. Declare it before this line."],
    ["cx q[0], q[3];", "1:12-13 type: q has 3 qubits; index 3 is out of range (0 to 2)."],
    ["x q[-4];", "1:5-7 type: q has 3 qubits; index -4 is out of range (0 to 2)."],
    ["x q[1:3];", "1:5-8 type: q has 3 qubits; index 3 is out of range (0 to 2)."],
    ["qubit a; x a[0];", "1:14-15 type: a is a qubit and has no index. Write `a` alone."],
    ["cx q[0];", "1:1-3 type: `cx` acts on 2 qubits, not 1."],
    ["x q[0], q[1];", "1:9-13 type: `x` acts on 1 qubit, not 2."],
    ["ctrl @ x q[0];", "1:8-9 type: `x` acts on 2 qubits, controls first, not 1."],
    ["cx q[1], q[1];", "1:10-14 type: `cx` takes each qubit once, and this is one of its qubits already."],
    ["rx q[0];", "1:1-3 type: `rx` takes 1 parameter, not 0."],
    ["h(0.1) q[0];", "1:3-6 type: `h` takes no parameters, not 1."],
    ["x c[0];", "1:3-7 type: `x` acts on qubits, and this is a bit."],
    ["qubit[2] r; cx q, r;", "1:19-20 type: `cx` goes over registers of one size: q has 3 qubits, r 2."],
    ["measure q[0:1] -> c;", "1:1-20 type: q[0:1] has 2 qubits and c 3 bits: they go one by one."],
    ["measure q;", "1:1-10 unsupported: This result goes nowhere. Keep it in bits: `c = measure q;`."],
    ["c[0] = 1;", "1:1-5 unsupported: Only measurements write to parts of a register."],
    ["qubit q;", "1:7-8 type: `q` is declared already. Take another name."],
    ["gate h a { x a; }", "1:6-7 type: `h` is a gate of stdgates.inc. Take another name."],
    ["gate g a { g a; }", "1:12-13 unknown: The gate `g` is defined further down. Move its definition above this line."],
    ["gate g a { c[0] = measure a; }", "1:12-28 type: A gate is made of gates alone: move this out of its definition."],
    ["gate g a { x b; }", "1:14-15 unknown: Unknown name `b`. Declare it before this line."],
    ["gate g(t) a { rx(t) a; } g(1, 2) q[0];", "1:28-32 type: `g` takes 1 parameter, not 2."],
    ["g q[0]; gate g a { x a; }", "1:1-2 unknown: The gate `g` is defined further down. Move its definition above this line."],
    ["const int n = 2.5;", "1:15-18 type: `n` is an integer, and its value is not."],
    ["rx(1 / 0) q[0];", "1:4-9 type: This divides by zero."],
    ["rx(sqrt(-1)) q[0];", "1:4-12 type: `sqrt` has no value here."],
    ["rx(sinn(1)) q[0];", "1:4-8 unknown: Unknown function `sinn`. Did you mean `sin`?"],
    ["rx(sin(1, 2)) q[0];", "1:4-13 type: `sin` takes 1 number, not 2."],
    ["rx(1e308 * 10) q[0];", "1:4-14 type: This number is too large."],
    ["for int i in [0:2] { x q[i + 1]; }", "1:26-31 type: q has 3 qubits; index 3 is out of range (0 to 2)."],
    ["for int i in [0:0:2] { x q[i]; }", "1:17-18 type: A range's step cannot be 0."],
    ["while (c[0]) { x q[0]; }", "1:8-12 unsupported: A loop that measurements decide is not run in the browser; server mode runs it."],
    ["if (c) x q[0];", "1:5-6 type: A condition compares a register with a number, such as `c == 3`, or takes one bit of it."],
    ["pow(0.5) @ ccx q[0], q[1], q[2]; gate g a, b, d { ccx a, b, d; } pow(0.5) @ g q[0], q[1], q[2];", "1:70-73 unsupported: The browser takes roots of gates on one or two qubits; server mode takes wider ones."],
    ["ctrl(0) @ x q[0];", "1:6-7 type: A gate takes 1 to 64 controls, not 0."],
    ["include \"other.inc\";", '1:9-20 unsupported: Neither the browser nor the server reads files: only "stdgates.inc" can be included.'],
    ["x $0;", "1:3-5 type: A program has declared qubits or hardware qubits, not both."],
    ["delay[10ns] q[0];", "1:1-6 unsupported: A delay has no meaning without a device's time. The browser does not run it; server mode does."],
    ["bit d = 1;", "1:9-10 unsupported: Bits begin as 0 and change by measuring alone. Leave the value out."],
    ["for int i in [0:1] { qubit r; }", "1:28-29 type: Qubits are declared outside of all blocks. Move this line to the top."],
    ["input float w; gate g a { rx(w) a; }", "1:13-14 type: The input `w` has no value. Give it a number among the parameters."],
  ])("%s", (text, message) => {
    expect(told(text)[0]).toBe(message);
  });

  test.each([
    ["h q[0]", "1:6-7 syntax: Expected `;` after `]`."],
    ["h q[0] x q[1];", "1:8-9 syntax: Expected `;` before `x`."],
    ["h q[0;", "1:6-7 syntax: Expected `]` after the index, not `;`."],
    ["rx(0.1 q[0];", "1:8-9 syntax: Expected `)` after the parameters, not `q`."],
    ["rx(0.1 +) q[0];", "1:9-10 syntax: Expected a value, not `)`."],
    ["qubit r[2];", "1:8-9 syntax: In OpenQASM 3 the size stands before the name: `qubit[…] r;`."],
    ["gate g a { x a;", "1:10-11 syntax: This `{` is not closed. Write `}` where its block ends."],
    ["x q[0]; }", "1:9-10 syntax: This `}` closes nothing. Remove it."],
    ["h q[0]; # no", "1:9-10 syntax: # means nothing in OpenQASM. Remove it."],
    ["/* h q[0];", "1:1-3 syntax: This comment is not closed. Write */ where it ends."],
    ["for i in [0:2] x q[i];", "1:5-6 syntax: A loop variable has a type: `for int i in …`."],
    ["else x q[0];", "1:1-5 syntax: This `else` has no `if` before it."],
    ["OPENQASM 3.0;", "1:1-9 syntax: The version stands once, before everything else. Move this line to the top."],
    ["rx(1 ns) q[0];", "1:4-8 unsupported: Times and imaginary numbers are read neither here nor on the server."],
  ])("%s", (text, message) => {
    expect(told(text)[0]).toBe(message);
  });

  test.each([
    ["qubit[2] r;", "1:1-6 syntax: `qubit` is OpenQASM 3. Write `qreg q[2];`, or begin with `OPENQASM 3.0;`."],
    ["ctrl @ x q[0], q[1];", "1:1-5 syntax: `ctrl` is OpenQASM 3. Write it out, or begin with `OPENQASM 3.0;`."],
    ["rx(2**2) q[0];", "1:5-7 syntax: In OpenQASM 2 a power is written with `^`."],
    ["qreg Q[2];", "1:6-7 syntax: Names of OpenQASM 2 begin with a lowercase letter."],
    ["opaque g a; g q[0];", "1:13-19 unsupported: `g` is opaque, so nobody knows what it does. Define it: `gate g … { … }`."],
    ["phase(1) q[0];", "1:1-6 unknown: Unknown gate `phase`. Declare it before this line."],
  ])("in version 2: %s", (text, message) => {
    expect(told(text, HEAD_2)[0]).toBe(message);
  });

  test("come several at once, each at its place, and none for what follows from another", () => {
    expect(told("qubit[nn] r;\nh r[0];\nx q[7];\ndef f(int a) -> bit { return a; }\nf(3);\nrx(0.1 q[0];\ny q[1]\nfoo q[2];")).toEqual([
      "1:7-9 unknown: Unknown name `nn`. Declare it before this line.",
      "3:5-6 type: q has 3 qubits; index 7 is out of range (0 to 2).",
      "4:1-4 unsupported: Neither the browser nor the server runs subroutines (def). Write this one as a gate, or where it is called.",
      "6:8-9 syntax: Expected `)` after the parameters, not `q`.",
      "7:6-7 syntax: Expected `;` after `]`.",
      "8:1-4 unknown: Unknown gate `foo`. Declare it before this line.",
    ]);
  });

  test("of a gate's body are told once, called or not", () => {
    expect(told("gate g a { foo a; }\ng q[0]; g q[1];")).toEqual(["1:12-15 unknown: Unknown gate `foo`. Declare it before this line."]);
  });

  test("of a missing include are told once", () => {
    expect(told("h q[0];\ncx q[0], q[1];", "OPENQASM 3.0;\nqubit[2] q;\n")).toEqual([
      '1:1-2 unknown: `h` is a gate of stdgates.inc. Write `include "stdgates.inc";` below the first line.',
    ]);
  });

  test("are fifty at most, and errors before warnings", () => {
    const { problems, circuit } = parseQasm(`${HEAD}${"@note\nx q[0];\n".repeat(60)}${"foo q[9];\n".repeat(60)}`);
    expect(circuit).toBeNull();
    expect(problems).toHaveLength(50);
    expect(problems.every(({ level }) => level === "error")).toBe(true);
  });

  test("are an empty program, and one without qubits", () => {
    expect(parseQasm(" \n").problems).toMatchObject([{ line: 1, column: 1, message: "The program is empty." }]);
    expect(parseQasm("OPENQASM 3.0;\nbit c;").problems[0]?.message).toBe("The program has no qubit. Declare some: `qubit[2] q;`.");
  });
});

describe("limits", () => {
  test.each([
    ["a loop that is too long", `${HEAD}for int i in [0:99999] { x q[0]; y q[1]; }`],
    ["a loop without an end", `${HEAD}while (true) { }`],
    ["gates that double each other", `${HEAD}gate g0 a { x a; }${Array.from({ length: 40 }, (_, n) => `gate g${n + 1} a { g${n} a; g${n} a; }`).join("")} g40 q[0];`],
    ["a power that is too long", `${HEAD}gate g a { x a; y a; } pow(60000) @ g q[0];`],
  ])("%s is told", (_, text) => {
    const { problems, circuit } = parseQasm(text);
    expect(circuit).toBeNull();
    expect(problems.filter(({ level }) => level === "error").map(({ message }) => message)).toEqual([
      "The program comes to more than 100,000 operations here, too many for the browser.",
    ]);
  });

  test.each([
    ["parentheses", `${HEAD}rx(${"(".repeat(50_000)}1${")".repeat(50_000)}) q[0];`],
    ["minus signs", `${HEAD}rx(${"-".repeat(50_000)}1) q[0];`],
    ["a sum", `${HEAD}rx(1${" + 1".repeat(50_000)}) q[0];`],
    ["blocks", `${HEAD}${"if (c[0]) {".repeat(5_000)}x q[0];${"}".repeat(5_000)}`],
    ["ifs", `${HEAD}${"if (c[0]) ".repeat(5_000)}x q[0];`],
    ["joins", `${HEAD}let a = q${" ++ q".repeat(20_000)};`],
    ["indexes", `${HEAD}x q${"[0]".repeat(20_000)};`],
  ])("%s without an end end in a problem", (_, text) => {
    const { problems, circuit } = parseQasm(text);
    expect(circuit).toBeNull();
    expect(problems.length).toBeGreaterThan(0);
  });
});

describe("any text", () => {
  const PIECES = [
    "qubit", "[", "]", "q", "c", "gate", "g", "{", "}", "(", ")", ";", ",", "measure", "->", "=", "if", "else", "for", "in", "int", "0", "1", "2", "0:2",
    "pi", "ctrl", "@", "inv", "pow", "h", "cx", "rx", "let", "++", "const", "barrier", "reset", "while", "==", "&&", "!", "input", "float", "$0", "\"x\"",
    "/*", "//", "\n", "#pragma a", "def", "delay", "OPENQASM", "3.0", "2.0", "include", "\"stdgates.inc\"", "θ", "😀", "'", "\\", "array", "switch", "1ns",
  ];

  test("gets an answer: a circuit without errors, or errors that lie in the text", () => {
    let seed = 7;
    const random = (below: number): number => (seed = (seed * 1103515245 + 12345) % 2147483648) % below;
    for (let round = 0; round < 3000; round++) {
      const pieces = Array.from({ length: 1 + random(25) }, () => PIECES[random(PIECES.length)]);
      const text = (round % 2 ? HEAD : "") + pieces.join(random(3) ? " " : "");
      const { circuit, problems } = parseQasm(text);
      const errors = problems.filter(({ level }) => level === "error");
      expect(circuit === null, text).toBe(errors.length > 0);
      if (circuit) courses(circuit);
      const lines = text.split("\n");
      for (const { line, column, endLine, endColumn } of problems) {
        expect(line >= 1 && endLine <= lines.length && column >= 1 && endColumn <= (lines[endLine - 1]?.length ?? 0) + 2, text).toBe(true);
        expect(line < endLine || (line === endLine && column <= endColumn), text).toBe(true);
      }
    }
  });
});
