import { lazy, Suspense } from "preact/compat";
import { useState } from "preact/hooks";
import { Waiting } from "~/ui/states";
import { showControls } from "../reading";

interface Props {
  content: string;
  format: string;
  label: string;
}

const MOST_LINES = 2000;

// The parser and the drawing come with the first circuit that is looked at.
const DrawnProgram = lazy(() => import("./DrawnProgram"));

/** A program as a drawing where it is OpenQASM that can be drawn, else as its text with line numbers. */
export function ProgramText({ content, format, label }: Props) {
  const [since] = useState(Date.now);
  const text = <Numbered content={content} label={label} />;
  if (format !== "qasm2" && format !== "qasm3") return text;
  return (
    <Suspense fallback={<Waiting what="Drawing" since={since} />}>
      <DrawnProgram content={content} label={label} text={text} />
    </Suspense>
  );
}

function Numbered({ content, label }: { content: string; label: string }) {
  const lines = content.split("\n");
  const shown = lines.slice(0, MOST_LINES);
  return (
    <>
      <div class="jobs-code" tabIndex={0} role="region" aria-label={`${label}, as text`}>
        <pre aria-hidden="true" class="jobs-numbers">
          {shown.map((_, n) => `${n + 1}\n`).join("")}
        </pre>
        <pre>{showControls(shown.join("\n"))}</pre>
      </div>
      {lines.length > MOST_LINES && <p>The first {MOST_LINES} of {lines.length.toLocaleString()} lines; the download has all.</p>}
    </>
  );
}
