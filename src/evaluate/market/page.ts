/** Floor 5. The sections of a compute market in the page of an evaluation: one window as it went, and a shock. */
import type { Markish } from '@observablehq/plot';
import { assetColour, extent, figure, type Kit, leftMargin, plot, roundTicks, verticalAxis } from '../report/chart.js';
import { section } from '../report/document.js';
import { formatCompact, tickLabels } from '../report/format.js';
import { type Html, html } from '../report/html.js';
import { columnIn, recovery, type Shock, type Trace } from './trace.js';

interface Line {
  readonly name: string;
  readonly values: Float64Array;
  readonly colour: string;
  readonly thin?: boolean;
}

interface Chart {
  readonly title: string;
  readonly doc: string;
  readonly lines: readonly Line[];
  /** What is always on the scale. */
  readonly include?: readonly number[];
  /** On each other, as areas. */
  readonly stacked?: boolean;
}

interface Axis {
  readonly label: string;
  readonly values: Float64Array;
}

function chart(kit: Kit, { title, doc, lines, include = [], stacked = false }: Chart, axis: Axis): Html {
  const { Plot } = kit;
  const tops = stacked ? axis.values.map((_, t) => lines.reduce((sum, l) => sum + l.values[t], 0)) : null;
  const all = tops === null ? lines.flatMap((l) => [...l.values]) : [0, ...tops];
  const [low, high] = extent(all, [...include]);
  const ticks = roundTicks([low, high], 4);
  const written = tickLabels(ticks, formatCompact);
  const points = lines.flatMap(({ name, values, colour }) =>
    Array.from(axis.values, (x, t) => ({ x, y: values[t], name, colour })).filter((p) => Number.isFinite(p.y)),
  );
  const drawn: Markish[] = stacked
    ? [Plot.areaY(points, { x: 'x', y: 'y', z: 'name', fill: 'colour', fillOpacity: 0.8 })]
    : lines.map(({ values, colour, thin }) =>
        Plot.line(
          Array.from(axis.values, (x, t) => ({ x, y: values[t] })).filter((p) => Number.isFinite(p.y)),
          { x: 'x', y: 'y', stroke: colour, strokeWidth: thin === true ? 0.8 : 1.6 },
        ),
      );
  const marks: Markish[] = [
    ...verticalAxis(kit, ticks, written),
    ...drawn,
    Plot.axisX({ tickSize: 4, label: axis.label, labelArrow: 'none', color: 'var(--ink-2)', ticks: 5 }),
  ];
  return figure(
    title,
    'half',
    (room) =>
      plot(kit, room, {
        height: 230,
        marginLeft: leftMargin(written, room),
        marginRight: 14,
        marginTop: 12,
        marginBottom: 40,
        x: { type: 'linear', domain: [axis.values[0], axis.values[axis.values.length - 1]] },
        y: { domain: [low, high] },
        color: { type: 'identity' },
        marks,
      }),
    {
      caption: html`<b>${title}</b> ${doc} ${[...new Map(lines.map((l) => [l.name, l])).values()].map((l) => html`<span class="key"><i style="background:${l.colour}"></i>${l.name}</span>`)}`,
    },
  );
}

/** Of the resources, each in its colour. */
const byResource = (assets: readonly string[], of: (i: number) => Float64Array): Line[] =>
  assets.map((name, i) => ({ name, values: of(i), colour: assetColour(i) }));

const numbersOf = (trace: Trace, name: string): number => (trace.observed[name]?.length ?? 0) / trace.steps.length;

const zip = (a: Float64Array, b: Float64Array, of: (x: number, y: number) => number): Float64Array =>
  a.map((x, t) => of(x, b[t]));

/** Colours of what is no resource. */
const colour = (k: number): string => `var(--b${(k % 6) + 1})`;

function prices(trace: Trace, assets: readonly string[]): Chart[] {
  const own = (i: number) => columnIn(trace, 'price', i);
  const outside = (i: number) => columnIn(trace, 'outsidePrice', i);
  return [
    {
      title: 'Prices',
      doc: 'of the pools, credits, and outside.',
      lines: [
        ...assets.map((_, i) => ({ name: 'outside', values: outside(i), colour: 'var(--ink-2)', thin: true })),
        ...byResource(assets, own),
      ],
    },
    {
      title: 'Pool less outside price',
      doc: 'bps.',
      include: [0],
      lines: byResource(assets, (i) => zip(own(i), outside(i), (p, q) => (p / q - 1) * 1e4)),
    },
  ];
}

function reserves(trace: Trace, assets: readonly string[]): Chart[] {
  const classes = numbersOf(trace, 'flightCompute') / assets.length;
  const inFlight = (i: number) =>
    Array.from({ length: classes }, (_, c) =>
      columnIn(trace, 'flightCompute', c * assets.length + i),
    ).reduce<Float64Array>((sum, values) => zip(sum, values, (x, y) => x + y), new Float64Array(trace.steps.length));
  return [
    {
      title: 'Reserves of compute',
      doc: 'effective, of what there was at the start.',
      include: [1],
      lines: byResource(assets, (i) => columnIn(trace, 'compute', i).map((x, _t, all) => x / all[0])),
    },
    {
      title: 'Reserves of credits',
      doc: 'of what there was at the start.',
      include: [1],
      lines: byResource(assets, (i) => columnIn(trace, 'credits', i).map((x, _t, all) => x / all[0])),
    },
    ...(classes === 0
      ? []
      : [
          {
            title: 'In flight',
            doc: 'effective compute of jobs that run, units.',
            include: [0],
            lines: byResource(assets, inFlight),
          },
        ]),
  ];
}

