import "./plots.css";
import { scaleBand, scaleLinear } from "d3-scale";
import { useId, useMemo, useRef, useState } from "preact/hooks";
import { Button } from "~/ui/Button";
import { Bar, Diamond, Interval, Legend, YAxis } from "./bars";
import { saveCsv, savePng, saveSvg } from "./download";
import { OutcomeTable, outcomeRows } from "./OutcomeTable";
import { arrange, listOutcomes, type Measured, type Order, type Outcome, wilson } from "./outcomes";
import { useWidth } from "./size";

/** A second series of counts. `sampled` false: not shots that were counted (mitigated counts), so that no interval can be given. */
export interface Compared extends Measured {
  name: string;
  sampled?: boolean;
}

interface Props extends Measured {
  /** What would come without noise and with endless shots: probabilities by bit string. */
  exact?: Record<string, number> | null;
  /** What is shown, for those who cannot see it and for the files' names. */
  label: string;
  /** How many outcomes have a bar of their own. */
  most?: number;
  compare?: Compared;
  name?: string;
  /** False: the counts are not of shots; no interval is drawn. */
  sampled?: boolean;
}

const BOTTOM = 240;
const MARGIN = { left: 48, right: 8, top: 34 };
const LETTER = 7.3;
/** A bar and its turned label need this much. */
const NARROWEST = 14;

/** Counts as bars with Wilson's 95 % intervals; the exact distribution as open diamonds; a second series hatched. */
export function Histogram({ counts, shots, exact = null, label, most = 32, compare, name = "measured", sampled = true }: Props) {
  const [order, setOrder] = useState<Order>("key");
  const frame = useRef<HTMLDivElement>(null);
  const svg = useRef<SVGSVGElement>(null);
  const width = useWidth(frame);
  const all = useMemo(() => listOutcomes({ counts, shots, exact, compare }), [counts, shots, exact, compare]);
  const fitting = Math.min(most, Math.floor((width - MARGIN.left - MARGIN.right) / NARROWEST) - 1);
  const shown = useMemo(() => arrange(all, fitting, order), [all, fitting, order]);
  const file = label.replace(/[^\p{L}\p{N}._-]+/gu, "-").slice(0, 80);
  const csv = outcomeRows(all, { shots, sampled, name, compare });
  const withSvg = (save: (drawing: SVGSVGElement) => unknown) => () => (svg.current === null ? undefined : save(svg.current));
  return (
    <figure class="histogram">
      <div ref={frame} class="histogram-frame">
        <Bars drawing={svg} width={width} shown={shown} label={label} shots={shots} compare={compare} name={name} sampled={sampled} />
      </div>
      <figcaption class="plot-tools">
        <label>
          Order{" "}
          <select value={order} onChange={(event) => setOrder(event.currentTarget.value === "count" ? "count" : "key")}>
            <option value="key">by bit string</option>
            <option value="count">by count</option>
          </select>
        </label>
        <span class="plot-note">
          {shots.toLocaleString()} shots, {all.length.toLocaleString()} {all.length === 1 ? "outcome" : "outcomes"}
        </span>
        <Button kind="quiet" class="small" onClick={withSvg((drawing) => savePng(drawing, file))}>PNG</Button>
        <Button kind="quiet" class="small" onClick={withSvg((drawing) => saveSvg(drawing, file))}>SVG</Button>
        <Button kind="quiet" class="small" onClick={() => saveCsv(file, csv.header, csv.rows)}>CSV</Button>
      </figcaption>
      <OutcomeTable header={csv.header} rows={csv.rows} label={label} />
    </figure>
  );
}

interface BarsProps {
  drawing: { current: SVGSVGElement | null };
  width: number;
  shown: readonly Outcome[];
  label: string;
  shots: number;
  compare: Compared | undefined;
  name: string;
  sampled: boolean;
}

