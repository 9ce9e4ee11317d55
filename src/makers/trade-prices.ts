/**
 * Floor 1. A market from its trades alone, without its book: the mid is hidden, and each price is a depth from it.
 *
 *     pᵢ = Sᵢ + zᵢdᵢ,   S(t) = S₀ + σW(t) + ε Σ zⱼ over the orders before t,   z = ±1 the side, d of mean h and deviation s
 *
 * By the likelihood of the Kalman filter, as if d were normal: a quasi-likelihood, whose estimates of means and variances hold
 * for any law of d, with standard errors from the spread of its scores (White 1982). h and ε are in the innovations by a line,
 * so only s²/σ² is searched for. Where d = d₀ + an exponential depth, s = 1/β and h = d₀ + 1/β.
 */
import { inverse, times } from './linear.js';

export interface TradePrices {
  /** Seconds, ascending, one order each. */
  readonly time: Float64Array;
  readonly side: ArrayLike<number>;
  readonly price: Float64Array;
}

/** In the order of the covariance. */
export const OF_PRICES = ['mean', 'deviation', 'sigma', 'epsilon'] as const;

export interface PriceFit {
  /** Mean depth h and its deviation s, in money. */
  readonly mean: number;
  readonly deviation: number;
  /** Money a √second. */
  readonly sigma: number;
  /** Money that an order moves the mid by. */
  readonly epsilon: number;
  readonly covariance: readonly (readonly number[])[];
}

/**
 * Innovations of the filter for σ = 1 and s² = `ratio`: ν = price − h·mean − ε·epsilon, each of the variance `spread`. The first
 * price only says where the mid is.
 */
interface Filtered {
  readonly price: Float64Array;
  readonly mean: Float64Array;
  readonly epsilon: Float64Array;
  readonly spread: Float64Array;
}

function filtered({ time, side, price }: TradePrices, ratio: number): Filtered {
  const n = price.length - 1;
  const [ofPrice, ofMean, ofEpsilon, spread] = [0, 1, 2, 3].map(() => new Float64Array(n));
  // the mid as filtered is a − h·b + ε·c, its variance v
  let [a, b, c, v] = [price[0], side[0], 0, ratio];
  for (let i = 0; i < n; i++) {
    c += side[i];
    v += time[i + 1] - time[i];
    spread[i] = v + ratio;
    ofPrice[i] = price[i + 1] - a;
    ofMean[i] = side[i + 1] - b;
    ofEpsilon[i] = c;
    const gain = v / spread[i];
    a += gain * ofPrice[i];
    b += gain * ofMean[i];
    c -= gain * c;
    v *= 1 - gain;
  }
  return { price: ofPrice, mean: ofMean, epsilon: ofEpsilon, spread };
}

interface Profile {
  readonly mean: number;
  readonly epsilon: number;
  readonly variance: number;
  /** −2 ln L but for a constant. */
  readonly cost: number;
}

/** h, ε and σ² at a ratio: weighted least squares of the innovations. */
function profileAt(data: TradePrices, ratio: number): Profile {
  const { price, mean, epsilon, spread } = filtered(data, ratio);
  const n = price.length;
  const sum = (x: Float64Array, y: Float64Array) => {
    let total = 0;
    for (let i = 0; i < n; i++) total += (x[i] * y[i]) / spread[i];
    return total;
  };
  const [mm, me, ee, mp, ep] = [
    sum(mean, mean),
    sum(mean, epsilon),
    sum(epsilon, epsilon),
    sum(mean, price),
    sum(epsilon, price),
  ];
  const det = mm * ee - me * me;
  const [h, eps] = [(ee * mp - me * ep) / det, (mm * ep - me * mp) / det];
  let [squares, logs] = [0, 0];
  for (let i = 0; i < n; i++) {
    squares += (price[i] - h * mean[i] - eps * epsilon[i]) ** 2 / spread[i];
    logs += Math.log(spread[i]);
  }
  return { mean: h, epsilon: eps, variance: squares / n, cost: n * Math.log(squares / n) + logs };
}

