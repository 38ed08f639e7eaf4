import type { Path } from "./inclusion";

const STEP = 62;
const BOX = { width: 118, height: 26 };
const MIDDLE = 190;
const WIDTH = 380;

/** The way from a leaf up to the root: at each step the sibling that is hashed beside what was found so far. */
export function AuditPath({ path, label }: { path: Path; label: string }) {
  const height = path.steps.length * STEP + BOX.height + 24;
  const level = (n: number) => height - 12 - BOX.height - n * STEP;
  return (
    <figure class="capsules-path">
      <div class="capsules-path-frame" tabIndex={0} role="region" aria-label="Drawing of the path">
        <svg class="plot" viewBox={`0 0 ${WIDTH} ${height}`} role="img" aria-label={label} style={{ maxWidth: `${WIDTH}px` }}>
          {path.steps.map((step, n) => {
            const x = step.side === "left" ? 4 : WIDTH - BOX.width - 4;
            const join = level(n + 1) + BOX.height;
            return (
              <g key={n}>
                <path class="capsules-path-line" d={`M${MIDDLE} ${level(n)}V${join}`} />
                <path class="capsules-path-line" d={`M${x + BOX.width / 2} ${level(n)}V${join + 14}H${MIDDLE}`} />
                <Hash x={x} y={level(n)} text={step.sibling} kind="sibling" />
              </g>
            );
          })}
          <Hash x={MIDDLE - BOX.width / 2} y={level(0)} text={path.leaf} kind="leaf" />
          {path.steps.map((step, n) => (
            <Hash key={n} x={MIDDLE - BOX.width / 2} y={level(n + 1)} text={step.hash} kind={n === path.steps.length - 1 ? "root" : "node"} />
          ))}
        </svg>
      </div>
      <details>
        <summary>Show as table</summary>
        <div class="scroll-x" tabIndex={0} role="region" aria-label="Steps of the path">
          <table>
            <caption class="visually-hidden">{label}</caption>
            <thead>
              <tr>
                <th scope="col">Step</th>
                <th scope="col">Sibling</th>
                <th scope="col">Stands</th>
                <th scope="col">Hash of both</th>
              </tr>
            </thead>
            <tbody>
              <tr>
                <td>leaf</td>
                <td>–</td>
                <td>–</td>
                <td>
                  <code>{path.leaf}</code>
                </td>
              </tr>
              {path.steps.map((step, n) => (
                <tr key={n}>
                  <td>{n + 1}</td>
                  <td>
                    <code>{step.sibling}</code>
                  </td>
                  <td>{step.side}</td>
                  <td>
                    <code>{step.hash}</code>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
    </figure>
  );
}

/** What each box is stands in it: the colour only repeats it. */
function Hash({ x, y, text, kind }: { x: number; y: number; text: string; kind: "leaf" | "node" | "sibling" | "root" }) {
  return (
    <g class={`capsules-hash ${kind}`}>
      <title>{`${kind} ${text}`}</title>
      <rect x={x} y={y} width={BOX.width} height={BOX.height} rx="5" />
      <text x={x + BOX.width / 2} y={y + 17} text-anchor="middle">
        {kind === "node" || kind === "sibling" ? `${text.slice(0, 10)}…` : `${kind} ${text.slice(0, 8)}…`}
      </text>
    </g>
  );
}
