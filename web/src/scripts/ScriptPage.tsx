import { useEffect, useState } from "preact/hooks";
import { useLocation, useSearch } from "wouter-preact";
import { answer, api, onceOnly, Refusal } from "~/api/client";
import { onEvent } from "~/api/events";
import { useLoad } from "~/api/load";
import { team } from "~/api/session";
import { Editor, type EditorProblem } from "~/editor/Editor";
import { useCommands } from "~/shell/commands";
import { say } from "~/shell/notices";
import { Button, LinkButton, tellRefusal } from "~/ui/Button";
import { Page } from "~/ui/Page";
import { Arrived, Trouble } from "~/ui/states";
import { Tabs } from "~/ui/Tabs";
import { DetailsPanel } from "./DetailsPanel";
import { useDraft } from "./draft";
import { languageOf, sayFramework } from "./frameworks";
import { RunPanel } from "./run/RunPanel";
import { rightsTo, sayOwner, type ScriptDetail } from "./script";
import "./scripts.css";
import { VersionsPanel } from "./VersionsPanel";

/** One script: its text beside what can be done with it. */
export default function ScriptPage({ params }: { params: Record<string, string> }) {
  const id = params.id ?? "";
  const loaded = useLoad((signal) => answer(api.GET("/api/scripts/{script_id}", { params: { path: { script_id: id } }, signal })), [id]);
  useEffect(() => onEvent("scripts", (told) => (told.topic === "reset" || told.id === id) && loaded.reload()), [id]);
  if (loaded.data === undefined) {
    return (
      <Page title="Script">
        <Arrived of={loaded} what="Reading the script">
          {() => null}
        </Arrived>
      </Page>
    );
  }
  return (
    <>
      {loaded.problem && <Trouble refusal={loaded.problem} onRetry={loaded.reload} />}
      <Opened key={id} script={loaded.data} onChanged={loaded.set} />
    </>
  );
}

function Opened({ script, onChanged }: { script: ScriptDetail; onChanged: (script: ScriptDetail) => void }) {
  const draft = useDraft(script);
  const rights = rightsTo(script);
  const [problems, setProblems] = useState<readonly EditorProblem[]>([]);
  const [, go] = useLocation();
  const asked = new URLSearchParams(useSearch()).get("show");
  const canSave = draft.dirty && rights.change === null;

  async function save(): Promise<void> {
    const body = { script_content: draft.text };
    const saved = await answer(api.PATCH("/api/scripts/{script_id}", { params: { path: { script_id: script.id } }, body, headers: onceOnly() }));
    onChanged(saved);
    draft.discard();
    say({ kind: "done", text: `Saved as version ${saved.version}.` });
  }

  useCommands(
    [
      ...(canSave ? [{ name: "Save the text as a new version", keys: "Mod+s", run: () => void save().catch(tellProblem) }] : []),
      { name: "Open in the playground", run: () => go(`/run?script=${script.id}`) },
    ],
    [canSave, draft.text, script.id],
  );
  const tabs = [
    { id: "run", label: "Run", content: () => <RunPanel script={script} text={draft.text} dirty={draft.dirty} teamId={team.value?.id ?? null} onProblems={setProblems} onDefaults={onChanged} mayChange={rights.change === null} /> },
    { id: "details", label: "Details", content: () => <DetailsPanel key={script.updated_at} script={script} rights={rights} onChanged={onChanged} /> },
    { id: "versions", label: `Versions (${script.versions.length})`, content: () => <VersionsPanel script={script} onTake={rights.change === null ? draft.change : undefined} /> },
  ];
  return (
    <Page title={script.name} about={`${sayFramework(script.framework)}, ${sayOwner(script)}, version ${script.version}`} actions={<LinkButton href={`/run?script=${script.id}`}>Open in the playground</LinkButton>}>
      {script.description && <p class="scripts-description">{script.description}</p>}
      <div class="scripts-desk">
        <section class="scripts-text" aria-label="Text of the script">
          {draft.overtaken && (
            <p class="scripts-told" role="status">
              Somebody saved version {script.version} since you began to change the text. Saving makes yours the next version; theirs stays in the list.
            </p>
          )}
          <div class="scripts-editor">
            <Editor
              value={draft.text}
              onChange={(text) => {
                setProblems([]);
                draft.change(text);
              }}
              language={languageOf(script.framework)}
              problems={problems}
              label="Text of the script"
              readOnly={rights.change !== null}
            />
          </div>
          {rights.change !== null ? (
            <p class="scripts-note">{rights.change}</p>
          ) : (
            <div class="actions scripts-save">
              <Button kind="primary" disabled={!draft.dirty} onClick={save}>
                Save as version {script.version + 1}
              </Button>
              <Button disabled={!draft.dirty} onClick={draft.discard}>
                Discard the changes
              </Button>
              <span role="status" class="scripts-note">{draft.dirty ? "Not saved yet." : ""}</span>
            </div>
          )}
        </section>
        <div class="scripts-side">
          <Tabs label="What to do with the script" tabs={tabs} value={asked ?? "run"} onChange={(show) => go(`/scripts/${script.id}${show === "run" ? "" : `?show=${show}`}`, { replace: true })} />
        </div>
      </div>
    </Page>
  );
}

function tellProblem(problem: unknown): void {
  if (!(problem instanceof Refusal)) throw problem;
  tellRefusal(problem);
}
