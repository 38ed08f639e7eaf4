import type { EditorPlace } from "~/editor/Editor";

/** A way to the place of a problem, when it has one. */
export function AtLine({ line, column = 1, onGoTo }: { line: number | undefined; column?: number | undefined; onGoTo: (place: EditorPlace) => void }) {
  if (line === undefined) return null;
  return (
    <p>
      <button type="button" class="button small" onClick={() => onGoTo({ line, column })}>
        Go to line {line}, column {column}
      </button>
    </p>
  );
}
