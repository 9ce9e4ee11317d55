// Floor 5. Charts of the training run: the objective, the validation, the learning rate, the gradient's norm.
import type { Markish } from '@observablehq/plot';
import { extent, figure, type Kit, leftMargin, plot, type Room, roundTicks, verticalAxis } from './chart.js';
import type { ReportData, ReportIteration } from './data.js';
import { decimate, type Point } from './decimate.js';
import { formatDigits, formatMetric, formatNumber, formatPower, metricAxis, NOISE, tickLabels } from './format.js';
import { type Html, html } from './html.js';
import { type Axis, readings } from './readings.js';

/** What of a report is about the training. */
type Trained = Pick<ReportData, 'training' | 'choice'>;

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

/** The vertical axis. */
interface Scale {
  type?: 'log';
  domain: [number, number];
  ticks: number[];
  format: (y: number, digits: number) => string;
}

/** One line over iterations. */
function drawCurve(kit: Kit, { points, colour }: Curve, room: Room, shape: Scale, iterations: Span, extra: Markish[]) {
  const { ticks, format, ...scale } = shape;
  const { Plot } = kit;
  const written = shape.type === 'log' ? ticks.map((tick) => format(tick, 3)) : tickLabels(ticks, format);
  return plot(kit, room, {
    height: 220,
    marginLeft: leftMargin(written, room),
    marginRight: 14,
    marginTop: 12,
    marginBottom: 40,
    x: { type: 'linear', domain: iterations },
    y: scale,
    marks: [
      ...verticalAxis(kit, ticks, written),
      Plot.axisX({
        tickSize: 4,
        label: 'iteration',
        labelArrow: 'none',
        ticks: wholeTicks(iterations),
        color: 'var(--ink-2)',
        tickFormat: (iteration: number) => formatNumber(iteration),
      }),
      Plot.line(points, { x: 'x', y: 'y', stroke: colour, strokeWidth: 1.7 }),
      ...(points.length <= SPARSE ? [Plot.dot(points, { x: 'x', y: 'y', fill: colour, r: 3 })] : []),
      ...extra,
    ],
  });
}

type Span = [number, number];

/** Iterations are whole. */
const wholeTicks = (span: Span): number[] => roundTicks(span, 5).filter(Number.isInteger);

/** First to last iteration; a single one still has a width. */
function iterationsOf(rows: readonly ReportIteration[]): Span {
  const [first, last] = [rows[0].iteration, rows[rows.length - 1].iteration];
  return last > first ? [first, last] : [first, first + 1];
}

/** A curve with its axis and its cursor. */
function curveChart(
  kit: Kit,
  line: Curve,
  shape: Scale,
  iterations: Span,
  { caption, exact, extra = [] }: { caption: Html | string; exact: (y: number) => string; extra?: Markish[] },
): Html {
  const { points, name, colour } = line;
  const scaled = shape.type === 'log' ? Math.log : (y: number) => y;
  const axis: Axis = {
    group: 'iteration',
    domain: iterations,
    keys: points.map((p) => p.x),
    heads: points.map((p) => `iteration ${formatNumber(p.x)}`),
  };
  const read = { name, colour, at: points.map((p) => scaled(p.y)), texts: (k: number) => exact(points[k].y) };
  const draw = (room: Room) => drawCurve(kit, line, room, shape, iterations, extra);
  const [low, high] = shape.domain;
  return figure(`${name} over the iterations`, 'half', draw, {
    caption,
    readings: readings(axis, [read], [scaled(low), scaled(high)]),
  });
}

/** A ring on the validation curve where the parameters were taken, if that iteration is on record. */
function chosenMarks({ Plot }: Kit, { training, choice }: Trained): Markish[] {
  const chosen = training.find((row) => row.iteration === choice.iteration && row.validation !== null);
  if (!chosen) return [];
  const at = { x: [chosen.iteration], y: [chosen.validation] };
  return [
    Plot.ruleX(at.x, { stroke: 'var(--ink-2)', strokeDasharray: '2,3' }),
    Plot.dot(at.x, { ...at, stroke: 'var(--tuned)', fill: 'var(--surface)', strokeWidth: 2, r: 5.5 }),
  ];
}

/** The figure that is climbed or chosen by: an axis of its own each, for windows and splits differ in what they can earn. */
function scoreChart(kit: Kit, line: Curve, data: Trained, extra: Markish[] = []): Html | null {
  if (line.points.length === 0) return null;
  const { metric } = data.choice;
  const domain = extent(line.points.map((p) => p.y));
  const scale: Scale = { domain, ticks: roundTicks(domain, 4), format: metricAxis(metric) };
  const key = html`<span class="key"><i style="background:${line.colour}"></i>${line.name}</span>`;
  const ring = extra.length > 0 && html`<span class="key"><i class="ring"></i>chosen</span>`;
  return curveChart(kit, line, scale, iterationsOf(data.training), {
    caption: html`${key}${ring}`,
    exact: (y) => formatMetric(metric, y),
    extra,
  });
}

/** Decades in the domain, at most eight of them, or 1–2–5 steps when it spans fewer than two. */
export function logTicks([low, high]: [number, number]): number[] {
  const first = Math.floor(Math.log10(low));
  const decades = Array.from({ length: Math.ceil(Math.log10(high)) - first + 1 }, (_, i) => 10 ** (first + i));
  const inside = (ticks: number[]) => ticks.filter((t) => t >= low && t <= high);
  const whole = inside(decades);
  const every = Math.ceil(whole.length / 8);
  return whole.length > 2 ? whole.filter((_, i) => i % every === 0) : inside(decades.flatMap((d) => [d, 2 * d, 5 * d]));
}

/** A positive quantity on its own axis, logarithmic when it spans more than a factor of twenty. */
function positiveChart(kit: Kit, name: string, rows: ReportIteration[], field: Field): Html | null {
  const line = curve(name, 'var(--ink-2)', rows, field);
  const positive = line.points.filter((p) => p.y > NOISE);
  if (positive.length === 0) return null;
  const ys = positive.map((p) => p.y);
  const [low, high] = [Math.min(...ys), Math.max(...ys)];
  const log = high / low > 20;
  const decades: Span = [low / 1.3, high * 1.3];
  const from0: Span = [0, high * 1.1];
  const scale: Scale = log
    ? {
        type: 'log',
        domain: decades,
        ticks: logTicks(decades),
        format: (y) => (y < 1e-4 ? formatPower(y) : formatNumber(y)),
      }
    : { domain: from0, ticks: roundTicks(from0, 4), format: formatDigits };
  const shown = log ? { ...line, points: positive } : line;
  const caption = `${name}${log ? ', logarithmic' : ''}`;
  return curveChart(kit, shown, scale, iterationsOf(rows), { caption, exact: formatNumber });
}

/** All charts of the training run. */
export function trainingCharts(kit: Kit, data: Trained): Html {
  const { training } = data;
  const objective = curve('objective on training windows', 'var(--b1)', training, (row) => row.objective);
  const validation = curve('validation', 'var(--tuned)', training, (row) => row.validation);
  return html`<div class="pair">
    ${scoreChart(kit, objective, data)}
    ${scoreChart(kit, validation, data, chosenMarks(kit, data))}
    ${positiveChart(kit, 'Learning rate', training, (row) => row.learningRate)}
    ${positiveChart(kit, 'Gradient norm', training, (row) => row.gradientNorm)}
  </div>`;
}
