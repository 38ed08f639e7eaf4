import { answer, api } from "~/api/client";
import { useLoad } from "~/api/load";
import { Editor } from "~/editor/Editor";
import { Button } from "~/ui/Button";
import { Dialog } from "~/ui/Dialog";
import { Arrived } from "~/ui/states";
import { languageOf } from "./frameworks";
import type { ScriptDetail } from "./script";

interface Props {
  script: ScriptDetail;
  version: number;
  onClose: () => void;
  /** Absent where the script may not be changed. */
  onTake?: (text: string) => void;
}

/** One text that the script had, to read and to take up again. */
export function VersionDialog({ script, version, onClose, onTake }: Props) {
  const loaded = useLoad((signal) => answer(api.GET("/api/scripts/{script_id}/versions/{version}", { params: { path: { script_id: script.id, version } }, signal })), [script.id, version]);
  const text = loaded.data?.script_content;
  return (
    <Dialog
      title={`Version ${version} of ${script.name}`}
      open
      onClose={onClose}
      wide
      actions={
        <>
          {text !== undefined && onTake !== undefined && (
            <Button
              onClick={() => {
                onTake(text);
                onClose();
              }}
            >
              Put it into the editor
            </Button>
          )}
          <Button kind="primary" onClick={onClose}>
            Close
          </Button>
        </>
      }
    >
      <Arrived of={loaded} what="Reading the version">
        {(found) => (
          <div class="scripts-editor scripts-version">
            <Editor
              value={found.script_content}
              onChange={() => undefined}
              language={languageOf(script.framework)}
              problems={[]}
              label={`Text of version ${version}`}
              readOnly
            />
          </div>
        )}
      </Arrived>
    </Dialog>
  );
}