/** What came since the sample before, of what was wanted. */
function served(trace: Trace): Chart[] {
  const classes = numbersOf(trace, 'wanted');
  const since = (values: Float64Array) => values.map((x, t) => (t === 0 ? Number.NaN : x - values[t - 1]));
  const lines = Array.from({ length: classes }, (_, c): Line => {
    const [filled, wanted] = ['filled', 'wanted'].map((name) => since(columnIn(trace, name, c)));
    return { name: `class ${c + 1}`, values: zip(filled, wanted, (f, w) => (w > 0 ? f / w : 1)), colour: colour(c) };
  });
  return classes === 0
    ? []
    : [{ title: 'Fill rate', doc: 'jobs filled of those wanted, from sample to sample.', include: [0, 1], lines }];
}

function money(trace: Trace, assets: readonly string[]): Chart[] {
  const over = (of: (i: number) => Float64Array) =>
    assets.reduce<Float64Array>((sum, _, i) => zip(sum, of(i), (x, y) => x + y), new Float64Array(trace.steps.length));
  const compute = (i: number) =>
    zip(columnIn(trace, 'feeCompute', i), columnIn(trace, 'outsidePrice', i), (x, p) => x * p);
  const line = (name: string, values: Float64Array, k: number): Line => ({ name, values, colour: colour(k) });
  const one = (name: string) => columnIn(trace, name, 0);
  const bonds = Array.from({ length: numbersOf(trace, 'bond') }, (_, j) => columnIn(trace, 'bond', j));
  return [
    {
      title: 'Fees so far',
      doc: 'credits, by whom they went to; compute at the outside price.',
      stacked: true,
      lines: [
        line(
          'liquidity, in credits',
          over((i) => columnIn(trace, 'feeCredits', i)),
          0,
        ),
        line('liquidity, in compute', over(compute), 1),
        line('treasury', one('feeTreasury'), 2),
        line('burned', one('feeBurn'), 3),
      ],
    },
    {
      title: 'Tokens',
      doc: 'beside those in wallets.',
      include: [0],
      lines: [
        line('locked for credits', one('vault'), 0),
        line('treasury', one('treasury'), 1),
        line('minted so far', one('minted'), 2),
        line('burned so far', one('burned'), 3),
        ...(bonds.length === 0
          ? []
          : [
              line(
                'bonds',
                bonds.reduce((sum, b) => zip(sum, b, (x, y) => x + y)),
                4,
              ),
            ]),
      ],
    },
  ];
}

function trust(trace: Trace): Chart[] {
  const workers = numbersOf(trace, 'passes');
  if (workers === 0) return [];
  return [
    {
      title: 'Reliabilities',
      doc: 'of workers, as the market sees them.',
      include: [0, 1],
      lines: Array.from({ length: workers }, (_, j) => ({
        name: `worker ${j + 1}`,
        values: zip(columnIn(trace, 'passes', j), columnIn(trace, 'fails', j), (a, b) => a / (a + b)),
        colour: colour(j),
      })),
    },
  ];
}

function shockCharts(kit: Kit, shock: Shock, assets: readonly string[]): Html[] {
  const after = (off: Float64Array) => {
    const steps = recovery(shock.steps, off);
    return steps === null ? 'not back' : `back after ${steps} steps`;
  };
  return assets.map((name, i) =>
    chart(
      kit,
      {
        title: `Shock: ${name}`,
        doc: 'price over what it is without the shock, less 1.',
        include: [0],
        lines: [
          { name: `tuned, ${after(shock.tuned[i])}`, values: shock.tuned[i], colour: 'var(--tuned)' },
          { name: `before training, ${after(shock.start[i])}`, values: shock.start[i], colour: 'var(--b1)' },
        ],
      },
      { label: 'steps since the shock', values: shock.steps },
    ),
  );
}

/** @param days of a step */
export function marketSections(
  kit: Kit,
  {
    trace,
    shock,
    assets,
    days,
  }: { readonly trace: Trace; readonly shock: Shock | null; readonly assets: readonly string[]; readonly days: number },
): (Html | false)[] {
  const axis = { label: 'days', values: trace.steps.map((s) => s * days) };
  const all = [
    ...prices(trace, assets),
    ...reserves(trace, assets),
    ...served(trace),
    ...money(trace, assets),
    ...trust(trace),
  ];
  return [
    section(
      'One window',
      html`<div class="pair">${all.map((c) => chart(kit, c, axis))}</div>`,
      'The first test window, as the tuned market went through it.',
    ),
    shock !== null &&
      section(
        'Shock and recovery',
        html`<div class="pair">${shockCharts(kit, shock, assets)}</div>`,
        'A tenth of every stock is destroyed, with arbitrage off: what workers and jobs bring back by themselves. Back: within 1 % of the price without the shock, for good.',
      ),
  ];
}
