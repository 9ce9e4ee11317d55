// Floor 5. The headline metric of the untuned pool at each fee of a grid: where the "best fixed fee" baseline comes from.
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

/** Pixels between the frame and the first and last fee. */
const INSET = 14;

const isLogarithmic = (points: FeePoint[]): boolean =>
  points[0].x > 0 && points[points.length - 1].x / points[0].x > 15;

const verticalDomain = (points: FeePoint[], tuned: number | null) =>
  extent(points.map((p) => p.y).concat(tuned ?? []), [], 0.14);

/** What the cursor reads: the fees, on the axis that they are drawn on. */
function readGrid(points: FeePoint[], metric: string, tuned: number | null): string {
  const keys = points.map((p) => (isLogarithmic(points) ? Math.log(p.x) : p.x));
  const domain: [number, number] = [keys[0], keys[keys.length - 1]];
  const heads = points.map((p) => formatBps(p.x / 1e4));
  const line = {
    name: metricLabel(metric),
    colour: COLOUR,
    at: points.map((p) => p.y),
    texts: (k: number) => formatMetric(metric, points[k].y),
  };
  return readings({ group: 'fee', domain, keys, heads }, [line], verticalDomain(points, tuned));
}

function drawGrid(
  kit: Kit,
  points: FeePoint[],
  best: FeePoint,
  metric: string,
  tuned: number | null,
  room: Room,
): Html {
  const { Plot } = kit;
  const ink = 'var(--ink-2)';
  const domain = verticalDomain(points, tuned);
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
      Plot.line(points, { x: 'x', y: 'y', stroke: COLOUR, strokeWidth: 1.5 }),
      Plot.dot(points, { x: 'x', y: 'y', fill: COLOUR, r: 3.5 }),
      Plot.dot([best], { x: 'x', y: 'y', stroke: 'var(--ink)', strokeWidth: 1.5, r: 6.5 }),
      Plot.text([formatBps(best.x / 1e4)], { x: [best.x], y: [best.y], dy: -15, fill: 'var(--ink)', fontWeight: 650 }),
      ...(tuned === null ? [] : tunedMarks(kit, tuned, points)),
    ],
  });
}

/** The grid as a curve in basis points, its best fee named; nothing without a finite figure. */
export function feeGridChart(
  kit: Kit,
  grid: NonNullable<ReportData['feeGrid']>,
  metric: string,
  tuned: number | null,
): Html | null {
  const known = grid.filter((g) => Number.isFinite(g.metric));
  if (known.length === 0) return null;
  const points = known.map((g) => ({ x: g.fee * 1e4, y: g.metric })).sort((a, b) => a.x - b.x);
  const best = points.reduce((a, b) => (b.y > a.y ? b : a));
  const title = `${metricLabel(metric)} by fixed fee`;
  const [first, ...rest] = points.map((p) => formatMetric(metric, p.y));
  if (rest.every((text) => text === first)) {
    return html`<p class="same">${metricLabel(metric)} is <b>${first}</b> at every fixed fee that was tried.</p>`;
  }
  const draw = (room: Room) => drawGrid(kit, points, best, metric, tuned, room);
  return figure(`${title}, best at ${formatBps(best.x / 1e4)}`, 'half', draw, {
    caption: title,
    readings: readGrid(points, metric, tuned),
  });
}
