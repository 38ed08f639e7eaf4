import type { ComponentChildren } from "preact";
import { useMemo, useState } from "preact/hooks";
import { Drawing } from "~/circuits/drawing/Drawing";
import { parseQasm } from "~/circuits/qasm/parse";
import { Button } from "~/ui/Button";

/** An OpenQASM program drawn, or as its `text`; what the page's own parser cannot read is its text alone. */
export default function DrawnProgram({ content, label, text }: { content: string; label: string; text: ComponentChildren }) {
  const { circuit, inputs } = useMemo(() => readFreely(content), [content]);
  const [asText, setAsText] = useState(false);
  if (circuit === null) return <>{text}</>;
  return (
    <>
      {asText ? text : <Drawing circuit={circuit} label={label} />}
      {!asText && inputs.length > 0 && <p class="jobs-soft">Drawn with {inputs.join(", ")} = 0: each run gave its own.</p>}
      <Button kind="quiet" class="small" onClick={() => setAsText(!asText)}>
        {asText ? "Show the drawing" : "Show the text"}
      </Button>
    </>
  );
}

/** Inputs get their values when the program runs; any value draws the same gates. */
function readFreely(content: string) {
  const parsed = parseQasm(content);
  if (parsed.circuit !== null || parsed.inputs.length === 0) return parsed;
  return parseQasm(content, Object.fromEntries(parsed.inputs.map((name) => [name, 0])));
}
