/**
 * Floor 1. Hidden regimes of a market by maximum likelihood: a Markov chain over equal spans of time, in each of whose states
 * orders of both sides come at rates of their own, and the mid moves by a volatility of its own.
 *
 *     in state j   nᵃ ~ Poisson(λᵃⱼΔ),   nᵇ ~ Poisson(λᵇⱼΔ),   ΔS ~ N(0, σⱼ²Δ)
 *
 * By expectation and maximisation (Baum et al. 1970) from several starts; standard errors from the curvature of ln L at the top.
 */
import { generatorOf } from './chain.js';
import { inverse } from './linear.js';

/** Equal spans of time. What was not recorded is null; one of the three is there. */
export interface Spans {
  readonly seconds: number;
  readonly buys: Float64Array | null;
  readonly sells: Float64Array | null;
  /** Of the mid, less its mean. */
  readonly change: Float64Array | null;
}

interface Told {
  readonly value: number;
  /** null where the curvature does not tell it. */
  readonly error: number | null;
}

export interface Regime {
  /** Orders a second; null where none were recorded. */
  readonly lambdaAsk: Told | null;
  readonly lambdaBid: Told | null;
  /** Money a √second; null without moves. */
  readonly sigma: Told | null;
  /** Share of the time. */
  readonly share: number;
}

export interface Regimes {
  /** Fewest orders first; without orders the calmest first. */
  readonly regimes: readonly Regime[];
  /** Of a span, [from][to]. */
  readonly chances: readonly (readonly number[])[];
  /** Moves a second, and the errors of those off the diagonal. */
  readonly generator: readonly (readonly number[])[];
  readonly errors: readonly (readonly (number | null)[])[];
  /** Chance of the last regime in each span, given all of them. */
  readonly last: Float64Array;
  readonly logLikelihood: number;
  /** BIC of one regime less that of these: above 0 where the data want them. */
  readonly gain: number;
}

/** What a state says of the rows: numbers that are there in the order buys, sells, change. */
interface Law {
  /** [state][what]: rates a second, volatility. */
  readonly values: readonly (readonly number[])[];
  readonly chances: readonly (readonly number[])[];
}

type Columns = readonly { readonly kind: 'count' | 'change'; readonly x: Float64Array }[];

const columnsOf = ({ buys, sells, change }: Spans): Columns => [
  ...[buys, sells].flatMap((x) => (x === null ? [] : [{ kind: 'count' as const, x }])),
  ...(change === null ? [] : [{ kind: 'change' as const, x: change }]),
];

/** ln of the chance of row t in a state, but for what no state changes. */
function emission(columns: Columns, seconds: number, values: readonly number[], t: number): number {
  let total = 0;
  for (let c = 0; c < columns.length; c++) {
    const { kind, x } = columns[c];
    const mean = values[c] * seconds;
    total +=
      kind === 'count'
        ? x[t] * Math.log(mean) - mean
        : -0.5 * Math.log(values[c] * mean) - (0.5 * x[t] * x[t]) / (values[c] * mean);
  }
  return total;
}

/** ln L by the forward filter; where asked for, chances of states and moves given all rows. */
function filter(columns: Columns, seconds: number, { values, chances }: Law, rows: number, smooth: boolean) {
  const k = values.length;
  const forward = new Float64Array(rows * k);
  const weights = new Float64Array(rows * k);
  const scales = new Float64Array(rows);
  let logLikelihood = 0;
  for (let t = 0; t < rows; t++) {
    const logs = values.map((v) => emission(columns, seconds, v, t));
    const top = Math.max(...logs);
    let total = 0;
    for (let j = 0; j < k; j++) {
      let prior = 1 / k;
      if (t > 0) {
        prior = 0;
        for (let i = 0; i < k; i++) prior += forward[(t - 1) * k + i] * chances[i][j];
      }
      weights[t * k + j] = Math.exp(logs[j] - top);
      forward[t * k + j] = prior * weights[t * k + j];
      total += forward[t * k + j];
    }
    for (let j = 0; j < k; j++) forward[t * k + j] /= total;
    scales[t] = total;
    logLikelihood += Math.log(total) + top;
  }
  return { logLikelihood, smoothed: smooth ? backward(forward, weights, scales, chances, rows) : null };
}

