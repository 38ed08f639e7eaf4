import { useState } from "preact/hooks";
import { useCommands } from "~/shell/commands";
import { Page } from "~/ui/Page";
import { Arrived, Empty } from "~/ui/states";
import { BackendCard } from "./BackendCard";
import { type Backend, isRetired, useBackendList } from "./backend";
import { Calculator } from "./Calculator";
import { Filters } from "./Filters";
import { ALL, choose, type Wanted } from "./filter";
import { Retired } from "./Retired";
import "./backends.css";

/** What can run a job, for how much; and what could once. */
export default function BackendsPage() {
  const backends = useBackendList();
  return (
    <Page title="Backends" about="What can run a circuit, for how much, and how it stands now. Every price names its source and its day.">
      <Arrived of={backends} what="Reading the backends">
        {(all) => <Shown all={all} />}
      </Arrived>
    </Page>
  );
}

function Shown({ all }: { all: readonly Backend[] }) {
  const [wanted, setWanted] = useState<Wanted>(ALL);
  useCommands([{ name: "Find a backend", keys: "/", run: () => document.querySelector<HTMLInputElement>(".backends-filters input[type=search]")?.focus() }], []);
  const current = all.filter((backend) => !isRetired(backend));
  const found = choose(current, wanted);
  return (
    <div class="stack">
      <Filters all={current} found={found.length} wanted={wanted} onChange={setWanted} />
      {found.length === 0 ? (
        <Empty title="No backend fits" action={<button type="button" class="button" onClick={() => setWanted(ALL)}>Show all</button>}>
          Nothing here is all of what you ask for. Retired devices are listed below: they can be emulated from their last calibration.
        </Empty>
      ) : (
        <ul class="backends-cards" aria-label="Backends">
          {found.map((backend) => (
            <BackendCard key={backend.id} backend={backend} />
          ))}
        </ul>
      )}
      <Calculator backends={current} />
      <Retired backends={all.filter(isRetired)} />
    </div>
  );
}
