import { useState } from "preact/hooks";
import { Button } from "~/ui/Button";
import { type Layer, type LayerState, layersOf } from "./layers";
import type { Known, Report } from "./verdict";

const MARKS: Record<LayerState, [mark: string, word: string]> = {
  holds: ["✓", "holds"],
  broken: ["✕", "broken"],
  open: ["?", "open"],
  missing: ["–", "not given"],
};
const MOST = 20;

/** The layers as a list to check off: what each proves, and what was found. */
export function LayerList({ report, known }: { report: Report; known: Known }) {
  return (
    <section class="card" aria-labelledby="verify-layers">
      <h2 id="verify-layers">Layer by layer</h2>
      <ol class="verify-layers">
        {layersOf(report, known).map((layer) => (
          <li key={layer.id} data-state={layer.state}>
            <span class="verify-mark" aria-hidden="true">{MARKS[layer.state][0]}</span>
            <div>
              <h3>
                {layer.title} <span class="visually-hidden">{MARKS[layer.state][1]}</span>
              </h3>
              <p>{layer.said}</p>
              <p class="verify-soft">{layer.proves}</p>
              <Findings layer={layer} />
            </div>
          </li>
        ))}
      </ol>
    </section>
  );
}

function Findings({ layer }: { layer: Layer }) {
  const [all, setAll] = useState(false);
  if (layer.findings.length === 0) return null;
  const shown = all ? layer.findings : layer.findings.slice(0, MOST);
  return (
    <>
      <ul class="verify-findings">
        {shown.map((finding, place) => (
          <li key={place}>
            <code dir="auto">{finding.file || "the archive"}</code> {finding.message}
          </li>
        ))}
      </ul>
      {shown.length < layer.findings.length && <Button onClick={() => setAll(true)}>Show all {layer.findings.length.toLocaleString()} findings</Button>}
    </>
  );
}
