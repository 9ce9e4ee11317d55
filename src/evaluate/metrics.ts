// Floor 5. What a pool earned and at what risk, from the path of its value: plain float64 functions, one per metric.
// Loops in the place of reduce() and map(), which make an object of every number on their way over all rows.
// Higher is better for all: drawdowns, losses at risk and turnover are negative numbers (0 − x, so that none is −0).

import type { MetricInput } from './metric-input.js';
import { longestOff, meanOverQuotes, stability } from './quotes.js';
import { deviation, firstNotFinite, mean, meanSquare, overFall, overRisk, quantile, tailMean } from './statistics.js';

export interface Metric {
  /** Name for people. */
  label: string;
  /** One sentence: what it says and over which samples. */
  doc: string;
  /** How to print it: a fraction of 1 (as a percentage) or a plain number. */
  kind: 'fraction' | 'number';
  higherIsBetter: true;
  /** The figure, or null where it is not defined (too short a path, no variation, missing input). */
  compute(input: MetricInput): number | null;
}

const MINUTES_A_DAY = 1440;
const MINUTES_A_YEAR = 365 * MINUTES_A_DAY;
const DAYS_A_BLOCK = 30;
const DAYS_A_WEEK = 7;

const last = (xs: Float64Array) => xs[xs.length - 1];
/** r_t = v_{t+1}/v_t − 1 */
function simpleReturns(values: Float64Array): Float64Array {
  const returns = new Float64Array(Math.max(0, values.length - 1));
  for (let t = 0; t < returns.length; t++) returns[t] = values[t + 1] / values[t] - 1;
  return returns;
}

/** Minutes from row to row. */
const rowMinutes = (input: MetricInput): number => input.minutesPerRow ?? 1;

/** Rows of a time in minutes, at least one: a day of weekly rows is a row. */
const rowsIn = (input: MetricInput, minutes: number): number => Math.max(1, Math.round(minutes / rowMinutes(input)));

/** Minutes between samples a time apart, which are of whole rows. */
const period = (input: MetricInput, minutes: number): number => rowsIn(input, minutes) * rowMinutes(input);

/** v[::minutes]: the value at the start of each day, week or row. */
function sampled(input: MetricInput, minutes: number): Float64Array {
  const stride = rowsIn(input, minutes);
  if (stride === 1) return input.values;
  const out = new Float64Array(Math.ceil(input.values.length / stride));
  for (let i = 0; i < out.length; i++) out[i] = input.values[i * stride];
  return out;
}

/** At least two returns, or none: one return has no deviation, and a value that has been 0 has no returns after that. */
function returnsEvery(input: MetricInput, minutes: number): Float64Array | null {
  const returns = simpleReturns(sampled(input, minutes));
  return returns.length < 2 || firstNotFinite(returns) >= 0 ? null : returns;
}

const dailyReturns = (input: MetricInput) => returnsEvery(input, MINUTES_A_DAY);
const weeklyReturns = (input: MetricInput) => returnsEvery(input, 7 * MINUTES_A_DAY);

/** Drawdown at each row: 1 − v_t / max_{s ≤ t} v_s, in [0, 1]. */
export function drawdowns(values: Float64Array): Float64Array {
  const out = new Float64Array(values.length);
  let peak = Number.NEGATIVE_INFINITY;
  for (let t = 0; t < values.length; t++) {
    peak = Math.max(peak, values[t]);
    out[t] = 1 - values[t] / peak;
  }
  return out;
}

/** The largest of numbers, at least 0. */
function maximum(xs: Float64Array): number {
  let most = 0;
  for (let i = 0; i < xs.length; i++) most = Math.max(most, xs[i]);
  return most;
}

/** f of the drawdowns of each whole 30-day block (peaks start afresh in a block), averaged; null without a whole block. */
function meanOverBlocks(input: MetricInput, f: (drawdown: Float64Array) => number): number | null {
  const rows = rowsIn(input, DAYS_A_BLOCK * MINUTES_A_DAY);
  const blocks = Math.floor(input.values.length / rows);
  if (blocks === 0) return null;
  const parts = Float64Array.from({ length: blocks }, (_, b) =>
    f(drawdowns(input.values.subarray(b * rows, (b + 1) * rows))),
  );
  return mean(parts);
}

