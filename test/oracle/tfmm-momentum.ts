// Test oracle: zero-fee TFMM pools under the momentum rule, minute by minute, in plain float64 loops.
// It shares no code with the models: the yardstick for roll-outs, metrics and targets. It keeps the numerics of the
// golden figures ("compat"): the absolute |a| < 1e-10 threshold and one single pass of the minimum-weight guard.
import type { GoldenCase } from './golden.js';

export interface MomentumRun {
  /** Rows of `weights`, `reserves`, `values`: T = bout_length − 1 minutes. */
  rows: number;
  /** T × n, row-major. */
  weights: Float64Array;
  /** T × n, row-major; units of each asset. */
  reserves: Float64Array;
  /** T, in the numéraire. */
  values: Float64Array;
  /** Prices of the bout, T × n, row-major. */
  prices: Float64Array;
  /** Raw weight changes over the whole series, (C − 1) × n, row-major, C = ⌈rows / chunk_period⌉. */
  ruleOutputs: Float64Array;
}

export type MomentumCase = Pick<
  GoldenCase,
  | 'rule'
  | 'assets'
  | 'chunk_period'
  | 'weight_interpolation_period'
  | 'interpolation'
  | 'start_index'
  | 'bout_length'
  | 'maximum_change'
  | 'minimum_weight'
  | 'max_memory_days'
  | 'initial_pool_value'
  | 'params'
>;

const logistic = (x: number) => 1 / (1 + Math.exp(-x));
const sum = (xs: ArrayLike<number>) =>
  Array.prototype.reduce.call(xs, (a, x) => (a as number) + (x as number), 0) as number;

/** memory in days: m(λ) = ∛(6λ/(1−λ)³) · 2 · cp/1440 */
function memoryDays(lambda: number, oneMinusLambda: number, chunkPeriod: number): number {
  return (Math.cbrt(6 * lambda) / oneMinusLambda) * 2 * (chunkPeriod / 1440);
}

/** 1 − λ(m): the real root x of s·x³ + x − 1 = 0 with s = (1440m/(2cp))³/6, by bisection (no closed form to trust). */
function oneMinusLambdaOf(memory: number, chunkPeriod: number): number {
  const s = ((1440 * memory) / (2 * chunkPeriod)) ** 3 / 6;
  let [low, high] = [0, 1];
  for (let i = 0; i < 200; i++) {
    const x = (low + high) / 2;
    if (s * x ** 3 + x - 1 > 0) high = x;
    else low = x;
  }
  return (low + high) / 2;
}

interface Memory {
  lambda: number;
  oneMinusLambda: number;
  days: number;
}

function memories(c: MomentumCase): Memory[] {
  const smallest = oneMinusLambdaOf(c.max_memory_days, c.chunk_period);
  return c.params.logit_lamb.map((logit) => {
    const oneMinusLambda = logistic(-logit);
    const days = Math.min(memoryDays(logistic(logit), oneMinusLambda, c.chunk_period), c.max_memory_days);
    return oneMinusLambda < smallest
      ? { lambda: 1 - smallest, oneMinusLambda: smallest, days }
      : { lambda: logistic(logit), oneMinusLambda, days };
  });
}

/**
 * Relative gradient of one price path sampled every chunk. With G = 1/(1−λ), b = λ/(1−λ)³, ewma = P₀, a = 0; for t ≥ 1:
 *   ewma += (P_t − ewma)/G;  a = λa + G(P_t − ewma);  g_t = a/(b·ewma).
 * Returns one value a chunk, without the first.
 */
export function relativeGradient(chunks: ArrayLike<number>, lambda: number, oneMinusLambda = 1 - lambda): Float64Array {
  const g = new Float64Array(chunks.length - 1);
  const b = lambda / oneMinusLambda ** 3;
  let ewma = chunks[0];
  let a = 0;
  for (let t = 1; t < chunks.length; t++) {
    ewma += (chunks[t] - ewma) * oneMinusLambda;
    a = lambda * a + (chunks[t] - ewma) / oneMinusLambda;
    if (Math.abs(a) < 1e-10) a = 0;
    g[t - 1] = a / (b * ewma);
  }
  return g;
}

/** Δw = k ⊙ (g − Σ(k⊙g)/Σk), k = 2^log_k · memory days (negated by anti-momentum). */
function momentumOutputs(c: MomentumCase, prices: Float64Array): Float64Array {
  const n = c.assets.length;
  const chunks = Math.ceil(prices.length / n / c.chunk_period);
  const memory = memories(c);
  const sign = c.rule === 'anti_momentum' ? -1 : 1;
  const k = c.params.log_k.map((logK, i) => sign * 2 ** logK * memory[i].days);
  const g = memory.map(({ lambda, oneMinusLambda }, i) => {
    const path = Float64Array.from({ length: chunks }, (_, t) => prices[t * c.chunk_period * n + i]);
    return relativeGradient(path, lambda, oneMinusLambda);
  });
  const outputs = new Float64Array((chunks - 1) * n);
  for (let t = 0; t < chunks - 1; t++) {
    const centre = sum(k.map((ki, i) => ki * g[i][t])) / sum(k);
    for (let i = 0; i < n; i++) outputs[t * n + i] = k[i] * (g[i][t] - centre);
  }
  return outputs;
}

