import { useEffect, useState } from "preact/hooks";
import { answer, api, onceOnly, Refusal, type Shape } from "~/api/client";
import { onEvent } from "~/api/events";
import type { Draft } from "./draft";

/** All backends, also those that take no jobs; read anew when one changes. Empty until they are known. */
export function useBackends(wanted: boolean): readonly Shape<"PublishedBackend">[] {
  const [backends, setBackends] = useState<readonly Shape<"PublishedBackend">[]>([]);
  useEffect(() => {
    if (!wanted) return;
    let gone = false;
    const read = () =>
      answer(api.GET("/api/backends")).then(
        (told) => {
          if (!gone) setBackends(told.backends);
        },
        (problem: unknown) => {
          // The list stays as it was; a submit is told whatever it would have said.
          if (!(problem instanceof Refusal)) throw problem;
        },
      );
    void read();
    const stop = onEvent("backends", () => void read());
    return () => {
      gone = true;
      stop();
    };
  }, [wanted]);
  return backends;
}

let last = { body: "", key: onceOnly() };

/** Submits the draft, and returns the job's id. The same body again, after an answer that was lost, makes no second job. Throws Refusal. */
export async function submitJob(draft: Draft, work: Shape<"Work">, teamId: string | null): Promise<string> {
  const body = {
    ...work,
    team_id: teamId,
    create_capsule: draft.capsule,
    seal_capsule: draft.capsule && draft.seal,
    capsule_name: draft.capsule && draft.capsuleName.trim() !== "" ? draft.capsuleName.trim() : null,
    execution_mode: "direct" as const,
    warn_check_ids: [],
  };
  const text = JSON.stringify(body);
  if (text !== last.body) last = { body: text, key: onceOnly() };
  const { job_id } = await answer(api.POST("/api/jobs/submit", { params: { header: last.key }, body }));
  last = { body: "", key: onceOnly() };
  return job_id;
}
