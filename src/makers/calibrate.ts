/**
 * Floor 1. A maker's market from what was recorded: how often orders come and how deep they reach, by maximum likelihood.
 *
 * Orders that reach a depth d of at least d₀ from the mid thin out as λ₀e^{−βd}: from the depths of market orders, from one's own
 * fills, or from candles alone. Offsets in any one unit; β in its inverse.
 */

export interface Decay {
  /** Orders a unit of time that reach an offset of 0. */
  readonly lambda0: number;
  readonly beta: number;
}

export interface DecayFromDepths extends Decay {
  readonly seBeta: number;
  readonly seLogLambda0: number;
  readonly count: number;
}

/** β̂ = n/Σ(d − d₀), λ̂₀ = (n/T)e^{β̂d₀}; se(β̂) = β̂/√n, se(ln λ̂₀) = √(1/n + d₀²β̂²/n). Throws RangeError without a spread of depths. */
export function decayFromDepths(depths: ArrayLike<number>, duration: number, d0: number): DecayFromDepths {
  const count = depths.length;
  const excess = sumOf(depths, (d) => d - d0);
  if (!(excess > 0)) throw new RangeError(`depths beyond ${d0} were expected, got ${count} of ${d0} or less`);
  const beta = count / excess;
  return {
    beta,
    lambda0: (count / duration) * Math.exp(beta * d0),
    seBeta: beta / Math.sqrt(count),
    seLogLambda0: Math.sqrt(1 / count + (d0 * beta) ** 2 / count),
    count,
  };
}

export interface DecayFromBins extends Decay {
  readonly logLikelihood: number;
}

const ROUNDS = 200;

/**
 * From counts of depths between `edges` (the last may be null: no end): the root of the derivative of
 * Σ cᵢ ln(e^{−βlᵢ} − e^{−βuᵢ}), depths below the first edge not seen; λ₀ = (n/T)e^{βl₀}.
 */
export function decayFromBins(
  edges: readonly (number | null)[],
  counts: readonly number[],
  duration: number,
): DecayFromBins {
  const low = edges[0] ?? 0;
  const bins = counts.map((count, i) => ({
    count,
    // relative to the first edge: P(d in bin | d ≥ l₀)
    from: (edges[i] ?? 0) - low,
    width: (edges[i + 1] ?? Number.POSITIVE_INFINITY) - (edges[i] ?? 0),
  }));
  // ln(e^{−βl}(1 − e^{−βw})), and its derivative −l + w/(e^{βw} − 1), which falls in β
  const slope = (beta: number) =>
    sumOf(bins, ({ count, from, width }) => {
      const tail = Number.isFinite(width) ? width / Math.expm1(beta * width) : 0;
      return count * (tail - from);
    });
  const total = sumOf(counts, (c) => c);
  if (!(sumOf(bins, ({ count, from }) => count * from) > 0) || bins.filter((b) => b.count > 0).length < 2) {
    throw new RangeError('depths in two bins or more were expected: one tells no decay');
  }
  let [a, b] = [0, 1];
  while (slope(b) > 0) [a, b] = [b, 2 * b];
  for (let k = 0; k < ROUNDS && b - a > 1e-16 * b; k++) {
    const middle = 0.5 * (a + b);
    if (slope(middle) > 0) a = middle;
    else b = middle;
  }
  const beta = 0.5 * (a + b);
  return {
    beta,
    lambda0: (total / duration) * Math.exp(beta * low),
    logLikelihood: sumOf(
      bins.filter((bin) => bin.count > 0),
      ({ count, from, width }) => count * (-beta * (from + low) + Math.log(-Math.expm1(-beta * width))),
    ),
  };
}

export interface DecayFromFills extends Decay {
  /** Of (ln λ₀, β). */
  readonly covariance: readonly (readonly number[])[];
  /** Twice the distance of the log-likelihood from that of a rate for each offset. */
  readonly deviance: number;
  /** Without the factorials. */
  readonly logLikelihood: number;
}

