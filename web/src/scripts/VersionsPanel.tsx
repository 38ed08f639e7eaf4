import { useState } from "preact/hooks";
import { answer, api } from "~/api/client";
import { useLoad } from "~/api/load";
import { me } from "~/api/session";
import { Button } from "~/ui/Button";
import { Copyable, When } from "~/ui/values";
import type { ScriptDetail } from "./script";
import { VersionDialog } from "./VersionDialog";

/** Every text that the script had. `onTake`: takes one up again; absent where the script may not be changed. */
export function VersionsPanel({ script, onTake }: { script: ScriptDetail; onTake?: (text: string) => void }) {
  const [reading, setReading] = useState<number | null>(null);
  const team_id = me.value?.teams.find(({ id }) => id === script.team_id)?.id;
  const names = useLoad(async (signal) => {
    if (team_id === undefined) return new Map<string, string>();
    const { items } = await answer(api.GET("/api/team/members", { params: { query: { team_id, limit: 200 } }, signal }));
    return new Map(items.map((one) => [one.user_id, one.name ?? one.email ?? ""]));
  }, [team_id]);
  function whoIs(id: string | null): string {
    if (id === null) return script.is_template ? "the platform" : "somebody whose account is gone";
    return id === me.value?.user.id ? "you" : names.data?.get(id) || (names.data === undefined ? "…" : "a former member");
  }
  if (script.versions.length === 0) return <p>No version of it is kept that you may see.</p>;
  return (
    <>
      <table class="scripts-table" aria-label="Versions">
        <thead>
          <tr>
            <th scope="col" class="number">Version</th>
            <th scope="col">Text, and its SHA-256</th>
            <th scope="col">Saved</th>
          </tr>
        </thead>
        <tbody>
          {script.versions.map((one) => (
            <tr key={one.version}>
              <th scope="row" class="number">
                {one.version}
              </th>
              <td>
                <Button kind="quiet" aria-label={`Read version ${one.version}`} onClick={() => setReading(one.version)}>
                  Read
                </Button>
                <Copyable text={one.sha256} shown={one.sha256.slice(0, 12)} label="Copy the hash" />
                {one.sha256 === script.source_sha256 && <small>the present text</small>}
              </td>
              <td>
                <When at={one.created_at} />
                <small>by {whoIs(one.created_by)}</small>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <p class="scripts-note">A job and a capsule keep the text that they ran, whatever became of the script: compare its hash with these.</p>
      {reading !== null && <VersionDialog key={reading} script={script} version={reading} onClose={() => setReading(null)} onTake={onTake} />}
    </>
  );
}
