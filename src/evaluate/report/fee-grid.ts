// Floor 5. The headline metric at each fee of a grid, of the untuned pool, where the "best fixed fee" baseline comes from,
// and of the tuned one.
import type { Markish } from '@observablehq/plot';
import { extent, figure, type Kit, leftMargin, plot, type Room, roundTicks, verticalAxis } from './chart.js';
import type { ReportData } from './data.js';
import { formatBps, formatMetric, metricAxis, metricLabel, tickLabels } from './format.js';
import { type Html, html } from './html.js';
import { readings } from './readings.js';

interface FeePoint {
  /** Basis points. */
  x: number;
  y: number;
}

/** The colour of the fourth baseline, which this grid's best is. */
const COLOUR = 'var(--b4)';

/** The tuned pool's figure as a line to compare with, named at that end where the curve is further away. */
function tunedMarks({ Plot }: Kit, tuned: number, points: FeePoint[]): Markish[] {
  const away = (p: FeePoint) => Math.abs(p.y - tuned);
  const side = away(points[0]) > away(points[points.length - 1]) ? 'left' : 'right';
  const textAnchor = side === 'left' ? 'start' : 'end';
  return [
    Plot.ruleY([tuned], { stroke: 'var(--tuned)', strokeWidth: 1.5, strokeDasharray: '5,4' }),
    Plot.text(['tuned pool'], { y: [tuned], frameAnchor: side, dy: -9, textAnchor, fill: 'var(--tuned)' }),
  ];
}

/** The tuned pool at the fees of the grid. */
function tunedCurve({ Plot }: Kit, curve: FeePoint[]): Markish[] {
  if (curve.length === 0) return [];
  return [
    Plot.line(curve, { x: 'x', y: 'y', stroke: 'var(--tuned)', strokeWidth: 1.5 }),
    Plot.dot(curve, { x: 'x', y: 'y', fill: 'var(--tuned)', r: 2.5 }),
  ];
}

/** Pixels between the frame and the first and last fee. */
const INSET = 14;

const isLogarithmic = (points: FeePoint[]): boolean =>
  points[0].x > 0 && points[points.length - 1].x / points[0].x > 15;

/** What is drawn: the untuned pool at its fees, the tuned one at its own, and the tuned one at its fee. */
interface Grid {
  points: FeePoint[];
  curve: FeePoint[];
  tuned: number | null;
}

const verticalDomain = ({ points, curve, tuned }: Grid) =>
  extent([...points, ...curve].map((p) => p.y).concat(tuned ?? []), [], 0.14);

/** What the cursor reads: the fees, on the axis that they are drawn on. */
function readGrid(grid: Grid, metric: string): string {
  const { points, curve } = grid;
  const keys = points.map((p) => (isLogarithmic(points) ? Math.log(p.x) : p.x));
  const domain: [number, number] = [keys[0], keys[keys.length - 1]];
  const heads = points.map((p) => formatBps(p.x / 1e4));
  const line = (name: string, colour: string, at: number[]) => ({
    name,
    colour,
    at,
    texts: (k: number) => formatMetric(metric, at[k]),
  });
  const tuned = points.map((p) => curve.find((c) => c.x === p.x)?.y ?? Number.NaN);
  const lines = [
    line(
      curve.length === 0 ? metricLabel(metric) : 'untuned',
      COLOUR,
      points.map((p) => p.y),
    ),
    ...(curve.length === 0 ? [] : [line('tuned', 'var(--tuned)', tuned)]),
  ];
  return readings({ group: 'fee', domain, keys, heads }, lines, verticalDomain(grid));
}

function drawGrid(kit: Kit, grid: Grid, best: FeePoint, metric: string, room: Room): Html {
  const { Plot } = kit;
  const { points, curve, tuned } = grid;
  const ink = 'var(--ink-2)';
  const domain = verticalDomain(grid);
  const ticks = roundTicks(domain, 4);
  const written = tickLabels(ticks, metricAxis(metric));
  return plot(kit, room, {
    height: 240,
    marginLeft: leftMargin(written, room),
    marginRight: 16,
    marginTop: 20,
    marginBottom: 44,
    x: { type: isLogarithmic(points) ? 'log' : 'linear', inset: INSET },
    y: { domain },
    marks: [
      ...verticalAxis(kit, ticks, written),
      Plot.axisX({ tickSize: 4, label: 'fee, bps', labelArrow: 'none', ticks: 6, color: ink, tickFormat: '~f' }),
      ...tunedCurve(kit, curve),
      Plot.line(points, { x: 'x', y: 'y', stroke: COLOUR, strokeWidth: 1.5 }),
      Plot.dot(points, { x: 'x', y: 'y', fill: COLOUR, r: 3.5 }),
      Plot.dot([best], { x: 'x', y: 'y', stroke: 'var(--ink)', strokeWidth: 1.5, r: 6.5 }),
      Plot.text([formatBps(best.x / 1e4)], { x: [best.x], y: [best.y], dy: -15, fill: 'var(--ink)', fontWeight: 650 }),
      ...(tuned === null ? [] : tunedMarks(kit, tuned, points)),
    ],
  });
}

const pointsOf = (grid: NonNullable<ReportData['feeGrid']>): FeePoint[] =>
  grid
    .filter((g) => Number.isFinite(g.metric))
    .map((g) => ({ x: g.fee * 1e4, y: g.metric }))
    .sort((a, b) => a.x - b.x);

/** The grid as a curve in basis points, its best fee named; nothing without a finite figure. */
export function feeGridChart(
  kit: Kit,
  { feeGrid = [], tunedFeeGrid = [] }: Pick<ReportData, 'feeGrid' | 'tunedFeeGrid'>,
  metric: string,
  tuned: number | null,
): Html | null {
  const [points, curve] = [feeGrid, tunedFeeGrid].map(pointsOf);
  if (points.length === 0) return null;
  const best = points.reduce((a, b) => (b.y > a.y ? b : a));
  const title = `${metricLabel(metric)} by fixed fee`;
  const [first, ...rest] = [...points, ...curve].map((p) => formatMetric(metric, p.y));
  if (rest.every((text) => text === first)) {
    return html`<p class="same">${metricLabel(metric)} is <b>${first}</b> at every fixed fee that was tried.</p>`;
  }
  const draw = (room: Room) => drawGrid(kit, { points, curve, tuned }, best, metric, room);
  return figure(`${title}, best at ${formatBps(best.x / 1e4)}`, 'half', draw, {
    caption: curve.length === 0 ? title : `${title}: untuned, and tuned`,
    readings: readGrid({ points, curve, tuned }, metric),
  });
}
