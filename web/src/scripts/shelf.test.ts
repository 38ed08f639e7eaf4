import { expect, it } from "vitest";
import { alike, readShown, writeShown } from "./shelf";
import type { Script } from "./script";

function template(name: string, framework: string): Script {
  return {
    id: `${name} ${framework}`, slug: name, name, framework, description: null, category: "", qubits: 2, script_type: "script", default_parameters: {},
    estimated_cost_usd: null, is_public: false, is_active: true, is_template: true, user_id: null, team_id: null, created_at: "", updated_at: "",
  };
}

it("puts templates of one name together, and nothing else", () => {
  const scripts = [template("GHZ", "cirq"), template("Bell", "cirq"), template("GHZ", "qiskit")];
  expect(alike(scripts, "platform").map((group) => group.map(({ id }) => id))).toEqual([["Bell cirq"], ["GHZ qiskit", "GHZ cirq"]]);
  expect(alike(scripts, "team")).toHaveLength(3);
});

it("reads from the address what it writes there, and nothing that it does not know", () => {
  const shown = { library: "team", framework: "cirq", q: "a&b" } as const;
  expect(readShown(writeShown(shown).replace("/scripts", ""))).toEqual(shown);
  expect(readShown("?library=everything&framework=basic")).toEqual({ library: "platform", framework: "", q: "" });
});