function backward(
  forward: Float64Array,
  weights: Float64Array,
  scales: Float64Array,
  chances: readonly (readonly number[])[],
  rows: number,
) {
  const k = chances.length;
  const law = Float64Array.from(forward);
  const moves = chances.map((row) => row.map(() => 0));
  let beta = new Array<number>(k).fill(1);
  for (let t = rows - 2; t >= 0; t--) {
    const next = beta.map((b, j) => (b * weights[(t + 1) * k + j]) / scales[t + 1]);
    beta = chances.map((row, i) => {
      let sum = 0;
      for (let j = 0; j < k; j++) {
        sum += row[j] * next[j];
        moves[i][j] += forward[t * k + i] * row[j] * next[j];
      }
      return sum;
    });
    for (let i = 0; i < k; i++) law[t * k + i] = forward[t * k + i] * beta[i];
  }
  return { law, moves };
}

const ITERATIONS = 500;
/** A volatility this small a part of that of all moves would be one of rows that stand still. */
const LEAST = 1e-3;

function maximised(columns: Columns, seconds: number, rows: number, start: Law): { law: Law; logLikelihood: number } {
  const k = start.values.length;
  const floor = columns.map(({ kind, x }) => LEAST * pooled(kind, x, seconds));
  let law = start;
  let before = Number.NEGATIVE_INFINITY;
  for (let round = 0; ; round++) {
    const { logLikelihood, smoothed } = filter(columns, seconds, law, rows, true);
    if (smoothed === null || round === ITERATIONS || logLikelihood - before < 1e-9 * Math.abs(logLikelihood)) {
      return { law, logLikelihood };
    }
    before = logLikelihood;
    const { law: chance, moves } = smoothed;
    const values = Array.from({ length: k }, (_, j) =>
      columns.map(({ kind, x }, c) => {
        let [weight, sum] = [0, 0];
        for (let t = 0; t < rows; t++) {
          weight += chance[t * k + j];
          sum += chance[t * k + j] * (kind === 'count' ? x[t] : x[t] * x[t]);
        }
        const rate = sum / (weight * seconds);
        return Math.max(floor[c], kind === 'count' ? rate : Math.sqrt(rate));
      }),
    );
    const chances = moves.map((row) => {
      const total = row.reduce((a, b) => a + b, 0);
      return row.map((x) => x / total);
    });
    law = { values, chances };
  }
}

/** The rate or the volatility of all rows alike. */
function pooled(kind: 'count' | 'change', x: Float64Array, seconds: number): number {
  let sum = 0;
  for (const value of x) sum += kind === 'count' ? value : value * value;
  const rate = sum / (x.length * seconds);
  return kind === 'count' ? rate : Math.sqrt(rate);
}

/** How far apart the regimes of a start are, and how likely each is to stay. */
const STARTS = [
  [1.3, 0.9],
  [2, 0.95],
  [4, 0.98],
] as const;

/** @param count of regimes, two or more. Throws RangeError for fewer than 50 spans. */
export function fitRegimes(spans: Spans, count: number): Regimes {
  const columns = columnsOf(spans);
  const rows = columns[0]?.x.length ?? 0;
  if (rows < 50) throw new RangeError(`50 spans of time were expected, got ${rows}`);
  const { seconds } = spans;
  const mean = columns.map(({ kind, x }) => pooled(kind, x, seconds));
  if (mean.some((m) => !(m > 0)))
    throw new RangeError('orders and moves of the mid were expected, got none of one kind');
  const at = Array.from({ length: count }, (_, j) => j);
  const starts = STARTS.map(([apart, stay]) => ({
    values: at.map((j) => mean.map((m) => m * apart ** (j - (count - 1) / 2))),
    chances: at.map((i) => at.map((j) => (i === j ? stay : (1 - stay) / (count - 1)))),
  }));
  const found = starts.map((start) => maximised(columns, seconds, rows, start));
  const best = found.reduce((a, b) => (b.logLikelihood > a.logLikelihood ? b : a));
  const one = filter(columns, seconds, { values: [mean], chances: [[1]] }, rows, false).logLikelihood;
  const law = sorted(best.law, columns);
  const parameters = count * columns.length + count * (count - 1);
  const bic = (likelihood: number, n: number) => n * Math.log(rows) - 2 * likelihood;
  return {
    ...described(columns, spans, rows, law),
    logLikelihood: best.logLikelihood,
    gain: bic(one, columns.length) - bic(best.logLikelihood, parameters),
  };
}

