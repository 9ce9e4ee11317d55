/** Floor 5. Simpler ways to quote, and what they are worth in the same market beside the optimum. */
import {
  avellanedaStoikov,
  type ExponentialUtility,
  utilityClosedForm,
  utilityGrowth,
} from '../makers/exponential-utility.js';
import { longRun, valueOfPolicy } from '../makers/long-run.js';
import { type MarketState, type SingleAsset, singleAsset } from '../makers/problem.js';
import { tablePolicy } from '../makers/quotes.js';
import { stationarySlope } from '../makers/riccati.js';

export interface Rival {
  readonly name: string;
  readonly doc: string;
  /** A second, in the long run. */
  readonly value: number;
}

/** A law that quotes by state of the market and inventory. */
type Law = (s: MarketState, q: number) => { readonly bid: number; readonly ask: number };

function worth(market: SingleAsset, origin: number, law: Law): number {
  const { qMin, qMax, states } = market;
  const problem = singleAsset(market);
  const rows = states.flatMap((s) => Array.from({ length: qMax - qMin + 1 }, (_, i) => law(s, qMin + i)));
  const table = { bid: rows.map((r) => r.bid), ask: rows.map((r) => r.ask) };
  return valueOfPolicy(problem, tablePolicy(problem, table), origin).value;
}

/** One order's best offset: 1/κ + ε − r. */
const myopic =
  (rebate: number): Law =>
  (s) => ({ bid: 1 / s.kappaBid + s.jumpBid - rebate, ask: 1 / s.kappaAsk + s.jumpAsk - rebate });

/** The quadratic approximation, state by state: A∞ of the sides' mean λκ, and the drift of the state taken as lasting. */
function affine(rebate: number): Law {
  const base = myopic(rebate);
  return (s, q) => {
    const [lambda, kappa] = [(s.lambdaBid + s.lambdaAsk) / 2, (s.kappaBid + s.kappaAsk) / 2];
    const a = lambda > 0 ? stationarySlope(lambda, kappa, s.phi) : 0;
    const { bid, ask } = base(s, q);
    const mu = s.drift + s.lambdaAsk * s.jumpAsk - s.lambdaBid * s.jumpBid;
    // b∞ = 1/(4A∞a₂) = 1/(2√(φa₂)), for a drift that lasts
    const pull = a > 0 ? mu / (4 * a * ((lambda * kappa) / Math.E)) : 0;
    return { bid: bid + a * (2 * q + 1) - pull, ask: ask - a * (2 * q - 1) + pull };
  };
}

/** The largest of a function with one top, by golden sections. */
function largest(f: (x: number) => number, low: number, high: number): number {
  const g = (Math.sqrt(5) - 1) / 2;
  let [a, b] = [low, high];
  let [x, y] = [b - g * (b - a), a + g * (b - a)];
  let [fx, fy] = [f(x), f(y)];
  while (b - a > 1e-7 * (1 + Math.abs(a))) {
    if (fx >= fy) {
      [b, y, fy] = [y, x, fx];
      x = b - g * (b - a);
      fx = f(x);
    } else {
      [a, x, fx] = [x, y, fy];
      y = a + g * (b - a);
      fy = f(y);
    }
  }
  return (a + b) / 2;
}

/** Values of other laws in the market, quotes alone; and of its optimum without taking, where it takes. */
export function rivals(market: SingleAsset, origin: number): Rival[] {
  const { rebate = 0, taker, ...rest } = market;
  const quoting = { ...rest, rebate };
  const decay = Math.min(...market.states.flatMap((s) => [s.kappaBid, s.kappaAsk]));
  const least = Math.max(0, market.minOffset ?? 0);
  const constant = largest((x) => worth(quoting, origin, () => ({ bid: x, ask: x })), least, least + 12 / decay);
  const found = [
    ...(taker === undefined
      ? []
      : [{ name: 'without taking', doc: 'the best quotes alone', value: longRun(singleAsset(quoting), origin).value }]),
    {
      name: 'affine',
      doc: '1/κ + ε − r ± A∞(2q ± 1), in closed form',
      value: worth(quoting, origin, affine(rebate)),
    },
    {
      name: 'fixed spread',
      doc: `both sides ${Number(constant.toPrecision(4))} from the mid, the best of all such`,
      value: worth(quoting, origin, () => ({ bid: constant, ask: constant })),
    },
    { name: 'myopic', doc: '1/κ + ε − r, whatever the inventory', value: worth(quoting, origin, myopic(rebate)) },
  ];
  return found;
}

/**
 * The same for exponential utility: what grows is the certainty equivalent, a second. The law of Avellaneda and Stoikov is that
 * of a time to go, here held; without one it is left out.
 */
export function utilityRivals(u: ExponentialUtility, tau: number | null): Rival[] {
  const { base, slope } = utilityClosedForm(u);
  const straight = { bid: (q: number) => base + slope * (q + 0.5), ask: (q: number) => base - slope * (q - 0.5) };
  const flat = { bid: () => base, ask: () => base };
  return [
    {
      name: 'closed form',
      doc: 'base ± (2q ± 1)/2·slope (Guéant, Lehalle and Fernandez-Tapia)',
      value: utilityGrowth(u, straight),
    },
    ...(tau === null
      ? []
      : [
          {
            name: 'Avellaneda–Stoikov',
            doc: `its quotes as if ${Number(tau.toPrecision(4))} s were left`,
            value: utilityGrowth(u, {
              bid: (q) => avellanedaStoikov(u, q, tau).bid,
              ask: (q) => avellanedaStoikov(u, q, tau).ask,
            }),
          },
        ]),
    { name: 'myopic', doc: 'ln(1 + γ/k)/γ, whatever the inventory', value: utilityGrowth(u, flat) },
  ];
}
