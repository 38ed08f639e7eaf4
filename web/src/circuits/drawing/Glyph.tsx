import { BOX, type Part } from "./layout";

const HALF = BOX / 2;

/** One part of an operation whose column's middle is `x`. */
export function Glyph({ part, x }: { part: Part; x: number }) {
  switch (part.is) {
    case "line":
      if (part.of === "qubits") return <path class="circuit-line" d={`M${x} ${part.from}V${part.to}`} />;
      return <path class="circuit-bits" d={`M${x - 1.5} ${part.from}V${part.to}M${x + 1.5} ${part.from}V${part.to}`} />;
    case "dot":
      return <circle class={part.open ? "circuit-dot open" : "circuit-dot"} cx={x} cy={part.y} r={5} />;
    case "plus":
      return (
        <>
          <circle class="circuit-plus" cx={x} cy={part.y} r={11} />
          <path class="circuit-plus" d={`M${x - 11} ${part.y}H${x + 11}M${x} ${part.y - 11}V${part.y + 11}`} />
        </>
      );
    case "cross":
      return <path class="circuit-cross" d={`M${x - 7} ${part.y - 7}l14 14M${x - 7} ${part.y + 7}l14 -14`} />;
    case "box":
      return <Box part={part} x={x} />;
    case "meter":
      return (
        <>
          <rect class="circuit-box meter" x={x - HALF} y={part.y - HALF} width={BOX} height={BOX} rx={4} />
          <path class="circuit-meter" d={`M${x - 9} ${part.y + 6}A9.5 9.5 0 0 1 ${x + 9} ${part.y + 6}M${x} ${part.y + 6}L${x + 7} ${part.y - 8}`} />
        </>
      );
    case "barrier":
      return <path class="circuit-barrier" d={part.ys.map((y) => `M${x} ${y - 20}v40`).join("")} />;
    case "tip":
      return (
        <>
          <path class="circuit-tip" d={`M${x - 6} ${part.y - 9}h12L${x} ${part.y - 1}z`} />
          <text class="circuit-small" x={x} y={part.y + 14} text-anchor="middle">{part.label}</text>
        </>
      );
    case "asks":
      return (
        <>
          <circle class="circuit-dot" cx={x} cy={part.y} r={4.5} />
          <text class="circuit-small" x={x} y={part.y + 16} text-anchor="middle">{part.label}</text>
        </>
      );
  }
}

function Box({ part, x }: { part: Part & { is: "box" }; x: number }) {
  const { top, bottom, width, name, params, look, ports } = part;
  const middle = (top + bottom) / 2;
  // The numbers of its wires stand at a wide box's left edge.
  const at = ports.length ? x + 5 : x;
  return (
    <>
      <rect class={`circuit-box ${look}`} x={x - width / 2} y={top} width={width} height={bottom - top} rx={4} />
      <text class="circuit-name" x={at} y={params ? middle - 1 : middle + 4.5} text-anchor="middle">{name}</text>
      {params && <text class="circuit-small" x={at} y={middle + 11} text-anchor="middle">{params}</text>}
      {ports.map(({ y, label }) => (
        <text key={label} class="circuit-small soft" x={x - width / 2 + 4} y={y + 3.5}>{label}</text>
      ))}
    </>
  );
}