/** By the number of orders, else by volatility. */
function sorted({ values, chances }: Law, columns: Columns): Law {
  const counts = columns.flatMap(({ kind }, c) => (kind === 'count' ? [c] : []));
  const size = (v: readonly number[]) => (counts.length === 0 ? v[0] : counts.reduce((sum, c) => sum + v[c], 0));
  const order = values.map((_, j) => j).sort((a, b) => size(values[a]) - size(values[b]));
  return {
    values: order.map((j) => values[j]),
    chances: order.map((i) => order.map((j) => chances[i][j])),
  };
}

function described(columns: Columns, { seconds, buys, sells, change }: Spans, rows: number, law: Law) {
  const k = law.values.length;
  const errors = errorsOf(columns, seconds, rows, law);
  const { smoothed } = filter(columns, seconds, law, rows, true);
  const chance = smoothed?.law ?? new Float64Array(rows * k);
  const generator = generatorOf(law.chances, seconds);
  const told = (j: number, c: number): Told => ({ value: law.values[j][c], error: errors?.values[j][c] ?? null });
  const regimes = law.values.map((_, j): Regime => {
    let c = 0;
    let share = 0;
    for (let t = 0; t < rows; t++) share += chance[t * k + j] / rows;
    return {
      lambdaAsk: buys === null ? null : told(j, c++),
      lambdaBid: sells === null ? null : told(j, c++),
      sigma: change === null ? null : told(j, c),
      share,
    };
  });
  return {
    regimes,
    chances: law.chances,
    generator,
    // rates are nearly in proportion to chances
    errors: law.chances.map((row, i) =>
      row.map((p, j) => (errors === null || i === j || p === 0 ? null : (errors.chances[i][j] / p) * generator[i][j])),
    ),
    last: Float64Array.from({ length: rows }, (_, t) => chance[t * k + k - 1]),
  };
}

const STEP = 1e-3;

/** From −∂² ln L over logarithms of values and of the odds of each move against staying. Null where that is not a top. */
function errorsOf(columns: Columns, seconds: number, rows: number, { values, chances }: Law) {
  const k = values.length;
  const flat = [
    ...values.flatMap((row) => row.map(Math.log)),
    ...chances.flatMap((row, i) => row.filter((_, j) => i !== j).map((p) => Math.log(Math.max(p, 1e-9) / row[i]))),
  ];
  const lawAt = (theta: readonly number[]): Law => {
    const width = columns.length;
    const odds = theta.slice(k * width);
    return {
      values: values.map((_, j) => theta.slice(j * width, (j + 1) * width).map(Math.exp)),
      chances: values.map((_, i) => {
        const row = Array.from({ length: k }, (_x, j) =>
          i === j ? 1 : Math.exp(odds[i * (k - 1) + (j < i ? j : j - 1)]),
        );
        const total = row.reduce((a, b) => a + b, 0);
        return row.map((x) => x / total);
      }),
    };
  };
  const at = (moves: readonly (readonly [number, number])[]) => {
    const theta = [...flat];
    for (const [p, by] of moves) theta[p] += by * STEP;
    return filter(columns, seconds, lawAt(theta), rows, false).logLikelihood;
  };
  const curvature = flat.map((_, p) =>
    flat.map((_x, q) => {
      if (q < p) return 0;
      const corner = (a: number, b: number) =>
        at([
          [p, a],
          [q, b],
        ]);
      return -(corner(1, 1) - corner(1, -1) - corner(-1, 1) + corner(-1, -1)) / (4 * STEP * STEP);
    }),
  );
  const covariance = inverse(curvature.map((row, p) => row.map((x, q) => (q < p ? curvature[q][p] : x))));
  if (covariance.some((row, p) => !(row[p] > 0))) return null;
  const error = (p: number) => Math.sqrt(covariance[p][p]);
  const width = columns.length;
  return {
    values: values.map((row, j) => row.map((x, c) => x * error(j * width + c))),
    // of p by its own odds: dp = p(1 − p) d ln odds
    chances: chances.map((row, i) =>
      row.map((p, j) => (i === j ? 0 : p * (1 - p) * error(k * width + i * (k - 1) + (j < i ? j : j - 1)))),
    ),
  };
}
