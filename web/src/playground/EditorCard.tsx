import { Editor, type EditorPlace } from "~/editor/Editor";
import { change, draft } from "./draft";
import { FRAMEWORK_NAMES, FRAMEWORKS, readText, type TextKind } from "./framework";
import type { Found } from "./live";

interface Props {
  kind: TextKind;
  problems: readonly Found[];
  goTo: EditorPlace | null;
  onGoTo: (place: EditorPlace) => void;
  onCursor: (place: EditorPlace) => void;
}

const FROM = { example: "Example", template: "Template", script: "Script", job: "Job" };
const FOUND_BY = { reader: "", server: " (the server's check)", run: " (the last run)" };

/** The text, what it is written for, and what is wrong with it. */
export function EditorCard({ kind, problems, goTo, onGoTo, onCursor }: Props) {
  const { code, source, edited, framework } = draft.value;
  const detected = framework === null ? kind.framework : null;
  const version = kind.language === "openqasm" ? ` ${kind.version}` : "";
  return (
    <section class="card playground-editor" aria-label="Program">
      <header>
        <select aria-label="Framework" value={framework ?? ""} onChange={(event) => change({ framework: FRAMEWORKS.find((one) => one === event.currentTarget.value) ?? null })}>
          <option value="">{framework !== null ? "As the text says" : detected === null ? "Which framework?" : `${FRAMEWORK_NAMES[detected]}${version}, detected`}</option>
          {FRAMEWORKS.map((one) => (
            <option key={one} value={one}>
              {FRAMEWORK_NAMES[one]}
            </option>
          ))}
        </select>
        {source !== null && (
          <small class="playground-source">
            {FROM[source.kind]} “{source.name}”{edited && ", changed"}
          </small>
        )}
      </header>
      <Editor
        label="Program text"
        value={code}
        language={kind.language}
        problems={problems}
        goTo={goTo}
        onCursor={onCursor}
        onChange={(text) => {
          if (text === draft.value.code) return;
          // Emptied, or in another language, it is no longer what was opened.
          const another = text.trim() === "" || readText(text, framework).language !== kind.language;
          change({ code: text, edited: true, ...(another && { source: null }) });
        }}
      />
      <Problems problems={problems} onGoTo={onGoTo} />
    </section>
  );
}

const MOST_LISTED = 50;

function Problems({ problems, onGoTo }: { problems: readonly Found[]; onGoTo: (place: EditorPlace) => void }) {
  if (problems.length === 0) return null;
  return (
    <ul class="playground-problems" aria-label="Problems">
      {problems.slice(0, MOST_LISTED).map((problem) => (
        <li key={`${problem.line}:${problem.column}:${problem.message}`}>
          <button type="button" data-level={problem.level} onClick={() => onGoTo({ line: problem.line, column: problem.column })}>
            <code>
              {problem.line}:{problem.column}
            </code>
            <span>
              <span class="visually-hidden">{problem.level}: </span>
              {problem.message}
              {FOUND_BY[problem.by]}
            </span>
          </button>
        </li>
      ))}
      {problems.length > MOST_LISTED && <li>and {problems.length - MOST_LISTED} more</li>}
    </ul>
  );
}
