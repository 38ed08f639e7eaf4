import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import { useEffect, useState } from "preact/hooks";
import { useLocation } from "wouter-preact";
import { answer, api, onceOnly, Refusal, type Shape } from "~/api/client";
import { useLoad } from "~/api/load";
import { team } from "~/api/session";
import type { EditorProblem } from "~/editor/Editor";
import { useCommands } from "~/shell/commands";
import { say } from "~/shell/notices";
import { Button } from "~/ui/Button";
import { TextField } from "~/ui/Field";
import { Arrived, Trouble } from "~/ui/states";
import type { ScriptDetail } from "../script";
import { Destinations } from "./Destinations";
import { MOST_SHOTS, type Parameters, shotsOf, withoutShots } from "./parameters";
import { ParametersForm } from "./ParametersForm";
import { Verdict } from "./Verdict";

interface Props {
  script: ScriptDetail;
  /** As it stands in the editor; `dirty`: it is not the saved one. */
  text: string;
  dirty: boolean;
  teamId: string | null;
  mayChange: boolean;
  onProblems: (problems: readonly EditorProblem[]) => void;
  onDefaults: (script: ScriptDetail) => void;
}

/** From a script to a job: where, with what, what an analysis finds, and its warnings accepted. */
export function RunPanel({ script, text, dirty, teamId, mayChange, onProblems, onDefaults }: Props) {
  const [, go] = useLocation();
  const [shots, setShots] = useState(String(shotsOf(script.default_parameters)));
  const [parameters, setParameters] = useState<Parameters>(() => withoutShots(script.default_parameters));
  const [unreadable, setUnreadable] = useState<string | null>(null);
  const [backend, setBackend] = useState("");
  const [analysis, setAnalysis] = useState<Shape<"Analysis"> | null>(null);
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const count = /^\d+$/.test(shots.trim()) ? Number(shots) : 0;
  const fits = count >= 1 && count <= MOST_SHOTS;
  const options = useLoad(
    (signal) => answer(api.GET("/api/scripts/{script_id}/execution-options", { params: { path: { script_id: script.id }, query: { shots: fits ? count : 1000 } }, signal })),
    [script.id, script.version, fits ? count : 1000],
  );
  const chosen = backend || (options.data?.destinations.find(({ can_run, is_free }) => can_run && is_free)?.backend ?? "");
  const suspended = Boolean(team.value?.suspended_at);
  const ready = fits && chosen !== "" && unreadable === null && text !== "" && teamId !== null && !suspended;

  // What was found is of this text, at this place, with these shots.
  useEffect(() => {
    setAnalysis(null);
    onProblems([]);
  }, [text, chosen, count, teamId]);

  async function analyse(): Promise<void> {
    setRefusal(null);
    const content_hash = bytesToHex(sha256(utf8ToBytes(text)));
    const body = { backend: chosen, shots: count, content: text, content_hash, circuit_count: 1, team_id: teamId };
    const found = await answer(api.POST("/api/scripts/{script_id}/analyse", { params: { path: { script_id: script.id } }, body }));
    setAnalysis(found);
    onProblems(found.checks.flatMap(asProblem));
  }

  async function run(accepted: readonly string[]): Promise<void> {
    if (analysis === null) return;
    setRefusal(null);
    const body = {
      script_id: script.id,
      backend: chosen,
      params: { ...parameters, shots: count },
      analysis_id: analysis.analysis_id,
      warn_check_ids: [...accepted],
      team_id: teamId,
      create_capsule: false,
      seal_capsule: false,
      execution_mode: "direct" as const,
    };
    const { job_id } = await answer(api.POST("/api/jobs/submit", { body, headers: onceOnly() }));
    go(`/jobs/${job_id}`);
  }

  async function keepDefaults(): Promise<void> {
    const before = script.default_parameters;
    const put = async (default_parameters: Record<string, unknown>) =>
      onDefaults(await answer(api.PATCH("/api/scripts/{script_id}", { params: { path: { script_id: script.id } }, body: { default_parameters }, headers: onceOnly() })));
    await put({ ...parameters, shots: count });
    say({ kind: "done", text: "These are the script's default parameters now.", undo: () => put(before) });
  }

  useCommands(ready ? [{ name: "Analyse the script", keys: "Mod+Enter", run: () => void analyse().catch(take) }] : [], [ready, text, chosen, count]);
  function take(problem: unknown): void {
    if (!(problem instanceof Refusal)) throw problem;
    setRefusal(problem);
  }

  return (
    <div class="scripts-run">
      <div class="row">
        <TextField
          label="Shots"
          inputMode="numeric"
          autocomplete="off"
          value={shots}
          onInput={setShots}
          wrong={fits ? null : `A whole number from 1 to ${MOST_SHOTS.toLocaleString()}.`}
        />
      </div>
      <ParametersForm value={parameters} onChange={setParameters} onProblem={setUnreadable} />
      {mayChange && (
        <Button class="small scripts-defaults" disabled={!fits || unreadable !== null} onClick={keepDefaults}>
          Keep these as the script's defaults
        </Button>
      )}
      <Arrived of={options} what="Asking where it can run">
        {({ destinations }) => <Destinations destinations={destinations} value={chosen} onChange={setBackend} />}
      </Arrived>
      {refusal && <Trouble refusal={refusal} />}
      <div class="actions">
        <Button kind={analysis === null ? "primary" : "plain"} disabled={!ready} onClick={analyse} onRefusal={setRefusal}>
          Analyse
        </Button>
      </div>
      {suspended && <p class="scripts-note">The team is suspended: nothing can be started.</p>}
      {analysis !== null && <Verdict key={analysis.analysis_id} analysis={analysis} why={dirty ? "The text is not saved: save it, or discard the changes, to run it." : null} onRun={run} onRefusal={setRefusal} />}
    </div>
  );
}

function asProblem(check: Shape<"FoundCheck">): EditorProblem[] {
  if (check.line === undefined || check.level === "ok") return [];
  return [{ line: check.line, column: check.column ?? 1, level: check.level === "block" ? "error" : "warning", message: check.message }];
}
