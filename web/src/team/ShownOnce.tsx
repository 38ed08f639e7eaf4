import type { ComponentChildren } from "preact";
import { useId, useRef, useState } from "preact/hooks";
import { say } from "~/shell/notices";
import { Button } from "~/ui/Button";
import { Dialog } from "~/ui/Dialog";

interface Props {
  title: string;
  /** What the text is, as its field's label. */
  label: string;
  text: string;
  children: ComponentChildren;
  onClose: () => void;
  /** Shows it again, when it was closed by chance. */
  onReopen: () => void;
}

/** A secret that the server tells one time: shown, copied, and gone when this closes. */
export function ShownOnce({ title, label, text, children, onClose, onReopen }: Props) {
  const id = useId();
  const done = useRef(false);
  const field = useRef<HTMLInputElement>(null);
  const [told, setTold] = useState("");
  async function copy(): Promise<void> {
    try {
      await navigator.clipboard.writeText(text);
      setTold("Copied.");
    } catch {
      field.current?.select();
      setTold("This browser does not let the page copy. The text is selected: copy it by the keyboard.");
    }
  }
  function finish(byChance: boolean): void {
    if (done.current) return;
    done.current = true;
    onClose();
    if (byChance) say({ kind: "done", text: "It is not shown again, unless you take this back now.", undo: onReopen });
  }
  return (
    <Dialog title={title} open onClose={() => finish(true)} actions={<Button onClick={() => finish(false)}>I have it: close</Button>}>
      {children}
      <div class="field">
        <label for={id}>{label}</label>
        <div class="team-secret">
          <input id={id} ref={field} class="mono" readOnly value={text} spellcheck={false} autocomplete="off" onFocus={(event) => event.currentTarget.select()} />
          <Button kind="primary" onClick={copy}>
            Copy
          </Button>
        </div>
        <small>It is shown this once: nobody can read it here again.</small>
        <small role="status">{told}</small>
      </div>
    </Dialog>
  );
}
