import { useEffect, useState } from "preact/hooks";
import { useLocation, useSearch } from "wouter-preact";
import { answer, api, Refusal } from "~/api/client";
import { change, open } from "./draft";
import { FRAMEWORKS } from "./framework";

/** Puts a script's newest text into the editor. Throws Refusal. */
export async function openScript(id: string): Promise<void> {
  const script = await answer(api.GET("/api/scripts/{script_id}", { params: { path: { script_id: id } } }));
  open(
    script.script_content ?? "",
    { kind: script.is_template ? "template" : "script", name: script.name, defaults: script.default_parameters },
    FRAMEWORKS.find((one) => one === script.framework) ?? null,
  );
}

/** Puts what a job ran into the editor, with its parameters. Throws Refusal. */
async function openJob(id: string): Promise<void> {
  const job = await answer(api.GET("/api/jobs/{job_id}", { params: { path: { job_id: id } } }));
  const code = job.programs.find((one) => one.kind === "asked")?.content ?? job.inline_code ?? "";
  const name = job.script_name ?? id.slice(0, 8);
  open(code, { kind: "job", name, defaults: job.parameters }, FRAMEWORKS.find((one) => one === job.framework) ?? null);
}

/** Opens what the address asks for (?script=, ?job=, ?backend=), once: from then on the text is the reader's own. Returns why it could not. */
export function useOpening(): Refusal | null {
  const search = useSearch();
  const [, go] = useLocation();
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  useEffect(() => {
    const asked = new URLSearchParams(search);
    const script = asked.get("script");
    const job = asked.get("job");
    const backend = asked.get("backend");
    if (backend !== null) change({ mode: "job", backend, emulate: false });
    if (script === null && job === null) {
      if (backend !== null) go("/run", { replace: true });
      return;
    }
    (script !== null ? openScript(script) : openJob(job ?? "")).then(
      () => {
        setRefusal(null);
        go("/run", { replace: true });
      },
      (problem: unknown) => {
        if (!(problem instanceof Refusal)) throw problem;
        setRefusal(problem);
      },
    );
  }, [search]);
  return refusal;
}