/** (v_T/v_0)^(525600/N) − 1, N the minutes of all rows */
function annualisedReturn(input: MetricInput): number {
  const minutes = input.values.length * rowMinutes(input);
  return (last(input.values) / input.values[0]) ** (MINUTES_A_YEAR / minutes) - 1;
}

/** Σ_i holding_i · p_i at the last row */
function worthAtEnd(input: MetricInput, holding: (asset: number) => number): number {
  const offset = input.prices.length - input.assets;
  let worth = 0;
  for (let i = 0; i < input.assets; i++) worth += holding(i) * input.prices[offset + i];
  return worth;
}

/** √(periods a year) · mean/risk of returns over `minutes`, whose deviation the risk is unless told otherwise */
function ratioOf(
  returns: Float64Array | null,
  minutes: number,
  risk: (returns: Float64Array) => number = deviation,
): number | null {
  const ratio = returns && overRisk(mean(returns), risk(returns), minutes);
  return ratio && Math.sqrt(MINUTES_A_YEAR / minutes) * ratio;
}

/** √mean(min(r, 0)²) */
const downside = (returns: Float64Array) => Math.sqrt(mean(returns.map((r) => Math.min(r, 0) ** 2)));

type Compute = (input: MetricInput) => number | null;

function checkShapes({ values, prices, startReserves, weights, quotes, assets, minutesPerRow = 1 }: MetricInput): void {
  const expect = (what: string, wanted: number, got: number) => {
    if (got !== wanted) throw new RangeError(`metrics: expected ${wanted} entries of ${what}, got ${got}`);
  };
  expect('startReserves', assets, startReserves.length);
  expect('prices', values.length * assets, prices.length);
  if (weights) expect('weights', values.length * assets, weights.length);
  if (quotes) expect('depths of quotes', quotes.prices.length, quotes.depths.length);
  if (!(minutesPerRow > 0 && (isWhole(MINUTES_A_DAY / minutesPerRow) || isWhole(minutesPerRow / MINUTES_A_DAY)))) {
    throw new RangeError(`metrics: expected minutesPerRow to divide 1440, or days of it, got ${minutesPerRow}`);
  }
}

/** But for rounding: a row of 12 s is 0.2 minutes. */
const isWhole = (x: number): boolean => Math.abs(x - Math.round(x)) < 1e-6;

/** A metric whose figure is null unless there are two rows and the result is finite. */
function metric(label: string, kind: Metric['kind'], doc: string, compute: Compute): Metric {
  const guarded = (input: MetricInput) => {
    checkShapes(input);
    const figure = input.values.length < 2 ? null : compute(input);
    return figure !== null && Number.isFinite(figure) ? figure : null;
  };
  return { label, doc, kind, higherIsBetter: true, compute: guarded };
}

function valueAtRisk(period: 'daily' | 'weekly', percent: 95 | 99): Metric {
  const returns = period === 'daily' ? dailyReturns : weeklyReturns;
  return metric(
    `VaR ${percent}%, ${period}`,
    'fraction',
    `The ${period} return that ${percent}% of ${period} returns exceed.`,
    (i) => {
      const r = returns(i);
      return r && quantile(r, (100 - percent) / 100);
    },
  );
}

function conditionalValueAtRisk(period: 'daily' | 'weekly', percent: 95 | 99): Metric {
  const returns = period === 'daily' ? dailyReturns : weeklyReturns;
  return metric(
    `CVaR ${percent}%, ${period}`,
    'fraction',
    `Mean of the worst ${100 - percent}% of ${period} returns.`,
    (i) => {
      const r = returns(i);
      return r && tailMean(r, (100 - percent) / 100);
    },
  );
}

