import { Choice, TextField, Tick } from "~/ui/Field";
import type { Backend } from "./backend";
import type { Sort, Wanted } from "./filter";

interface Props {
  all: readonly Backend[];
  /** How many are left. */
  found: number;
  wanted: Wanted;
  onChange: (wanted: Wanted) => void;
}

export function Filters({ all, found, wanted, onChange }: Props) {
  const change = (part: Partial<Wanted>) => onChange({ ...wanted, ...part });
  const providers = [...new Set(all.map((backend) => backend.provider))].sort();
  return (
    <search class="backends-filters row">
      <TextField label="Find" type="search" value={wanted.text} placeholder="name, tag, topology" onInput={(text) => change({ text })} />
      <Choice
        label="Type"
        value={wanted.type}
        options={[
          { value: "all", label: "All" },
          { value: "simulator", label: "Simulators" },
          { value: "qpu", label: "Quantum processors" },
        ]}
        onChange={(type) => change({ type })}
      />
      <Choice
        label="Provider"
        value={wanted.provider}
        options={["all", ...providers].map((value) => ({ value, label: value === "all" ? "All" : value }))}
        onChange={(provider) => change({ provider })}
      />
      <Choice
        label="Status"
        value={wanted.standing}
        options={[
          { value: "all", label: "All" },
          { value: "accepting", label: "Accepts jobs now" },
        ]}
        onChange={(standing) => change({ standing })}
      />
      <Choice<Sort>
        label="Order"
        value={wanted.sort}
        options={[
          { value: "order", label: "As recommended" },
          { value: "name", label: "By name" },
          { value: "qubits", label: "Most qubits first" },
          { value: "queue", label: "Shortest queue first" },
        ]}
        onChange={(sort) => change({ sort })}
      />
      <Tick label="Free only" checked={wanted.free} onChange={(free) => change({ free })} />
      <p class="backends-count" role="status">
        {found} of {all.length}
      </p>
    </search>
  );
}
