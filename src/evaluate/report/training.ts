// Floor 5. Charts of the training run: the objective with the validation, the learning rate, the gradient's norm.
import type { Markish } from '@observablehq/plot';
import { extent, figure, type Kit, plot, type Room } from './chart.js';
import type { ReportData, ReportIteration } from './data.js';
import { decimate, type Point } from './decimate.js';
import { formatCompact, formatNumber, metricAxis } from './format.js';
import { type Html, html } from './html.js';

interface Curve {
  name: string;
  colour: string;
  points: Point[];
}

type Field = (row: ReportIteration) => number | null;

function curve(name: string, colour: string, rows: ReportIteration[], field: Field): Curve {
  const known = rows.filter((row) => field(row) !== null);
  const iterations = Float64Array.from(known, (row) => row.iteration);
  const figures = Float64Array.from(known, (row) => field(row)!);
  return { name, colour, points: decimate(iterations, figures, 250) };
}

/** Curves with few points show them. */
const SPARSE = 40;

/** The vertical axis; `ticks` is how many, or which. */
interface Scale {
  type?: 'log';
  domain: [number, number];
  ticks: number | number[];
  format: (y: number) => string;
}

/** Lines over iterations. */
function drawCurves(kit: Kit, curves: Curve[], room: Room, shape: Scale, extra: Markish[] = []): Html {
  const { ticks, format, ...scale } = shape;
  const { Plot } = kit;
  const ink = 'var(--ink-2)';
  const axis = { tickSize: 0, label: null, color: ink } as object;
  const sparse = curves.filter((c) => c.points.length <= SPARSE);
  return plot(kit, room, {
    height: room.width > 600 ? 280 : 200,
    marginLeft: 58,
    marginRight: 14,
    marginTop: 12,
    marginBottom: 40,
    x: { type: 'linear' },
    y: scale,
    marks: [
      // a logarithmic axis leaves labels of given ticks out, unless they are given as well
      typeof ticks === 'number'
        ? Plot.axisY({ ...axis, ticks, tickFormat: format })
        : Plot.axisY(ticks, { ...axis, text: format }),
      Plot.gridY({ stroke: 'var(--grid)', strokeOpacity: 1, ticks } as object),
      Plot.axisX({
        tickSize: 4,
        label: 'iteration',
        labelArrow: 'none',
        ticks: 6,
        color: ink,
        tickFormat: formatCompact,
      }),
      ...curves.map((c) => Plot.line(c.points, { x: 'x', y: 'y', stroke: c.colour, strokeWidth: 1.7 })),
      ...sparse.map((c) => Plot.dot(c.points, { x: 'x', y: 'y', fill: c.colour, r: 3 })),
      ...extra,
    ],
  });
}

const key = (curves: Curve[]) =>
  curves.map((c) => html`<span class="key"><i style="background:${c.colour}"></i>${c.name}</span>`);

/** A ring on the validation curve where the parameters were taken, if that iteration is on record. */
function chosenMarks({ Plot }: Kit, { training, choice }: ReportData): Markish[] {
  const chosen = training.find((row) => row.iteration === choice.iteration && row.validation !== null);
  if (!chosen) return [];
  const at = { x: [chosen.iteration], y: [chosen.validation] };
  return [
    Plot.ruleX(at.x, { stroke: 'var(--ink-2)', strokeDasharray: '2,3' }),
    Plot.dot(at.x, { ...at, stroke: 'var(--tuned)', fill: 'var(--surface)', strokeWidth: 2, r: 5.5 }),
  ];
}

function objectiveChart(kit: Kit, data: ReportData): Html {
  const curves = [
    curve('objective on training windows', 'var(--b1)', data.training, (row) => row.objective),
    curve('validation', 'var(--tuned)', data.training, (row) => row.validation),
  ].filter((c) => c.points.length > 0);
  const domain = extent(curves.flatMap((c) => c.points.map((p) => p.y)));
  const scale: Scale = { domain, ticks: 4, format: metricAxis(data.choice.metric) };
  const chosen = chosenMarks(kit, data);
  return figure(`Objective and validation over ${data.training.length} iterations`, 'full', (room) => {
    const ring = chosen.length > 0 && html`<span class="key"><i class="ring"></i>chosen</span>`;
    return html`<p class="axis">${key(curves)}${ring}</p>${drawCurves(kit, curves, room, scale, chosen)}`;
  });
}

/** Decades in the domain, or 1–2–5 steps when it spans fewer than two. */
export function logTicks([low, high]: [number, number]): number[] {
  const first = Math.floor(Math.log10(low));
  const decades = Array.from({ length: Math.ceil(Math.log10(high)) - first + 1 }, (_, i) => 10 ** (first + i));
  const inside = (ticks: number[]) => ticks.filter((t) => t >= low && t <= high);
  const whole = inside(decades);
  return whole.length > 2 ? whole : inside(decades.flatMap((d) => [d, 2 * d, 5 * d]));
}

/** A positive quantity on its own axis, logarithmic when it spans more than a factor of twenty. */
function positiveChart(kit: Kit, name: string, rows: ReportIteration[], field: Field): Html | null {
  const line = curve(name, 'var(--ink-2)', rows, field);
  const positive = line.points.filter((p) => p.y > 0);
  if (positive.length === 0) return null;
  const ys = positive.map((p) => p.y);
  const [low, high] = [Math.min(...ys), Math.max(...ys)];
  const log = high / low > 20;
  const decades: [number, number] = [low / 1.3, high * 1.3];
  const scale: Scale = log
    ? { type: 'log', domain: decades, ticks: logTicks(decades), format: formatNumber }
    : { domain: [0, high * 1.1], ticks: 4, format: formatNumber };
  const shown = log ? { ...line, points: positive } : line;
  return figure(`${name} over the iterations`, 'half', (room) => {
    return html`<p class="axis">${name}${log && ', logarithmic'}</p>${drawCurves(kit, [shown], room, scale)}`;
  });
}

/** All charts of the training run. */
export function trainingCharts(kit: Kit, data: ReportData): Html {
  return html`${objectiveChart(kit, data)}<div class="pair">
    ${positiveChart(kit, 'Learning rate', data.training, (row) => row.learningRate)}
    ${positiveChart(kit, 'Gradient norm', data.training, (row) => row.gradientNorm)}
  </div>`;
}
