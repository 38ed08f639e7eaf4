import "./capsules.css";
import { lazy, Suspense } from "preact/compat";
import { useEffect, useState } from "preact/hooks";
import { useSearchParams } from "wouter-preact";
import { onEvent } from "~/api/events";
import { type Loaded, useLoad } from "~/api/load";
import { useCommands } from "~/shell/commands";
import { Page } from "~/ui/Page";
import { Arrived, Trouble, Waiting } from "~/ui/states";
import { Tabs } from "~/ui/Tabs";
import { CapsuleActs } from "./acts/CapsuleActs";
import { closedBecause } from "./artifacts";
import type { Capsule } from "./capsule";
import { Changes } from "./parts/Changes";
import { Contents } from "./parts/Contents";
import { Drift } from "./parts/Drift";
import { Export } from "./parts/Export";
import { Head } from "./parts/Head";
import { Lineage } from "./parts/Lineage";
import { Requests } from "./parts/Requests";
import { Signatures } from "./parts/Signatures";
import { Story } from "./parts/Story";
import { readCapsule } from "./read";
import { rightsTo } from "./rights";
import { standingIn } from "./standing";

// The checks of the log bring cryptography along that nothing else here needs.
const SealLog = lazy(() => import("./log/SealLog"));

const PARTS = [
  { id: "holds", label: "What it holds" },
  { id: "story", label: "Story" },
  { id: "signatures", label: "Signatures" },
  { id: "log", label: "Seal log" },
  { id: "lineage", label: "Lineage" },
  { id: "drift", label: "Drift" },
  { id: "changes", label: "Changes" },
  { id: "export", label: "Export" },
] as const;
type PartId = (typeof PARTS)[number]["id"];

const LOOK_AGAIN_MS = 1000;

/** One capsule: what it says of itself, what can be done with it, and its parts. Kept current while it is looked at. */
export default function CapsulePage({ params }: { params: Record<string, string> }) {
  const id = params.id ?? "";
  const loaded = useLoad((signal) => readCapsule(id, signal), [id]);
  useLiveness(id, loaded);
  // Another capsule's page shows nothing of the one before.
  const capsule = loaded.data?.id === id ? loaded.data : undefined;
  if (capsule === undefined) {
    return (
      <Page title="Capsule">
        <Arrived of={{ ...loaded, data: undefined }} what="Reading the capsule">
          {() => null}
        </Arrived>
      </Page>
    );
  }
  return <Shown capsule={capsule} loaded={loaded} />;
}

function Shown({ capsule, loaded }: { capsule: Capsule; loaded: Loaded<Capsule> }) {
  const [address, setAddress] = useSearchParams();
  const [opened] = useState(Date.now);
  const [wanted, setWanted] = useState<string | null>(null);
  const show = (part: string) => setAddress((before) => ({ ...Object.fromEntries(before), part }), { replace: true });
  const chosen = PARTS.find((part) => part.id === address.get("part"))?.id ?? "holds";
  const rights = rightsTo(capsule, standingIn(capsule.team_id));
  useCommands(
    PARTS.map((part, n) => ({ name: `Show: ${part.label}`, keys: String(n + 1), run: () => show(part.id) })),
    [capsule.id],
  );
  const contents: Record<PartId, () => preact.ComponentChildren> = {
    holds: () => <Contents key={wanted} capsule={capsule} first={wanted} why={rights.change ?? closedBecause(capsule)} onChanged={loaded.reload} />,
    story: () => <Story capsule={capsule} />,
    signatures: () => <Signatures capsule={capsule} />,
    log: () => (
      <Suspense fallback={<Waiting what="Loading the check" since={opened} />}>
        <SealLog capsule={capsule} />
      </Suspense>
    ),
    lineage: () => <Lineage capsule={capsule} />,
    drift: () => <Drift capsule={capsule} />,
    changes: () => <Changes capsule={capsule} />,
    export: () => <Export capsule={capsule} />,
  };
  return (
    <Page title={capsule.name}>
      {loaded.problem !== null && <Trouble refusal={loaded.problem} onRetry={loaded.reload} />}
      <Head capsule={capsule} />
      <CapsuleActs capsule={capsule} rights={rights} onAsked={loaded.reload} onChanged={loaded.set} onSign={() => show("signatures")} />
      <Requests
        capsule={capsule}
        onView={(file) => {
          setWanted(file);
          show("holds");
        }}
      />
      <Tabs label="Parts of the capsule" tabs={PARTS.map((part) => ({ ...part, content: contents[part.id] }))} value={chosen} onChange={show} />
    </Page>
  );
}

/** Reads the capsule anew when something of it, or a re-run of it, is told; and, while the worker has something to do for it, each second. */
function useLiveness(id: string, loaded: Loaded<Capsule>): void {
  const { reload } = loaded;
  const waits = loaded.data?.requests.some((request) => request.done_at === null) ?? false;
  useEffect(
    () =>
      onEvent("capsules", (told) => {
        const parent = told.topic !== "reset" && told.row !== null && "parent_capsule_id" in told.row ? told.row.parent_capsule_id : null;
        if (told.topic === "reset" || told.id === id || parent === id) reload();
      }),
    [id],
  );
  useEffect(() => {
    if (!waits) return;
    const timer = setInterval(reload, LOOK_AGAIN_MS);
    return () => clearInterval(timer);
  }, [id, waits]);
}
