// A full report's data, made up: a seeded random market, a pool that rebalances and earns fees, four baselines.
// Only the report's tests use it.
import { computeMetrics, drawdowns } from '../../src/evaluate/metrics.js';
import type { ReportData, ReportRow, ReportSeries } from '../../src/evaluate/report/data.js';

const MINUTE = 60_000;
const DAY = 1440 * MINUTE;

/** Small seeded generator (mulberry32): uniform in [0, 1). */
export function uniforms(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

function walk(rows: number, drift: number, size: number, seed: number): Float64Array {
  const next = uniforms(seed);
  let x = 0;
  return Float64Array.from({ length: rows }, () => {
    x += drift / rows + (next() + next() + next() - 1.5) * size;
    return Math.exp(x);
  });
}

function rowOf(
  { name, role, note }: Pick<ReportRow, 'name' | 'role' | 'note'>,
  values: Float64Array,
  fees: number,
  minutesPerRow: number,
): ReportRow {
  const prices = new Float64Array(values.length).fill(1);
  const input = { values, prices, assets: 1, startReserves: Float64Array.of(values[0] * 1.02), fees, minutesPerRow };
  return { name, role, metrics: computeMetrics(input), ...(note && { note }) };
}

/** Sums of random fees, most of them none, up to `total`. */
function accumulated(rows: number, total: number, seed: number): Float64Array {
  const next = uniforms(seed);
  let x = 0;
  const sums = Float64Array.from({ length: rows }, () => {
    x += Math.max(0, next() - 0.8) ** 3;
    return x;
  });
  return sums.map((s) => (s * total) / x);
}

function weightLines(assets: string[], rows: number): ReportSeries['lines'] {
  const raw = assets.map((_, i) => walk(rows, 0, 0.9 / Math.sqrt(rows), 40 + i));
  return assets.map((name, i) => ({
    name,
    values: Float64Array.from({ length: rows }, (_, t) => raw[i][t] / raw.reduce((a, r) => a + r[t], 0)),
  }));
}

/** A report over `days` of rows `minutesPerRow` apart. */
export function sampleReport(days = 60, minutesPerRow = 60): ReportData {
  const rows = (days * 1440) / minutesPerRow;
  const start = Date.UTC(2018, 2, 1);
  const time = Float64Array.from({ length: rows }, (_, t) => start + t * minutesPerRow * MINUTE);
  const at = (share: number) => start + Math.round(days * share) * DAY;
  const splits: ReportData['splits'] = {
    train: [at(0), at(0.6)],
    validation: [at(0.6), at(0.8)],
    test: [at(0.8), at(1)],
  };
  const market = walk(rows, -0.3, 0.6 / Math.sqrt(rows), 7);
  const strategies = [
    ['Tuned momentum pool', 0.28],
    ['HODL', 0],
    ['Uniform HODL', 0.03],
    ['Constant weights', 0.12],
    ['Best fixed fee', 0.16],
  ] as const;
  const lines = strategies.map(([name, edge], i) => {
    const own = walk(rows, edge, 0.08 / Math.sqrt(rows), 20 + i);
    return { name, values: own.map((x, t) => (1e6 * x * market[t]) / (own[0] * market[0])) };
  });
  const earned = [31_000, 0, 0, 22_000, 27_000];
  const test = Math.round(rows * 0.8);
  const assets = ['BTC', 'ETH', 'XRP'];
  const rowsOfTable = lines.map(({ name, values }, i) => {
    const note = i === 4 ? '30 bps, of a grid of 9' : undefined;
    return rowOf(
      { name, role: i === 0 ? 'tuned' : 'baseline', note },
      values.slice(test),
      earned[i] / 5,
      minutesPerRow,
    );
  });
  const metric = 'daily_log_sharpe';
  const noise = uniforms(3);
  return {
    title: 'Momentum pool on three majors, 2018',
    pool: 'TFMM, momentum rule',
    assets,
    generated: '2025-01-15 09:30 UTC',
    version: '0.1.0',
    headline: {
      metric,
      value: rowsOfTable[0].metrics[metric],
      split: 'test',
      from: splits.test[0],
      to: splits.test[1],
    },
    choice: { set: 2, sets: 16, split: 'validation', metric, value: 1.84, iteration: 120 },
    rows: rowsOfTable,
    restarted: rowOf(
      { name: 'Tuned, restarted', role: 'tuned' },
      lines[0].values.slice(test).map((v, t) => v * (1 + t * 1e-6)),
      6000,
      minutesPerRow,
    ),
    feeGrid: [1, 3, 5, 10, 20, 30, 50, 100, 200].map((bps) => ({
      fee: bps / 1e4,
      metric: (rowsOfTable[4].metrics[metric] ?? 0) - 0.25 * Math.log(bps / 30) ** 2,
    })),
    value: { time, lines },
    test: { time: time.slice(test), lines: lines.map((line) => ({ ...line, values: line.values.slice(test) })) },
    relativeTo: 'HODL',
    composition: { kind: 'weights', series: { time, lines: weightLines(assets, rows) } },
    fees: {
      time,
      lines: lines
        .map(({ name }, i) => ({ name, values: accumulated(rows, earned[i], 60 + i) }))
        .filter((_, i) => earned[i] > 0),
    },
    drawdown: { time, lines: lines.map(({ name, values }) => ({ name, values: drawdowns(values).map((d) => -d) })) },
    splits,
    training: Array.from({ length: 200 }, (_, i) => ({
      iteration: i,
      objective: 2.4 - 3 * Math.exp(-i / 40) + 0.8 * (noise() - 0.5),
      validation: i % 10 === 0 ? 1.84 - 2.4 * Math.exp(-i / 35) - ((i - 120) / 200) ** 2 : null,
      learningRate: 0.05 * 0.5 * (1 + Math.cos((Math.PI * i) / 200)) + 1e-4,
      gradientNorm: 3 * Math.exp(-i / 60) * (0.5 + noise()),
    })),
    parameters: [
      {
        name: 'memory',
        unit: 'days',
        initial: [10, 10, 10],
        trained: [6.21, 14.08, 21.9],
        labels: assets,
        frozen: false,
        doc: 'How far back the momentum estimator looks.',
      },
      {
        name: 'k',
        unit: '1',
        initial: [20, 20, 20],
        trained: [31.7, 12.25, 20],
        labels: assets,
        frozen: false,
        note: 'XRP: the gradient was zero throughout.',
        doc: 'How strongly weights follow the momentum.',
      },
      {
        name: 'fee',
        unit: 'fraction',
        initial: [0.003],
        trained: [0.0041],
        labels: [],
        frozen: false,
        doc: 'Taken from what a trader pays in.',
      },
      {
        name: 'initial_weights',
        unit: 'fraction',
        initial: [0.34, 0.33, 0.33],
        trained: [0.34, 0.33, 0.33],
        labels: assets,
        frozen: true,
        doc: 'Weights at the first row.',
      },
    ],
    sensitivity: {
      name: 'flow elasticity',
      rows: [
        { label: 'b/2', value: -1.02 },
        { label: 'b', value: -0.81 },
        { label: '2b', value: -0.4 },
      ],
    },
    facts: [
      ['Data set', 'majors-2018.arrow'],
      ['Hash of the data', 'sha256:9f2c41d07be1a7'],
      ['Device', 'wasm, 2 threads'],
      ['Training', '48 s, 31 M pool-steps/s'],
      ['Flow', 'arbitrage and elastic noise'],
    ],
    warnings: [
      'the maximum change of weights bound in 14% of the rule steps',
      'k of XRP had no gradient: its memory is at the bound of 21.9 days',
    ],
  };
}
