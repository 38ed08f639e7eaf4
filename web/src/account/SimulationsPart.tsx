import { answer, api, type Shape } from "~/api/client";
import { useLoad } from "~/api/load";
import { chooseSharing, sharesText } from "~/shell/consent";
import { Button } from "~/ui/Button";
import { Tick } from "~/ui/Field";
import { Arrived } from "~/ui/states";
import { sayNumber, saySeconds, When } from "~/ui/values";

const PAGE = 20;

type Pages = { items: Shape<"Simulation">[]; next_cursor: string | null };

/** What ran in this person's browsers, and whether program texts are recorded with it. */
export function SimulationsPart() {
  const runs = useLoad<Pages>((signal) => answer(api.GET("/api/simulations", { params: { query: { limit: PAGE } }, signal })), []);
  async function more(): Promise<void> {
    const { data } = runs;
    if (data?.next_cursor == null) return;
    const page = await answer(api.GET("/api/simulations", { params: { query: { limit: PAGE, cursor: data.next_cursor } } }));
    runs.set({ items: [...data.items, ...page.items], next_cursor: page.next_cursor });
  }
  return (
    <section class="card account-all scroll-x" aria-labelledby="account-simulations">
      <h2 id="account-simulations">Simulations in your browser</h2>
      <p>
        Each run in the playground's browser mode leaves a line here: which simulator, in which version, with which seed, so that its counts can be repeated. You alone see them.
      </p>
      <Tick
        label="Also record the program's text"
        hint="Without it, only the numbers below are kept. It counts for runs in this browser from now on."
        checked={sharesText.value}
        onChange={chooseSharing}
      />
      <Arrived of={runs} what="Reading your simulations">
        {({ items, next_cursor }) =>
          items.length === 0 ? (
            <p>None yet: run a circuit in the playground, in browser mode.</p>
          ) : (
            <>
              <SimulationTable runs={items} />
              {next_cursor !== null && <Button onClick={more}>Show more</Button>}
            </>
          )
        }
      </Arrived>
    </section>
  );
}

function SimulationTable({ runs }: { runs: readonly Shape<"Simulation">[] }) {
  return (
    <table class="account-simulations" aria-label="Simulations">
      <thead>
        <tr>
          <th scope="col">When</th>
          <th scope="col">Simulator</th>
          <th scope="col" class="number">Seed</th>
          <th scope="col" class="number">Qubits</th>
          <th scope="col" class="number account-wide">Gates</th>
          <th scope="col" class="number account-wide">Shots</th>
          <th scope="col" class="number account-wide">Took</th>
          <th scope="col" class="account-wide">Text</th>
        </tr>
      </thead>
      <tbody>
        {runs.map((run) => (
          <tr key={run.id}>
            <td>
              <When at={run.created_at} />
            </td>
            <td>
              {run.simulator} {run.version}
            </td>
            <td class="number">{run.seed ?? "–"}</td>
            <td class="number">{run.qubit_count}</td>
            <td class="number account-wide">{sayNumber(run.gate_count)}</td>
            <td class="number account-wide">{sayNumber(run.shots)}</td>
            <td class="number account-wide">{saySeconds(run.execution_time_ms / 1000)}</td>
            <td class="account-wide">{run.with_text ? "recorded" : "not recorded"}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
