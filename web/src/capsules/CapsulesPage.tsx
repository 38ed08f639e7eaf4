import "./capsules.css";
import { useEffect, useMemo, useState } from "preact/hooks";
import { useLocation } from "wouter-preact";
import { team } from "~/api/session";
import { useCommands } from "~/shell/commands";
import { Button, LinkButton } from "~/ui/Button";
import { Page } from "~/ui/Page";
import { type Column, Rows } from "~/ui/Rows";
import { Empty, Trouble, Waiting } from "~/ui/states";
import { Badge, When } from "~/ui/values";
import { type CapsuleSummary, shortly, tagsOf } from "./capsule";
import { isNarrowed, queryOf, useFilters } from "./list/filters";
import { ImportCapsule } from "./list/ImportCapsule";
import { leaving } from "./list/leaving";
import { Narrow } from "./list/Narrow";
import { NewCapsule } from "./list/NewCapsule";
import { usePages } from "./list/pages";

/** The team's capsules, newest first: found, made, taken in, and two of them chosen to be compared. */
export default function CapsulesPage() {
  const [filters, narrow] = useFilters();
  const [, go] = useLocation();
  const [making, setMaking] = useState(false);
  const [taking, setTaking] = useState<readonly File[] | null>(null);
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const pages = usePages(queryOf(filters, team.value?.id));
  const rows = pages.rows.filter((row) => !leaving.value.has(row.id));
  const suspended = Boolean(team.value?.suspended_at);
  const why = suspended ? "The team is suspended: nothing can be made or taken in." : undefined;
  const compare = () => go(`/capsules/compare?a=${chosen[0]}&b=${chosen[1]}`);
  useDrops(suspended, setTaking);
  useCommands(
    [
      { name: "Search the capsules", keys: "/", run: () => document.querySelector<HTMLElement>("[data-named=capsules-search]")?.focus() },
      ...(suspended
        ? []
        : [
            { name: "New capsule", keys: "n", run: () => setMaking(true) },
            { name: "Import a capsule", keys: "i", run: () => setTaking([]) },
          ]),
      ...(chosen.length === 2 ? [{ name: "Compare the two chosen capsules", keys: "c", run: compare }] : []),
    ],
    [suspended, chosen],
  );
  const columns = useMemo(() => columnsOf(chosen, setChosen), [chosen]);
  return (
    <Page
      title="Capsules"
      about="Runs with everything that is needed to repeat and check them."
      actions={
        <>
          <Button disabled={chosen.length !== 2} title={chosen.length === 2 ? undefined : "Choose two capsules in the list."} onClick={compare}>
            Compare{chosen.length > 0 ? ` (${chosen.length} of 2 chosen)` : " two"}
          </Button>
          <Button disabled={suspended} title={why} onClick={() => setTaking([])}>Import</Button>
          <Button kind="primary" disabled={suspended} title={why} onClick={() => setMaking(true)}>New capsule</Button>
        </>
      }
    >
      <Narrow filters={filters} onChange={narrow} />
      {pages.problem !== null && <Trouble refusal={pages.problem} onRetry={pages.reload} />}
      {rows.length > 0 ? (
        <Rows
          label="Capsules"
          rows={rows}
          columns={columns}
          rowKey={(row) => row.id}
          rowHref={(row) => `/capsules/${row.id}`}
          onEnd={pages.next}
          foot={pages.more ? "More follow as you scroll." : `${rows.length} ${rows.length === 1 ? "capsule" : "capsules"}.`}
        />
      ) : pages.since !== null ? (
        <Waiting what="Looking for capsules" since={pages.since} />
      ) : pages.problem !== null ? null : isNarrowed(filters) ? (
        <Empty title="No capsule is like that">Words are searched in names and descriptions; “-word” leaves out, quotes keep words together. A paper's mqc:1:… id finds its capsule whole.</Empty>
      ) : (
        <First />
      )}
      <NewCapsule open={making} job={filters.job} onClose={() => setMaking(false)} />
      <ImportCapsule open={taking !== null} given={taking ?? []} onClose={() => setTaking(null)} />
    </Page>
  );
}

function First() {
  return (
    <Empty title="No capsules yet" action={<LinkButton kind="primary" href="/run">Run something, with a capsule</LinkButton>}>
      A capsule is one file that holds what was asked, what ran, where, on which calibration, what came out and what it cost. Sealed, nothing of it changes any more, and whoever has the file can check that
      in ten years, without this platform. The first one comes of a job that is run with a capsule, or of one that has ended: “New capsule”.
    </Empty>
  );
}

function columnsOf(chosen: readonly string[], choose: (ids: readonly string[]) => void): readonly Column<CapsuleSummary>[] {
  return [
    { id: "name", title: "Name", width: "minmax(7rem, 3fr)", cell: (row) => row.name },
    { id: "state", title: "State", width: "6.5rem", cell: (row) => <Badge status={row.state} /> },
    { id: "tags", title: "Tags", width: "minmax(6rem, 1fr)", wide: true, cell: (row) => tagsOf(row).join(", ") },
    { id: "id", title: "Id", width: "12rem", wide: true, cell: (row) => (row.mqc_id === null ? "–" : <code title={row.mqc_id}>{shortly(row.mqc_id, 10)}</code>) },
    { id: "framework", title: "Regulation", width: "8rem", wide: true, cell: (row) => row.regulatory_framework ?? "–" },
    { id: "when", title: "Sealed, or made", width: "9rem", wide: true, cell: (row) => <When at={row.sealed_at ?? row.created_at} ago /> },
    {
      id: "pick",
      title: "Compare",
      width: "4.5rem",
      cell: (row) => (
        <label class="capsules-pick">
          <input
            type="checkbox"
            aria-label={`Choose “${row.name}” to compare`}
            checked={chosen.includes(row.id)}
            // Of three, the first chosen one goes.
            onChange={() => choose(chosen.includes(row.id) ? chosen.filter((id) => id !== row.id) : [...chosen, row.id].slice(-2))}
          />
        </label>
      ),
    },
  ];
}

/** Files that are dropped anywhere on the page are taken in, instead of being opened by the browser. */
function useDrops(suspended: boolean, take: (files: readonly File[]) => void): void {
  useEffect(() => {
    const over = (event: DragEvent) => event.preventDefault();
    const drop = (event: DragEvent) => {
      // The dialog has a place of its own for them.
      if (event.defaultPrevented) return;
      event.preventDefault();
      const files = [...(event.dataTransfer?.files ?? [])];
      if (files.length > 0 && !suspended) take(files);
    };
    addEventListener("dragover", over);
    addEventListener("drop", drop);
    return () => {
      removeEventListener("dragover", over);
      removeEventListener("drop", drop);
    };
  }, [suspended]);
}