/** One's own quotes: nᵢ ~ Poisson(λ₀e^{−βδᵢ}Tᵢ), by Newton on (ln λ₀, β), concave. Throws RangeError where the offsets tell nothing. */
export function decayFromFills(
  offsets: readonly number[],
  durations: readonly number[],
  fills: readonly number[],
): DecayFromFills {
  const all = sumOf(fills, (n) => n);
  const span = Math.max(...offsets) - Math.min(...offsets);
  if (!(all > 0 && span > 0)) {
    throw new RangeError(`fills at two offsets or more were expected, got ${all} over a span of ${span}`);
  }
  const mean = sumOf(offsets, (d) => d) / offsets.length;
  // centred, so that one number hardly moves the other
  const x = offsets.map((d) => d - mean);
  let a = Math.log(all / sumOf(durations, (t) => t));
  let beta = 0;
  const expected = () => x.map((d, i) => durations[i] * Math.exp(a - beta * d));
  const likelihood = (mu: readonly number[]) => sumOf(mu, (m, i) => (fills[i] > 0 ? fills[i] * Math.log(m) : 0) - m);
  let mu = expected();
  for (let k = 0; k < ROUNDS; k++) {
    const { s0, s1, s2, det } = information(mu, x);
    const [ga, gb] = [all - s0, sumOf(x, (d, i) => -d * (fills[i] - mu[i]))];
    // information [[s0, −s1], [−s1, s2]]
    const [da, db] = [(s2 * ga + s1 * gb) / det, (s1 * ga + s0 * gb) / det];
    const before = { a, beta, likelihood: likelihood(mu) };
    let scale = 1;
    do {
      [a, beta] = [before.a + scale * da, before.beta + scale * db];
      mu = expected();
      scale /= 2;
    } while (!(likelihood(mu) >= before.likelihood - 1e-9 * Math.abs(before.likelihood)) && scale > 1e-12);
    if (Math.abs(da) + Math.abs(db) * span < 1e-14) break;
  }
  const { s0, s1, s2, det } = information(mu, x);
  // ln λ₀ = a + β·mean
  const [aa, ab, bb] = [s2 / det, s1 / det, s0 / det];
  const cross = ab + mean * bb;
  return {
    beta,
    lambda0: Math.exp(a + beta * mean),
    covariance: [
      [aa + 2 * mean * ab + mean * mean * bb, cross],
      [cross, bb],
    ],
    deviance: 2 * sumOf(mu, (m, i) => (fills[i] > 0 ? fills[i] * Math.log(fills[i] / m) : 0) - (fills[i] - m)),
    logLikelihood: likelihood(mu),
  };
}

function information(mu: readonly number[], x: readonly number[]) {
  const [s0, s1, s2] = [0, 1, 2].map((k) => sumOf(mu, (m, i) => m * x[i] ** k));
  return { s0, s1, s2, det: s0 * s2 - s1 * s1 };
}

export interface DecayFromTouches extends Decay {
  /** Of each offset, a unit of time. */
  readonly intensity: readonly number[];
}

/**
 * From candles alone: the share s of them whose price went as far as an offset has the intensity −ln(1 − s)/dt; a weighted line
 * through its logarithm, weights n(1 − s)ln²(1 − s)/s. It measures moves of the price, not queues: a quote there fills less often.
 */
export function decayFromTouches(
  offsets: readonly number[],
  touched: readonly number[],
  candles: number,
  dt: number,
): DecayFromTouches {
  const shares = touched.map((n) => n / candles);
  const there = shares.flatMap((s, i) => (s > 0 && s < 1 ? [i] : []));
  if (there.length < 2) throw new RangeError('two offsets that some candles touched and some did not were expected');
  const intensity = shares.map((s) => -Math.log1p(-s) / dt);
  const weight = (i: number) => (candles * (1 - shares[i]) * Math.log1p(-shares[i]) ** 2) / shares[i];
  const w = there.map(weight);
  const total = sumOf(w, (x) => x);
  const [mx, my] = [
    sumOf(there, (i, k) => w[k] * offsets[i]) / total,
    sumOf(there, (i, k) => w[k] * Math.log(intensity[i])) / total,
  ];
  const slope =
    sumOf(there, (i, k) => w[k] * (offsets[i] - mx) * (Math.log(intensity[i]) - my)) /
    sumOf(there, (i, k) => w[k] * (offsets[i] - mx) ** 2);
  return { beta: -slope, lambda0: Math.exp(my - slope * mx), intensity };
}

function sumOf<T>(xs: ArrayLike<T>, of: (x: T, i: number) => number): number {
  let total = 0;
  for (let i = 0; i < xs.length; i++) total += of(xs[i], i);
  return total;
}
