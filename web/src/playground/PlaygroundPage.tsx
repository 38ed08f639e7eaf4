import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { useLocation } from "wouter-preact";
import { me, team } from "~/api/session";
import { width } from "~/circuits/circuit";
import { useCommands } from "~/shell/commands";
import { Button } from "~/ui/Button";
import { Page } from "~/ui/Page";
import { Trouble } from "~/ui/states";
import { ConvertedCircuit, LiveCircuit } from "./CircuitCard";
import { useConverter } from "./convert";
import { warnOfSize } from "./cost";
import { change, draft, keepDraft, MODES, open } from "./draft";
import type { EditorPlace } from "~/editor/Editor";
import { EditorCard } from "./EditorCard";
import { EXAMPLES } from "./examples";
import { readText } from "./framework";
import { Checks, JobFields } from "./JobFields";
import { Library } from "./Library";
import { useChecks, useParsed } from "./live";
import { MODE_NAMES, ModeBar, Start, WhyNot } from "./ModeBar";
import { useOpening } from "./opening";
import { numbersOf, readParams, wantedParams } from "./params";
import "./playground.css";
import { gatherProblems } from "./problems";
import { Results } from "./Results";
import { programOf, useRunner } from "./run";
import { Consent, RunFields } from "./RunFields";
import { SaveScript } from "./SaveScript";
import { submitJob, useBackends } from "./submit";
import { whyNot } from "./whynot";

/** Where one writes a program and sees what it does: in the page, on the server, or as a job. */
export default function PlaygroundPage() {
  const [, go] = useLocation();
  const here = draft.value;
  const signedIn = Boolean(me.value);
  const refusedOpening = useOpening();
  useEffect(keepDraft, []);

  const kind = useMemo(() => readText(here.code, here.framework), [here.code, here.framework]);
  const live = useParsed(kind.language === "openqasm" ? here.code : null, numbersOf(here.values));
  const inputs = live.parsed?.inputs ?? [];
  const names = wantedParams(here.code, kind.language, inputs, here.source?.defaults ?? {});
  const { params, wrong } = readParams(here, names);
  const qubits = live.parsed?.circuit ? width(live.parsed.circuit.qubits) : null;

  const backends = useBackends(here.mode === "job");
  const backend = backends.find((one) => one.slug === here.backend) ?? null;
  const reason = whyNot({ draft: here, kind, qubits, signedIn, team: team.value, backend, wrong });
  const sent = here.mode === "job" && here.emulate ? { ...params, emulate: true } : params;
  const work = { ...programOf(here.code, kind), backend: here.mode === "job" ? here.backend : "local", params: sent };
  const asks = signedIn && here.mode !== "browser" && here.code.trim() !== "" && kind.framework !== null && Object.keys(wrong).length === 0;
  const checked = useChecks(asks ? work : null);

  const runner = useRunner();
  const converter = useConverter();
  const [cursor, setCursor] = useState<EditorPlace | null>(null);
  const [goTo, setGoTo] = useState<EditorPlace | null>(null);
  const [dialog, setDialog] = useState<"library" | "save" | null>(null);
  const submitting = useRef(false);
  const problems = gatherProblems({ code: here.code, mode: here.mode, live, checked, outcome: runner.outcome, conversion: converter.last });
  const warning = here.mode === "browser" && qubits !== null && reason === null ? warnOfSize(qubits, live.parsed?.circuit?.ops.length ?? 0, here.engine) : null;

  async function start(): Promise<void> {
    if (reason !== null || submitting.current) return;
    if (here.mode !== "job") return runner.start({ draft: here, kind, params, teamId: signedIn ? (team.value?.id ?? null) : null });
    submitting.current = true;
    try {
      go(`/jobs/${await submitJob(here, work, team.value?.id ?? null)}`);
    } catch (problem) {
      runner.refuse(here.code, problem);
    } finally {
      submitting.current = false;
    }
  }
  const show = () => converter.convert(here.code, kind.framework, params);
  const openConverted = (program: string) => open(program, here.source && { ...here.source, name: `${here.source.name}, as OpenQASM`, defaults: {} });
  async function convertAndOpen(): Promise<void> {
    const converted = await show();
    if (converted !== null) openConverted(converted.program);
  }

  const latest = useRef(start);
  latest.current = start;
  useCommands(
    [
      { name: here.mode === "job" ? "Submit the job" : "Run the program", keys: "Mod+Enter", run: () => void latest.current() },
      ...(signedIn ? [{ name: "Save as script", keys: "Mod+s", run: () => setDialog("save") }] : []),
      { name: "Open a template or an example", run: () => setDialog("library") },
      ...MODES.map((mode) => ({ name: `Run ${MODE_NAMES[mode].name.toLowerCase()}`, run: () => change({ mode }) })),
      ...EXAMPLES.map((one) => ({ name: `Open the example ${one.name}`, run: () => open(one.code, { kind: "example" as const, name: one.name, defaults: {} }) })),
    ],
    [here.mode, signedIn],
  );

  return (
    <Page
      title="Playground"
      actions={
        <>
          <Button onClick={() => setDialog("library")}>Templates and examples</Button>
          {signedIn && <Button disabled={Boolean(team.value?.suspended_at)} onClick={() => setDialog("save")}>Save as script</Button>}
        </>
      }
    >
      {refusedOpening !== null && <Trouble refusal={refusedOpening} />}
      <section class="card playground-bar" aria-label="How it runs">
        <div class="playground-first">
          <ModeBar />
          <Start reason={reason} running={runner.running !== null} onStart={start} onCancel={runner.cancel} />
        </div>
        <WhyNot reason={reason} onConvert={convertAndOpen} />
        {warning !== null && <p class="playground-warning" role="status">{warning}</p>}
        <div class="playground-settings">
          <RunFields names={names} needed={inputs} wrong={wrong} />
          {here.mode === "browser" && <Consent signedIn={signedIn} />}
        </div>
        {here.mode === "job" && signedIn && <JobFields backends={backends} checked={checked} />}
        {asks && <Checks checked={checked} />}
      </section>
      <div class="playground">
        <EditorCard kind={kind} problems={problems} goTo={goTo} onGoTo={setGoTo} onCursor={setCursor} />
        <div class="playground-side">
          {kind.language === "openqasm" ? (
            <LiveCircuit live={live} cursor={cursor} onGoTo={setGoTo} />
          ) : (
            <ConvertedCircuit last={converter.last} since={converter.since} code={here.code} signedIn={signedIn} onShow={show} onOpen={openConverted} />
          )}
          <Results running={runner.running} outcome={runner.outcome} code={here.code} onGoTo={setGoTo} />
        </div>
      </div>
      <Library open={dialog === "library"} onClose={() => setDialog(null)} />
      <SaveScript open={dialog === "save"} onClose={() => setDialog(null)} framework={kind.framework} params={params} teamId={team.value?.id ?? null} />
    </Page>
  );
}