/** All metrics by name; a year has 365 days, deviations are of the population. */
export const metrics: Record<string, Metric> = {
  // v_T/v_0 − 1
  returns: metric('Return', 'fraction', 'Change of the pool value from the first row to the last.', (i) => {
    return last(i.values) / i.values[0] - 1;
  }),

  // (v_T/v_0)^(525600/N) − 1
  annualised_returns: metric('Annualised return', 'fraction', 'The return, compounded to a year.', annualisedReturn),

  // v_T / Σ R₀·p_T − 1
  returns_over_hodl: metric(
    'Return over HODL',
    'fraction',
    'Final value against holding the tuned pool’s starting reserves untouched.',
    (i) => last(i.values) / worthAtEnd(i, (asset) => i.startReserves[asset]) - 1,
  ),

  // the same, under a name that keeps it where rows of a report are measured by one portfolio
  returns_over_own_hodl: metric(
    'Return over own HODL',
    'fraction',
    'Final value against holding the row’s own starting reserves untouched.',
    (i) => last(i.values) / worthAtEnd(i, (asset) => i.startReserves[asset]) - 1,
  ),

  // v_T / Σ (v_0/(n·p_0))·p_T − 1
  returns_over_uniform_hodl: metric(
    'Return over uniform HODL',
    'fraction',
    'Final value against holding the starting value split evenly over the assets.',
    (i) => last(i.values) / worthAtEnd(i, (asset) => i.values[0] / (i.assets * i.prices[asset])) - 1,
  ),

  // (v_T − Σ fees) / Σ R₀·p_T − 1
  il: metric('Impermanent loss', 'fraction', 'The return over HODL without what fees earned.', (i) => {
    // a pool that earned more than it is worth in the end did so with what it had earned before
    if (i.fees === undefined || i.fees > last(i.values)) return null;
    return (last(i.values) - i.fees) / worthAtEnd(i, (asset) => i.startReserves[asset]) - 1;
  }),

  // √(steps a year) · mean/std of the returns from step to step
  sharpe: metric('Sharpe (steps)', 'number', 'Annualised mean over deviation of the returns from row to row.', (i) =>
    ratioOf(returnsEvery(i, rowMinutes(i)), rowMinutes(i)),
  ),

  // √365 · mean/std of r_d = v_{d+1}/v_d − 1
  daily_sharpe: metric('Daily Sharpe', 'number', 'Annualised mean over deviation of the daily returns.', (i) =>
    ratioOf(dailyReturns(i), period(i, MINUTES_A_DAY)),
  ),

  // √365 · mean/(std + 1e-8) of ℓ_d = ln(v_{d+1} + 1e-12) − ln(v_d + 1e-12)
  daily_log_sharpe: metric(
    'Daily log Sharpe',
    'number',
    'Annualised mean over deviation of the daily log returns.',
    (i) => {
      const logs = sampled(i, MINUTES_A_DAY).map((v) => Math.log(v + 1e-12));
      const returns = logs.subarray(1).map((l, d) => l - logs[d]);
      // a deviation of rounding size is none, whatever is added to it
      const still =
        returns.length < 2 || overRisk(mean(returns), deviation(returns), period(i, MINUTES_A_DAY)) === null;
      return still ? null : ratioOf(returns, period(i, MINUTES_A_DAY), (r) => deviation(r) + 1e-8);
    },
  ),

  // √365 · mean(r_d)/√mean(min(r_d, 0)²)
  sortino: metric('Sortino', 'number', 'Annualised mean of the daily returns over their downside deviation.', (i) =>
    ratioOf(dailyReturns(i), period(i, MINUTES_A_DAY), downside),
  ),

  // min_t (v_t − v_0)/v_0
  greatest_draw_down: metric('Greatest loss from start', 'fraction', 'Deepest fall below the starting value.', (i) => {
    let [least] = i.values;
    for (let t = 1; t < i.values.length; t++) least = Math.min(least, i.values[t]);
    return least / i.values[0] - 1;
  }),

  // −max_t (1 − v_t / max_{s ≤ t} v_s)
  max_draw_down: metric('Maximum drawdown', 'fraction', 'Deepest fall below the highest value so far.', (i) => {
    return 0 - maximum(drawdowns(i.values));
  }),

  // −mean over 30-day blocks of √mean(drawdown²)
  ulcer: metric('Ulcer index', 'fraction', 'Root mean square drawdown, averaged over whole 30-day blocks.', (i) => {
    const ulcer = meanOverBlocks(i, (drawdown) => Math.sqrt(meanSquare(drawdown)));
    return ulcer === null ? null : 0 - ulcer;
  }),

  // annualised return / maximum drawdown
  calmar: metric('Calmar', 'number', 'Annualised return over the maximum drawdown.', (i) => {
    return overFall(annualisedReturn(i), maximum(drawdowns(i.values)));
  }),

  // annualised return / mean over 30-day blocks of the maximum drawdown
  sterling: metric(
    'Sterling',
    'number',
    'Annualised return over the mean of the maximum drawdowns of whole 30-day blocks.',
    (i) => {
      const drawdown = meanOverBlocks(i, maximum);
      return drawdown === null ? null : overFall(annualisedReturn(i), drawdown);
    },
  ),

  var_daily_95: valueAtRisk('daily', 95),
  var_daily_99: valueAtRisk('daily', 99),
  var_weekly_95: valueAtRisk('weekly', 95),
  var_weekly_99: valueAtRisk('weekly', 99),
  cvar_daily_95: conditionalValueAtRisk('daily', 95),
  cvar_daily_99: conditionalValueAtRisk('daily', 99),
  cvar_weekly_95: conditionalValueAtRisk('weekly', 95),
  cvar_weekly_99: conditionalValueAtRisk('weekly', 99),

  // Σ fees / v_0
  fee_revenue_over_value: metric('Fee revenue', 'fraction', 'Fees earned over the starting value.', (i) =>
    i.fees === undefined ? null : i.fees / i.values[0],
  ),

  // (v_T − v_0 − Σ_t Σ_i R_{t−1,i}·(p_{t,i} − p_{t−1,i})) / v_0
  hedged_returns: metric(
    'Hedged returns',
    'fraction',
    'Growth over the starting value less the price moves of what was held: earnings without the market.',
    ({ reserves, prices, values, assets }) => {
      if (reserves === undefined) return null;
      let moves = 0;
      for (let at = assets; at < prices.length; at++)
        moves += reserves[at - assets] * (prices[at] - prices[at - assets]);
      const left = (last(values) - values[0] - moves) / values[0];
      // sums of as many moves as there are rows tell no more digits
      return Math.abs(left) < 1e-12 ? 0 : left;
    },
  ),

  // −Σ_t Σ_i p_{t,i}·(R_i − R′_i) / v_0
  lvr: metric(
    'Loss to arbitrage (LVR)',
    'fraction',
    'What arbitrageurs gained, net of fees, over the starting value.',
    (i) => (i.losses === undefined ? null : 0 - i.losses / i.values[0]),
  ),

  // −Σ_t Σ_i (p_{t,i}·(R_i − R′_i) − τ/2·p_{t,i}·|R′_i − R_i|) / v_0
  rvr: metric('Loss to rebalancing (RVR)', 'fraction', 'The same against trading outside at the outside fee.', (i) =>
    i.losses === undefined ? null : ((i.rebalancing ?? 0) - i.losses) / i.values[0],
  ),

  // mean over assets and weeks of 1 − std(p)/mean(p)
  price_stability: metric(
    'Price stability',
    'fraction',
    'One less the deviation of the pool’s own price over its mean, by weeks.',
    (i) => meanOverQuotes(i, (price) => stability(price, rowsIn(i, DAYS_A_WEEK * MINUTES_A_DAY))),
  ),

  // −√mean ln²(p/p*)
  tracking_error: metric(
    'Tracking error',
    'fraction',
    'How far the pool’s own price is from that outside, root mean square.',
    (i) => {
      const squares = meanOverQuotes(i, (price, outside) => mean(price.map((p, t) => Math.log(p / outside[t]) ** 2)));
      return squares === null ? null : 0 - Math.sqrt(squares);
    },
  ),

  // mean of the depths
  capital_efficiency: metric(
    'Capital efficiency',
    'number',
    'What it sells within 1% of slippage, over what a constant product of the same worth sells.',
    (i) => (i.quotes === undefined ? null : mean(i.quotes.depths)),
  ),

  // −minutes of the longest stretch with |p/p* − 1| > 5 %
  recovery_time: metric(
    'Recovery time',
    'number',
    'Minutes of the longest stretch with its own price more than 5% off.',
    (i) => {
      const rows = longestOff(i);
      return rows === null ? null : 0 - rows * rowMinutes(i);
    },
  ),

  // −mean_t Σ_i |w_{t+1,i} − w_{t,i}|
  turnover: metric('Turnover', 'fraction', 'Mean weight moved per row, all assets together, negated.', (i) => {
    const { weights, assets, values } = i;
    if (!weights) return null;
    let moved = 0;
    for (let at = assets; at < weights.length; at++) moved += Math.abs(weights[at] - weights[at - assets]);
    return 0 - moved / (values.length - 1);
  }),
};

/** All metrics of one roll-out, or those of these names; null where not defined. */
export function computeMetrics(
  input: MetricInput,
  names: readonly string[] = Object.keys(metrics),
): Record<string, number | null> {
  return Object.fromEntries(names.map((name) => [name, metrics[name].compute(input)]));
}
