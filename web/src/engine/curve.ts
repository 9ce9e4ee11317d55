/** Floor 7. The trading curve of the pool that is simulated, at its last row, and how much of it trades by price. */
import { PoolCurves, type PoolSpec, type Standing, wasm } from 'poolgrad/browser';
import type { Opened } from './opened.js';
import { keeping } from './rollouts.js';

export interface DrawnCurve {
  /** The asset whose price is varied, and what it is priced in: the other asset of two, or the currency of all prices. */
  readonly asset: string;
  readonly against: string;
  /** Prices of the asset in that, ascending, and the one of the row. */
  readonly prices: Float64Array;
  readonly price: number;
  /** Amounts of the asset and of what is against it: of the other asset, or the value of all else. */
  readonly x: Float64Array;
  readonly y: Float64Array;
  /** Where the pool stands. */
  readonly at: readonly [x: number, y: number];
  /** Value that changes hands where the price moves by 1 %, between each two prices, in the currency of all prices. */
  readonly liquidity: Float64Array;
}

/** Points of a curve. */
const POINTS = 161;
/** A curve reaches as far as prices went, and a little further; at least so far, as a ratio. */
const LEAST_REACH = 1.2;
const BEYOND = 1.15;

const made = keeping(({ spec, dataset }) => new PoolCurves(spec, dataset, wasm, { threads: 1 }));

/** Null for a pool whose parameters follow series, which has no curve of its own. */
export const curvesOf = (opened: Opened): PoolCurves | null =>
  Object.keys(opened.config.series.parameters).length > 0 ? null : made(opened);

/** The price of an asset in what it is priced in. */
const priceIn = (prices: ArrayLike<number>, n: number, row: number, asset: number): number =>
  n === 2 ? prices[2 * row + asset] / prices[2 * row + 1 - asset] : prices[n * row + asset];

/** How far a curve is to reach, up and down alike, as a ratio of prices. */
function reachOf(prices: ArrayLike<number>, n: number, asset: number): number {
  const rows = prices.length / n;
  const now = Math.log(priceIn(prices, n, rows - 1, asset));
  const moves = Array.from({ length: rows }, (_, row) => Math.abs(Math.log(priceIn(prices, n, row, asset)) - now));
  return Math.max(LEAST_REACH, Math.exp(Math.max(...moves)) * BEYOND);
}

export function curveOf(
  curves: PoolCurves,
  raw: Float64Array,
  standing: Standing,
  asset: number,
  { spec, prices }: { readonly spec: PoolSpec; readonly prices: Float64Array },
): DrawnCurve {
  const n = spec.assets.length;
  const reach = Math.log(reachOf(prices, n, asset));
  const ratios = Array.from({ length: POINTS }, (_, k) => Math.exp(reach * ((2 * k) / (POINTS - 1) - 1)));
  const { reserves } = curves.at(raw, standing, asset, ratios);
  const kinds = reserves.length / POINTS;
  // two assets are told in amounts, of more the others are told in their value
  const isPair = n === 2 && kinds === 2;
  const worth = (of: ArrayLike<number>, row: number) => {
    let sum = 0;
    for (let j = 0; j < kinds; j++) {
      if (j !== asset) sum += of[row * kinds + j] * (isPair ? 1 : j < n ? standing.prices[j] : 1);
    }
    return sum;
  };
  const x = Float64Array.from(ratios, (_, k) => reserves[k * kinds + asset]);
  const price = isPair ? priceIn(standing.prices, 2, 0, asset) : standing.prices[asset];
  const perPercent = 0.01 / ((2 * reach) / (POINTS - 1));
  return {
    asset: spec.assets[asset],
    against: isPair ? spec.assets[1 - asset] : '',
    prices: Float64Array.from(ratios, (ratio) => price * ratio),
    price,
    x,
    y: Float64Array.from(ratios, (_, k) => worth(reserves, k)),
    at: [standing.reserves[asset], worth(standing.reserves, 0)],
    liquidity: x
      .subarray(1)
      .map((next, k) => (x[k] - next) * standing.prices[asset] * Math.sqrt(ratios[k] * ratios[k + 1]) * perPercent),
  };
}
