import { useState } from "preact/hooks";
import { sayBytes } from "~/ui/values";
import type { Files } from "./judge";

interface Props {
  files: Files;
  onFiles: (files: readonly File[]) => void;
  told: string;
}

/** Where the two files are dropped or chosen. */
export function Drop({ files, onFiles, told }: Props) {
  const [over, setOver] = useState(false);
  return (
    <section
      class={over ? "verify-drop card over" : "verify-drop card"}
      aria-label="Files"
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        onFiles([...(event.dataTransfer?.files ?? [])]);
      }}
    >
      <label>
        <strong>Drop NAME.capsule and NAME.proof.json here</strong>
        <span>or choose them, together or one after the other:</span>
        <input
          type="file"
          multiple
          accept=".capsule,.json"
          onChange={(event) => {
            onFiles([...(event.currentTarget.files ?? [])]);
            event.currentTarget.value = "";
          }}
        />
      </label>
      <dl class="facts" aria-live="polite">
        <dt>Capsule</dt>
        <dd>{files.capsule ? `${files.capsule.name}, ${sayBytes(files.capsule.size)}` : "not yet"}</dd>
        <dt>Proof</dt>
        <dd>{files.proof ? `${files.proof.name}, ${sayBytes(files.proof.size)}` : "not yet: it says who signed, and where in the seal log"}</dd>
      </dl>
      {told !== "" && <p role="status">{told}</p>}
    </section>
  );
}