/** Least and greatest s²/σ² that are looked at, in mean waits. */
const RATIOS: readonly [number, number] = [1e-4, 1e6];
const GOLDEN = (Math.sqrt(5) - 1) / 2;

/** Of 30 orders or more, on both sides. Throws RangeError where prices do not tell the mid from the depth. */
export function fitTradePrices(data: TradePrices): PriceFit {
  const { time, price, side } = data;
  const n = price.length;
  const buys = Array.from({ length: n }, (_, i) => side[i]).filter((z) => z > 0).length;
  if (n < 30 || buys < 5 || n - buys < 5) {
    throw new RangeError(`30 orders on both sides were expected, got ${buys} buys and ${n - buys} sells`);
  }
  const wait = (time[n - 1] - time[0]) / (n - 1);
  if (!(wait > 0)) throw new RangeError('orders of different times were expected, got all at one');
  let [low, high] = RATIOS.map((r) => Math.log(r * wait));
  const cost = (x: number) => profileAt(data, Math.exp(x)).cost;
  let [a, b] = [high - GOLDEN * (high - low), low + GOLDEN * (high - low)];
  let [atA, atB] = [cost(a), cost(b)];
  while (high - low > 1e-7) {
    if (atA < atB) {
      [high, b, atB] = [b, a, atA];
      a = high - GOLDEN * (high - low);
      atA = cost(a);
    } else {
      [low, a, atA] = [a, b, atB];
      b = low + GOLDEN * (high - low);
      atB = cost(b);
    }
  }
  const ratio = Math.exp((low + high) / 2);
  const { mean, epsilon, variance } = profileAt(data, ratio);
  if (!(variance > 0)) throw new RangeError('prices that move were expected, got none that does');
  const [deviation, sigma] = [Math.sqrt(ratio * variance), Math.sqrt(variance)];
  return { mean, deviation, sigma, epsilon, covariance: sandwich(data, [mean, deviation, sigma, epsilon]) };
}

/** ln L of each innovation. */
function likelihoods(data: TradePrices, [h, s, sigma, eps]: readonly number[]): Float64Array {
  const { price, mean, epsilon, spread } = filtered(data, (s / sigma) ** 2);
  return price.map((p, i) => {
    const v = sigma * sigma * spread[i];
    return -0.5 * (Math.log(v) + (p - h * mean[i] - eps * epsilon[i]) ** 2 / v);
  });
}

/** H⁻¹(Σgg′)H⁻¹: the curvature H of ln L, and the scores g of each innovation, by central differences. */
function sandwich(data: TradePrices, at: readonly number[]): number[][] {
  const steps = [1e-3 * at[1], 1e-3 * at[1], 1e-3 * at[2], 1e-3 * at[1]];
  const moved = (...moves: (readonly [number, number])[]) => {
    const x = [...at];
    for (const [k, by] of moves) x[k] += by * steps[k];
    return x;
  };
  const n = at.length;
  const all = Array.from({ length: n }, (_, k) => k);
  const scores = all.map((k) => {
    const [up, down] = [likelihoods(data, moved([k, 1])), likelihoods(data, moved([k, -1]))];
    return up.map((x, i) => (x - down[i]) / (2 * steps[k]));
  });
  const total = (x: readonly number[]) => likelihoods(data, x).reduce((a, b) => a + b, 0);
  const curvature = all.map((j) =>
    all.map((k) => {
      const corner = (a: number, b: number) => total(moved([j, a], [k, b]));
      return -(corner(1, 1) - corner(1, -1) - corner(-1, 1) + corner(-1, -1)) / (4 * steps[j] * steps[k]);
    }),
  );
  const bread = inverse(curvature);
  const meat = all.map((j) => all.map((k) => scores[j].reduce((sum, g, i) => sum + g * scores[k][i], 0)));
  return times(times(bread, meat), bread);
}
