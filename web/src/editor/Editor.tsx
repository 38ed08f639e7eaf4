import { useEffect, useId, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Mounted } from "./mount";
import "./editor.css";

export type EditorLanguage = "python" | "openqasm";

/** A place in the text, from 1. */
export interface EditorPlace {
  line: number;
  column: number;
}

/** Something to be told at its place in the text; without an end, of the word that stands there. */
export interface EditorProblem extends EditorPlace {
  endLine?: number;
  endColumn?: number;
  level: "error" | "warning" | "info";
  message: string;
}

interface Props {
  value: string;
  onChange: (value: string) => void;
  language: EditorLanguage;
  problems: readonly EditorProblem[];
  /** What a screen reader calls it. */
  label: string;
  readOnly?: boolean;
  /** Told whenever the cursor has moved. */
  onCursor?: (at: EditorPlace) => void;
  /** Each new object moves the cursor there, and the focus with it. */
  goTo?: EditorPlace | null;
}

/** A code editor. CodeMirror comes when it is first shown; until then, and should it not come at all, a plain text field does. */
export function Editor({ value, onChange, language, problems, label, readOnly = false, onCursor, goTo = null }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const plain = useRef<HTMLTextAreaElement>(null);
  const told = useRef({ onChange, onCursor });
  told.current = { onChange, onCursor };
  const latest = useRef(value);
  latest.current = value;
  const [editor, setEditor] = useState<Mounted | null>(null);
  const hint = useId();

  useEffect(() => {
    let gone = false;
    let mounted: Mounted | null = null;
    void import("./mount").then(
      ({ mount }) => {
        if (gone || place.current === null) return;
        const field = plain.current;
        mounted = mount(place.current, {
          text: latest.current,
          language,
          label,
          describedBy: readOnly ? null : hint,
          readOnly,
          onChange: (text) => told.current.onChange(text),
          onCursor: (at) => told.current.onCursor?.(at),
        });
        // Whoever began to write goes on where they were.
        if (field !== null && document.activeElement === field) mounted.focus(field.selectionStart);
        setEditor(mounted);
      },
      () => undefined,
    );
    return () => {
      gone = true;
      mounted?.destroy();
    };
  }, [label, readOnly]);
  // At once: after the paint, a letter that was typed meanwhile would be taken back, or land before the cursor moves.
  useLayoutEffect(() => editor?.setText(value), [editor, value]);
  useLayoutEffect(() => {
    if (goTo !== null) editor?.goTo(goTo);
  }, [editor, goTo]);
  useEffect(() => editor?.setLanguage(language), [editor, language]);
  useEffect(() => editor?.setProblems(problems), [editor, problems]);

  return (
    <div class="editor">
      <div class="editor-place" ref={place} />
      {editor === null && (
        <textarea
          ref={plain}
          class="editor-plain"
          aria-label={label}
          spellcheck={false}
          autocapitalize="off"
          readOnly={readOnly}
          value={value}
          onInput={(event) => onChange(event.currentTarget.value)}
        />
      )}
      {!readOnly && (
        <p class="editor-hint" id={hint}>
          <kbd>Tab</kbd> indents; <kbd>Esc</kbd> then <kbd>Tab</kbd> leaves the editor.
        </p>
      )}
    </div>
  );
}
