import type { ComponentChildren } from "preact";
import { lazy, memo, Suspense } from "preact/compat";
import { useCallback, useState } from "preact/hooks";
import { type Circuit, type Span, width } from "~/circuits/circuit";
import { Button } from "~/ui/Button";
import { Trouble, Waiting } from "~/ui/states";
import { Badge } from "~/ui/values";
import type { Conversion } from "./convert";
import type { EditorPlace } from "~/editor/Editor";
import type { Live } from "./live";

const Drawing = lazy(() => import("~/circuits/drawing/Drawing").then(({ Drawing }) => ({ default: Drawing })));

/** The circuit that the text says, drawn as it is typed. */
export function LiveCircuit({ live, cursor, onGoTo }: { live: Live; cursor: EditorPlace | null; onGoTo: (place: EditorPlace) => void }) {
  const { parsed, circuit, stale } = live;
  const pick = useCallback((span: Span) => onGoTo({ line: span.line, column: span.column }), [onGoTo]);
  return (
    <Card circuit={circuit} note={stale && circuit !== null ? "as it was before the errors" : null}>
      {circuit === null ? (
        parsed !== null && <p class="playground-note">{parsed.inputs.length > 0 ? "The drawing comes when every input has a value." : "The drawing comes when the text can be read."}</p>
      ) : (
        <div class={stale ? "playground-drawing stale" : "playground-drawing"}>
          <Drawn circuit={circuit} highlight={stale || cursor === null ? null : spanAt(circuit, cursor)} onPick={pick} />
        </div>
      )}
    </Card>
  );
}

interface ConvertedProps {
  last: Conversion | null;
  since: number | null;
  code: string;
  signedIn: boolean;
  onShow: () => unknown;
  onOpen: (program: string) => void;
}

/** The circuit that a script builds, asked of the server. */
export function ConvertedCircuit({ last, since, code, signedIn, onShow, onOpen }: ConvertedProps) {
  const converted = last?.converted ?? null;
  const stale = last !== null && last.code !== code;
  return (
    <Card circuit={last?.circuit ?? null} note={stale && converted !== null ? "of an earlier text" : null}>
      {(last === null || stale) && (
        <p class="playground-note">
          {signedIn ? "A script's circuit is known when it is built: the server builds it, and runs nothing." : "Sign in to see the circuit that a script builds."}{" "}
          {signedIn && <Button class="small" onClick={onShow}>Show the circuit</Button>}
        </p>
      )}
      {since !== null && <Waiting what="The server builds the circuit" since={since} />}
      {last?.refusal && !stale && <Trouble refusal={last.refusal} onRetry={() => void onShow()} />}
      {last?.circuit && (
        <div class={stale ? "playground-drawing stale" : "playground-drawing"}>
          <Drawn circuit={last.circuit} />
        </div>
      )}
      {converted !== null && (
        <>
          <p class="playground-certificate">
            {converted.certificate === null ? "No certificate: there was nothing to compare it with." : <>Compared with what the script built: <Badge status={converted.certificate.result} /> {converted.certificate.methods.length > 0 && <small>by {converted.certificate.methods.join(", ")}</small>}</>}
          </p>
          {converted.warnings.map((warning) => (
            <p key={warning} class="playground-note">{warning}</p>
          ))}
          <details>
            <summary>As OpenQASM</summary>
            <pre tabIndex={0}>{converted.program}</pre>
          </details>
          <Button class="small" onClick={() => onOpen(converted.program)}>Open as OpenQASM</Button>
        </>
      )}
    </Card>
  );
}

function Card({ circuit, note, children }: { circuit: Circuit | null; note: string | null; children: ComponentChildren }) {
  return (
    <section class="card playground-circuit" aria-label="Circuit">
      <header>
        <h2>Circuit</h2>
        {circuit !== null && (
          <small class="number">
            {say(width(circuit.qubits), "qubit")}, {say(width(circuit.clbits), "bit")}, {say(circuit.ops.length, "operation")}
            {note !== null && <strong> ({note})</strong>}
          </small>
        )}
      </header>
      {children}
    </section>
  );
}

/** Not drawn again with each letter, but only with another circuit or another op at the cursor. */
const Drawn = memo((props: { circuit: Circuit; highlight?: Span | null; onPick?: (span: Span) => void }) => {
  const [since] = useState(Date.now);
  return (
    <Suspense fallback={<Waiting what="Loading the drawing" since={since} />}>
      <Drawing label="Circuit of the program" {...props} />
    </Suspense>
  );
});

/** Of the op at the cursor: the one with the least text around it. */
function spanAt(circuit: Circuit, { line, column }: EditorPlace): Span | null {
  let best: Span | null = null;
  for (const { span } of circuit.ops) {
    const after = line > span.line || (line === span.line && column >= span.column);
    const before = line < span.endLine || (line === span.endLine && column <= span.endColumn);
    if (after && before && (best === null || isInside(span, best))) best = span;
  }
  return best;
}

function isInside(inner: Span, outer: Span): boolean {
  return inner.line > outer.line || (inner.line === outer.line && inner.column >= outer.column);
}

function say(count: number, what: string): string {
  return `${count.toLocaleString()} ${what}${count === 1 ? "" : "s"}`;
}
