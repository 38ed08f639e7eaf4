import { expect, test } from "vitest";
import { readDraft } from "./draft";
import { numbersOf, readParams, readValue, wantedParams } from "./params";

const draft = { shots: "100", seed: "", values: {}, more: "", source: null };

test("what is outside of the bounds is refused by its field, and not sent", () => {
  const { params, wrong } = readParams({ ...draft, shots: "0", seed: "-1", values: { graph_size: "21", theta: "north" }, more: "[1]" }, ["graph_size", "theta"]);
  expect(Object.keys(wrong).sort()).toEqual(["graph_size", "more", "seed", "shots", "theta"]);
  expect(params).toEqual({ shots: 1 });
});

test("numbers, fractions of pi, JSON and text are read as what they are", () => {
  expect(readValue("-3*pi/4")).toBeCloseTo((-3 * Math.PI) / 4, 12);
  expect([readValue("7"), readValue("true"), readValue('{"a": 1}'), readValue("10110x")]).toEqual([7, true, { a: 1 }, "10110x"]);
  expect(numbersOf({ theta: "pi/2", name: "x" })).toEqual({ theta: Math.PI / 2 });
});

test("a field wins over the free JSON, and an empty field is left out", () => {
  const { params } = readParams({ ...draft, seed: "7", values: { layers: "2", secret: "" }, more: '{"layers": 1, "steps": 3}' }, ["layers", "secret"]);
  expect(params).toEqual({ shots: 100, seed: 7, layers: 2, steps: 3 });
});

test("what came as a text stays one", () => {
  const source = { kind: "template" as const, name: "Bernstein-Vazirani", defaults: { secret: "10110" } };
  expect(readParams({ ...draft, source, values: { secret: "10111" } }, ["secret"]).params).toEqual({ shots: 100, secret: "10111" });
});

test("a script's parameters are found where it reads them", () => {
  const code = 'def main(params):\n    return params["theta"], params.get("layers", 2), params["shots"]\n';
  expect(wantedParams(code, "python", [], { graph_size: 4 })).toEqual(["graph_size", "theta", "layers"]);
  expect(wantedParams("", "openqasm", ["theta"], { theta: 1, other: 2 })).toEqual(["theta"]);
});

test("a draft that is remembered in another shape is no danger", () => {
  expect(readDraft("{").mode).toBe("browser");
  const read = readDraft(JSON.stringify({ code: "x", mode: "nowhere", shots: 5, values: { a: 1, b: "2" }, source: { kind: "evil", name: "n" } }));
  expect(read).toMatchObject({ code: "x", mode: "browser", shots: "1000", values: { b: "2" }, source: null });
});
