import { useState } from "preact/hooks";
import { answer, api, onceOnly } from "~/api/client";
import { soon } from "~/shell/notices";
import { Button } from "~/ui/Button";
import { Empty } from "~/ui/states";
import { Copyable, sayBytes } from "~/ui/values";
import { artifactUrl, grouped, isRecorded, SAID_TYPES } from "../artifacts";
import { type Artifact, type Capsule, COUNTS_FILE, shortly } from "../capsule";
import { AddFile } from "./AddFile";
import { View } from "./View";

interface Props {
  capsule: Capsule;
  /** The file that is shown at first; null: the counts. */
  first: string | null;
  /** Why files may not be changed; null: they may. */
  why: string | null;
  onChanged: () => void;
}

/** The files of a capsule by what they are for: to look at, to take along, and, in a draft, to add and remove. */
export function Contents({ capsule, first, why, onChanged }: Props) {
  const [leaving, setLeaving] = useState<ReadonlySet<string>>(new Set());
  const [shown, setShown] = useState<string | null>(first ?? COUNTS_FILE);
  const files = capsule.artifacts.filter((file) => !leaving.has(file.id));
  function remove(file: Artifact): void {
    setLeaving((before) => new Set([...before, file.id]));
    const stay = () => setLeaving((before) => new Set([...before].filter((id) => id !== file.id)));
    const path = { capsule_id: capsule.id, name: file.name };
    soon(
      `${file.name} is removed.`,
      async () => {
        await answer(api.DELETE("/api/capsules/{capsule_id}/artifacts/{name}", { params: { path, header: onceOnly() }, keepalive: true }));
        onChanged();
      },
      stay,
    );
  }
  return (
    <>
      {why === null && <AddFile capsule={capsule} onAdded={onChanged} />}
      {why === null && capsule.job_id !== null && (
        <p>
          <small>What the platform recorded of the job stays as it is; files of your own come and go until the seal.</small>
        </p>
      )}
      {files.length === 0 && (
        <Empty title="No files yet">
          {capsule.job_id === null ? "Add a script, data, whatever is needed to repeat the work. What is not in a capsule cannot be checked later." : "What the job left is put in as soon as it has ended."}
        </Empty>
      )}
      {grouped(files).map((group) => (
        <section key={group.type} class="capsules-group" aria-labelledby={`files-${group.type}`}>
          <h2 id={`files-${group.type}`}>
            {SAID_TYPES[group.type]} <small>{group.type}</small>
          </h2>
          <ul class="capsules-files">
            {group.files.map((file) => (
              <li key={file.id}>
                <File file={file} capsule={capsule} why={why} shown={shown === file.name} onShow={() => setShown(shown === file.name ? null : file.name)} onRemove={() => remove(file)} />
              </li>
            ))}
          </ul>
        </section>
      ))}
    </>
  );
}

interface FileProps {
  file: Artifact;
  capsule: Capsule;
  why: string | null;
  shown: boolean;
  onShow: () => void;
  onRemove: () => void;
}

function File({ file, capsule, why, shown, onShow, onRemove }: FileProps) {
  return (
    <>
      <div class="capsules-file">
        <span class="capsules-file-name">
          <code>{file.name}</code>
          <small>
            {file.content_type}, {sayBytes(file.size_bytes)}
          </small>
        </span>
        {file.digest !== null && <Copyable text={file.digest} shown={shortly(file.digest, 8)} label={`Copy the digest of ${file.name}`} />}
        <span class="actions">
          <Button kind="quiet" class="small" aria-expanded={shown} aria-label={`${shown ? "Hide" : "View"} ${file.name}`} onClick={onShow}>
            {shown ? "Hide" : "View"}
          </Button>
          <a class="button quiet small" href={artifactUrl(capsule.id, file.name)} download={file.name.split("/").at(-1)} aria-label={`Download ${file.name}`}>
            Download
          </a>
          {why === null && !isRecorded(capsule, file.name) && (
            <Button kind="quiet" class="small" aria-label={`Remove ${file.name}`} onClick={onRemove}>
              Remove
            </Button>
          )}
        </span>
      </div>
      {shown && <View capsule={capsule} file={file} />}
    </>
  );
}
