/**
 * Floor 3. Quotes around the mean of what is believed of the price: a normal law of ln S with mean m and variance v.
 *
 * On the first trade of a step v += σ²·gap, the steps since the last one. The fees leave a band [L, U] of ln S in which
 * nobody arbitrages; e ≥ 0 is how far beyond its edge the trade went. It was an arbitrage, so that ln S is what it implies,
 * with the weight a = N(implied; m, v); or an order, so that ln S is within the band, with b = ρ·P·e^(−e/e₀)/e₀, where
 * P = P(L < ln S < U). Then m and v are those of the mixture of both, π = a/(a + b).
 */
import { constant, type Expr, where } from '../../../src/graph/index.js';
import type { FeeLaw, Quote, SeenTrade } from '../law.js';
import { density, upperTail } from '../normal.js';
import { amount } from '../parameters.js';
import type { Fees, Reserves } from '../pools.js';
import { FAR, impliedBy, LEAN, LEAST, leaning, scalars, spotOf, WIDTH, type Widths } from './recentre.js';

/** A normal law of ln S. */
export interface Belief {
  readonly mean: Expr;
  readonly variance: Expr;
}

/** The least P, and the least variance of a law that was cut to the band. */
const LEAST_CHANCE = 1e-9;
const LEAST_VARIANCE = 1e-12;
/** The least a + b: beyond it neither is likely, and in fixed point both may be 0. */
const LEAST_WEIGHT = 1e-15;

/** Reserves before a trade, from those after it. */
function before({ buysX, x, y, reserves }: SeenTrade, fees: Fees): Reserves {
  const net = where(buysX, x.mul(constant(1).sub(fees.bid)), y.mul(constant(1).sub(fees.ask)));
  return {
    x: where(buysX, reserves.x.sub(net), reserves.x.add(x)),
    y: where(buysX, reserves.y.add(y), reserves.y.sub(net)),
  };
}

export interface Band {
  readonly low: Expr;
  readonly high: Expr;
  /** ln of the price that the trade implies, and how far it went beyond the band. */
  readonly implied: Expr;
  readonly beyond: Expr;
}

/** The band that the fees left before a trade, and where the trade led. */
export function bandOf(trade: SeenTrade, fees: Fees): Band {
  const spot = spotOf(before(trade, fees)).log();
  const low = spot.add(constant(1).sub(fees.bid).log());
  const high = spot.sub(constant(1).sub(fees.ask).log());
  const implied = impliedBy(trade, fees).log();
  const beyond = where(trade.buysX, low.sub(implied), implied.sub(high)).maximum(0);
  return { low, high, implied, beyond };
}

/** P(z₁ < Z < z₂) of a standard normal Z, each tail from its own side. */
function between(z1: Expr, z2: Expr): Expr {
  const [q1, q2] = [upperTail(z1.abs()), upperTail(z2.abs())];
  const apart = constant(1).sub(q1).sub(q2);
  return where(z1.greater(0), q1.sub(q2), where(z2.less(0), q2.sub(q1), apart));
}

/** The law within the band: its chance before, its mean and variance. */
export function cut({ mean, variance }: Belief, { low, high }: Band): Belief & { readonly chance: Expr } {
  const sd = variance.sqrt();
  const [z1, z2] = [low.sub(mean).div(sd), high.sub(mean).div(sd)];
  const [n1, n2] = [density(z1), density(z2)];
  const chance = between(z1, z2).maximum(LEAST_CHANCE);
  const shift = n1.sub(n2).div(chance);
  const spread = z1.mul(n1).sub(z2.mul(n2)).div(chance).add(1).sub(shift.square());
  return {
    chance,
    mean: mean.add(sd.mul(shift)),
    variance: variance.mul(spread).maximum(LEAST_VARIANCE),
  };
}

/** What is believed after the first trade of a step. */
export function learnt(belief: Belief, band: Band, rate: Expr, reach: Expr): Belief {
  const { implied, beyond } = band;
  const sd = belief.variance.sqrt();
  const within = cut(belief, band);
  const arbitrage = density(implied.sub(belief.mean).div(sd)).div(sd);
  const order = rate.mul(within.chance).mul(beyond.div(reach).neg().exp()).div(reach);
  const share = arbitrage.div(arbitrage.add(order).maximum(LEAST_WEIGHT));
  const rest = constant(1).sub(share);
  const mean = share.mul(implied).add(rest.mul(within.mean));
  const variance = share
    .mul(implied.sub(mean).square())
    .add(rest.mul(within.variance.add(within.mean.sub(mean).square())));
  return { mean, variance };
}

export const SIGMA = amount({ range: [1e-6, 0.1], default: 0.002, doc: 'Volatility of ln S in a step.' });
export const RATE = amount({ default: 0.2, doc: 'Weight ρ of an order as the first trade of a step.' });
export const REACH = amount({ range: [1e-6, 1], default: 0.001, doc: 'How far e₀ orders go beyond the band.' });

const parameters = { width: WIDTH, sigma: SIGMA, rate: RATE, reach: REACH, lean: LEAN, least: LEAST, far: FAR };

export const posterior: FeeLaw = {
  name: 'posterior',
  doc: 'quotes around the mean of a belief in the price, which the first trade of a step changes',
  parameters,
  start: (c, reserves): Quote => ({
    bid: c.value.width[0],
    ask: c.value.width[0],
    memory: { mean: spotOf(reserves).log(), variance: constant(0), last: constant(-1) },
  }),
  after(c, quote, trade) {
    const values = scalars<'sigma' | 'rate' | 'reach' | keyof Widths>(c);
    const { sigma, rate, reach } = values;
    const { mean, variance, last } = quote.memory;
    const gap = trade.step.sub(last);
    const prior = { mean, variance: variance.add(sigma.square().mul(gap)) };
    const next = learnt(prior, bandOf(trade, quote), rate, reach);
    const first = gap.greater(0);
    const memory = {
      mean: where(first, next.mean, mean),
      variance: where(first, next.variance, variance),
      last: trade.step,
    };
    const fees = leaning(memory.mean.exp(), spotOf(trade.reserves), values);
    return { ...fees, memory };
  },
};
