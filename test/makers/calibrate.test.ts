/** A maker's market from what was recorded: known numbers are recovered within their standard errors, other ways agree. */
import { describe, expect, it } from 'vitest';
import { decayFromBins, decayFromDepths, decayFromFills, decayFromTouches } from '../../src/makers/calibrate.js';
import { bounceOf, markoutOf, reversionOf, volatilities } from '../../src/makers/volatility.js';
import { drawn } from '../systems/draws.js';

const N = 10_000;
const { uniform, normal } = drawn(5, 0, N, 2);
const DECAY = 0.12;
const D0 = 1;
const depths = Array.from({ length: N }, (_, i) => D0 - Math.log(uniform(i, 0)) / DECAY);
/** Orders that reach d₀ come at λ₀e^{−βd₀}: .5 of them a second. */
const DURATION = N / (0.5 * Math.exp(-DECAY * D0));

describe('how orders thin out with depth', () => {
  const found = decayFromDepths(depths, DURATION, D0);

  it('is recovered from 10,000 depths within 3 standard errors', () => {
    expect(Math.abs(found.beta - DECAY)).toBeLessThan(3 * found.seBeta);
    expect(Math.abs(Math.log(found.lambda0 / 0.5))).toBeLessThan(3 * found.seLogLambda0);
    expect(found.seBeta).toBeCloseTo(DECAY / 100, 4);
  });

  it('from counts in narrow bins is what single depths say', () => {
    const edges = [...Array.from({ length: 900 }, (_, i) => D0 + 0.1 * i), null];
    const counts = edges
      .slice(0, -1)
      .map((low, i) => depths.filter((d) => d >= (low ?? 0) && d < (edges[i + 1] ?? Number.POSITIVE_INFINITY)).length);
    const binned = decayFromBins(edges, counts, DURATION);
    expect(binned.beta).toBeCloseTo(found.beta, 4);
    expect(binned.lambda0).toBeCloseTo(found.lambda0, 3);
  });

  it('from own fills is where the likelihood has no slope, with the curvature there', () => {
    const offsets = [5, 8, 12, 20];
    const durations = [300, 500, 400, 900];
    const fills = [160, 190, 90, 80];
    const fit = decayFromFills(offsets, durations, fills);
    const likelihood = (a: number, b: number) =>
      offsets.reduce(
        (sum, d, i) => sum + fills[i] * (a - b * d + Math.log(durations[i])) - durations[i] * Math.exp(a - b * d),
        0,
      );
    const [a, b, h] = [Math.log(fit.lambda0), fit.beta, 1e-4];
    expect(likelihood(a, b)).toBeCloseTo(fit.logLikelihood, 9);
    expect((likelihood(a + h, b) - likelihood(a - h, b)) / (2 * h)).toBeCloseTo(0, 3);
    expect((likelihood(a, b + h / 10) - likelihood(a, b - h / 10)) / (h / 5)).toBeCloseTo(0, 2);
    const [[aa, ab], [, bb]] = fit.covariance;
    const det = aa * bb - ab * ab;
    const curve = (likelihood(a + h, b) - 2 * likelihood(a, b) + likelihood(a - h, b)) / (h * h);
    expect(-curve / (bb / det)).toBeCloseTo(1, 4);
    expect(fit.deviance).toBeGreaterThan(0);
  });

  it('from candles is that of Poisson touches', () => {
    const shares = [2, 5, 10, 20].map((d) => 1 - Math.exp(-0.8 * Math.exp(-0.1 * d)));
    const fit = decayFromTouches(
      [2, 5, 10, 20],
      shares.map((s) => s * 1e6),
      1e6,
      1,
    );
    expect(fit.lambda0).toBeCloseTo(0.8, 10);
    expect(fit.beta).toBeCloseTo(0.1, 10);
  });

  it('is not told by what tells nothing of it', () => {
    expect(() => decayFromDepths([1, 1], 10, 1)).toThrow(RangeError);
    expect(() => decayFromBins([0, 1, null], [5, 0], 10)).toThrow(RangeError);
    expect(() => decayFromFills([5, 5], [1, 1], [3, 4])).toThrow(RangeError);
    expect(() => decayFromTouches([1, 2], [0, 0], 10, 1)).toThrow(RangeError);
  });
});

describe('what prices tell', () => {
  it('a walk with a bounce: Roll’s spread and the variance beneath it', () => {
    let mid = 100;
    const prices = Array.from({ length: N }, (_, i) => {
      mid += 0.01 * normal(i, 0);
      return mid + (uniform(i, 1) < 0.5 ? 0.005 : -0.005);
    });
    const { halfSpread, variancePerTrade } = bounceOf(prices);
    expect(halfSpread).toBeCloseTo(0.005, 3);
    // its standard error is √(6/N) of the variance of changes, or less
    expect(Math.abs(variancePerTrade - 1e-4)).toBeLessThan(3 * Math.sqrt(6 / N) * 1.5e-4);
  });

  it('a signal that reverts: its rate and noise', () => {
    const [zeta, eta, dt] = [0.8, 0.3, 0.1];
    const a = Math.exp(-zeta * dt);
    let x = 0;
    const values = Array.from({ length: N }, (_, i) => {
      x = a * x + eta * Math.sqrt((1 - a * a) / (2 * zeta)) * normal(i, 1);
      return x;
    });
    const found = reversionOf(values, dt);
    // se(a) = √((1 − a²)/n)
    expect(Math.abs(found.a - a)).toBeLessThan(3 * Math.sqrt((1 - a * a) / N));
    expect(found.eta / eta).toBeCloseTo(1, 1);
  });

  it('candles of a driftless walk: every range-based volatility near the close-to-close one', () => {
    const steps = 50;
    const candles = { open: [] as number[], high: [] as number[], low: [] as number[], close: [] as number[] };
    let s = 0;
    for (let k = 0; k < N / steps; k++) {
      const path = [s];
      for (let i = 0; i < steps; i++) {
        s += 0.001 * normal(k * steps + i, 0);
        path.push(s);
      }
      candles.open.push(Math.exp(path[0]));
      candles.high.push(Math.exp(Math.max(...path)));
      candles.low.push(Math.exp(Math.min(...path)));
      candles.close.push(Math.exp(s));
    }
    const found = volatilities(candles);
    const wanted = 0.001 * Math.sqrt(steps);
    for (const value of Object.values(found)) expect(Math.abs(value / wanted - 1)).toBeLessThan(0.2);
  });

  it('markouts: what was captured less what was realised', () => {
    const fills = { side: [1, -1], price: [99, 101.5], midAtFill: [100, 101], midAfter: [99.5, 101.2] };
    const got = markoutOf(fills);
    expect(got.spreadCaptured).toBeCloseTo(0.75, 12);
    expect(got.adverseSelection).toBeCloseTo(0.35, 12);
    expect(got.realisedSpread).toBeCloseTo(0.4, 12);
  });
});
