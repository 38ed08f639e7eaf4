import type { JobDetail } from "../job";

/** Everything that was asked of both, side by side; what differs is marked. */
export function Differences({ a, b }: { a: JobDetail; b: JobDetail }) {
  const [ones, others] = [facts(a), facts(b)];
  const names = [...new Set([...ones.keys(), ...others.keys()])];
  return (
    <section class="card">
      <h2>In what they differ</h2>
      <div class="scroll-x" tabIndex={0} role="region" aria-label="In what they differ">
        <table>
          <thead>
            <tr>
              <th scope="col">What</th>
              <th scope="col">A</th>
              <th scope="col">B</th>
              <th scope="col">Same?</th>
            </tr>
          </thead>
          <tbody>
            {names.map((name) => {
              const [one, other] = [ones.get(name) ?? "–", others.get(name) ?? "–"];
              return (
                <tr key={name} class={one === other ? "" : "jobs-differs"}>
                  <th scope="row">{name}</th>
                  <td>{one}</td>
                  <td>{other}</td>
                  <td>{one === other ? "same" : "≠ differs"}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function facts(job: JobDetail): Map<string, string> {
  const engine = job.result?.engine ?? {};
  const asked = job.programs.find((program) => program.kind === "asked");
  return new Map<string, string>([
    ["Backend", job.backend],
    ["Framework", job.framework ?? "–"],
    ["Program (sha256)", asked === undefined ? "–" : asked.sha256.slice(0, 16)],
    ["Engine", [engine.name, engine.version].filter((part) => typeof part === "string").join(" ") || "–"],
    ["Calibration", job.result?.calibration_id ?? "–"],
    ...Object.entries(job.parameters).map(([name, value]) => [`params.${name}`, typeof value === "string" ? value : JSON.stringify(value)] as [string, string]),
  ]);
}