/** One guardrail step: from the actual weights and a raw change to (weights at the start, change a minute, target). */
export function guardrail(start: number[], change: ArrayLike<number>, c: MomentumCase) {
  const n = start.length;
  const raw = start.map((w, i) => w + change[i]);
  const w = raw.map((r) => r / sum(raw));
  const low = w.map((wi) => wi < c.minimum_weight);
  const clipped = w.map((wi) => Math.min(Math.max(wi, c.minimum_weight), 1 - (n - 1) * c.minimum_weight));
  const others = sum(clipped.filter((_, i) => !low[i]));
  const left = 1 - low.filter(Boolean).length * c.minimum_weight;
  const target = clipped.map((wi, i) => (low[i] ? wi : (wi * left) / others));
  target[target.indexOf(Math.max(...target))] += 1 - sum(target);

  let diff = target.map((t, i) => (t - start[i]) / c.weight_interpolation_period);
  const largest = Math.max(...diff.map(Math.abs));
  if (largest > c.maximum_change) diff = diff.map((d) => (d * c.maximum_change) / (largest + 1e-10));
  return { start, diff, target };
}

/** Row j of a chunk: start + j·diff until the interpolation ends, then at rest; or the normalised mean with the geometric path. */
function interpolate(start: number[], diff: number[], j: number, c: MomentumCase): number[] {
  const steps = c.weight_interpolation_period;
  if (j >= steps) return start.map((s, i) => s + steps * diff[i]);
  const line = start.map((s, i) => s + j * diff[i]);
  if (c.interpolation === 'linear') return line;
  const row = line.map((l, i) => l + start[i] * ((start[i] + steps * diff[i]) / start[i]) ** (j / (steps + 1)));
  return row.map((r) => r / sum(row));
}

function minuteWeights(c: MomentumCase, outputs: Float64Array, rows: number): Float64Array {
  const n = c.assets.length;
  const exponentials = c.params.initial_weights_logits.map(Math.exp);
  let carry = exponentials.map((e) => e / sum(exponentials));
  let diff = carry.map(() => 0);
  const first = Math.floor(c.start_index / c.chunk_period);
  const weights = new Float64Array(rows * n);
  for (let row = 0; row < rows; row++) {
    const [chunk, j] = [Math.floor(row / c.chunk_period), row % c.chunk_period];
    if (j === 0 && chunk > 0) {
      // The first chunk rests at w₀; each later one starts where the last ended.
      carry = carry.map((w, i) => w + diff[i] * c.weight_interpolation_period);
      const at = (first + chunk - 1) * n;
      diff = guardrail(carry, outputs.subarray(at, at + n), c).diff;
    }
    weights.set(interpolate(carry, diff, j, c), row * n);
  }
  return weights;
}

/** R_i = R_i⁻ · (ω_i/π_i) · exp(Σ w⁻ ln π)/exp(Σ w ln ω), π = p/p⁻, ω = w/w⁻; R₀ = w₀·V₀/p₀. */
function zeroFeeReserves(weights: Float64Array, prices: Float64Array, n: number, value: number): Float64Array {
  const reserves = new Float64Array(weights.length);
  for (let i = 0; i < n; i++) reserves[i] = (weights[i] * value) / prices[i];
  for (let at = n; at < weights.length; at += n) {
    let exponent = 0;
    for (let i = at; i < at + n; i++) {
      exponent +=
        weights[i - n] * Math.log(prices[i] / prices[i - n]) - weights[i] * Math.log(weights[i] / weights[i - n]);
    }
    for (let i = at; i < at + n; i++) {
      const ratio = weights[i] / weights[i - n] / (prices[i] / prices[i - n]);
      reserves[i] = reserves[i - n] * ratio * Math.exp(exponent);
    }
  }
  return reserves;
}

/**
 * Simulates one zero-fee momentum (or anti-momentum) case.
 * `prices`: rows × n, row-major, the whole series from row 0 (everything before `start_index` is burn-in).
 */
export function simulateMomentum(c: MomentumCase, prices: Float64Array): MomentumRun {
  const n = c.assets.length;
  const rows = c.bout_length - 1;
  const ruleOutputs = momentumOutputs(c, prices);
  const weights = minuteWeights(c, ruleOutputs, rows);
  const bout = prices.slice(c.start_index * n, (c.start_index + rows) * n);
  const reserves = zeroFeeReserves(weights, bout, n, c.initial_pool_value);
  const values = new Float64Array(rows);
  for (let i = 0; i < reserves.length; i++) values[Math.floor(i / n)] += reserves[i] * bout[i];
  return { rows, weights, reserves, values, prices: bout, ruleOutputs };
}