function Bars({ drawing, width, shown, label, shots, compare, name, sampled }: BarsProps) {
  const hatch = useId();
  const hasExact = shown.some((one) => one.exact !== null);
  // A bar is no wider than reads well, however few there are.
  const gap = Math.max(0.25, 1 - (compare ? 120 : 84) / ((width - MARGIN.left - MARGIN.right) / shown.length));
  const x = scaleBand<number>().domain(shown.map((_, n) => n)).range([MARGIN.left, width - MARGIN.right]).paddingInner(gap).paddingOuter(gap / 2);
  const longest = Math.max(...shown.map((one) => one.label.length), 1);
  const turned = longest * LETTER > x.step() - 4;
  const height = BOTTOM + (turned ? Math.min(MOST_LETTERS, longest) * LETTER + 16 : 28);
  const intervals = (count: number, of: number) => (of > 0 && count >= 0 && count <= of ? wilson(count, of) : null);
  const tops = shown.flatMap((one) => [
    sampled ? (intervals(one.count, shots)?.high ?? one.share) : one.share,
    one.exact ?? 0,
    one.compared && compare ? (compare.sampled === false ? one.compared.share : (intervals(one.compared.count, compare.shots)?.high ?? one.compared.share)) : 0,
  ]);
  const lows = shown.flatMap((one) => [one.share, one.compared?.share ?? 0]);
  const y = scaleLinear().domain([Math.min(0, ...lows), Math.max(...tops, 0.01)]).nice(5).range([BOTTOM, MARGIN.top]);
  const half = compare ? x.bandwidth() / 2 : x.bandwidth();
  const ground = y(0);
  return (
    <svg ref={drawing} class="plot" role="img" aria-label={`${label}. ${inWords(shown, name)}`} viewBox={`0 0 ${width} ${height}`} width={width} height={height}>
      <defs>
        <pattern id={hatch} width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
          <rect width="6" height="6" class="hatch-ground" />
          <line x1="0" y1="0" x2="0" y2="6" class="hatch-line" />
        </pattern>
      </defs>
      <YAxis scale={y} left={MARGIN.left} right={width - MARGIN.right} />
      {shown.map((one, n) => {
        const left = x(n) ?? 0;
        const centre = left + x.bandwidth() / 2;
        return (
          <g key={one.key ?? ""}>
            <title>{tip(one, shots, name, compare)}</title>
            <rect x={left} y={MARGIN.top} width={x.bandwidth()} height={BOTTOM - MARGIN.top} class="hit" />
            <Bar x={left} width={half} from={ground} to={y(one.share)} others={one.key === null} />
            {one.compared && <Bar x={left + half} width={half} from={ground} to={y(one.compared.share)} hatch={hatch} />}
            {sampled && <Interval x={left + half / 2} of={intervals(one.count, shots)} scale={y} />}
            {one.compared && compare && compare.sampled !== false && <Interval x={left + half * 1.5} of={intervals(one.compared.count, compare.shots)} scale={y} />}
            {one.exact !== null && <Diamond x={compare ? centre : left + half / 2} y={y(one.exact)} size={Math.min(6, Math.max(3.5, x.bandwidth() / 4))} />}
            <text
              class="outcome"
              text-anchor={turned ? "end" : "middle"}
              transform={turned ? `translate(${centre + 4} ${BOTTOM + 8}) rotate(-90)` : `translate(${centre} ${BOTTOM + 17})`}
            >
              {shorten(one.label)}
            </text>
          </g>
        );
      })}
      <line x1={MARGIN.left} x2={width - MARGIN.right} y1={ground} y2={ground} class="base" />
      <Legend left={MARGIN.left} hatch={hatch} name={name} compare={compare?.name} exact={hasExact} interval={sampled} />
    </svg>
  );
}

const MOST_LETTERS = 18;

/** A long bit string keeps both ends; the tip and the table have all of it. */
function shorten(label: string): string {
  return label.length <= MOST_LETTERS ? label : `${label.slice(0, 9)}…${label.slice(-8)}`;
}

function tip(one: Outcome, shots: number, name: string, compare: Compared | undefined): string {
  const lines = [one.label, `${name}: ${say(one.count)} of ${shots.toLocaleString()} (${percent(one.share)})`];
  if (one.compared && compare) lines.push(`${compare.name}: ${say(one.compared.count)} of ${compare.shots.toLocaleString()} (${percent(one.compared.share)})`);
  if (one.exact !== null) lines.push(`exact: ${percent(one.exact)}`);
  return lines.join("\n");
}

function inWords(shown: readonly Outcome[], name: string): string {
  const first = [...shown].filter((one) => one.key !== null).sort((one, other) => other.share - one.share).slice(0, 4);
  return `Likeliest ${name}: ${first.map((one) => `${one.label} ${percent(one.share)}`).join(", ")}.`;
}

const say = (count: number): string => count.toLocaleString(undefined, { maximumFractionDigits: 2 });
const percent = (share: number): string => `${(share * 100).toFixed(share < 0.1 ? 2 : 1)} %`;
