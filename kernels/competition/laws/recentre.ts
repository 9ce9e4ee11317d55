/**
 * Floor 3. Quotes around an estimate p̂ of the price outside, that call in an arbitrageur while the pool is off it by little.
 *
 * After an arbitrage the price that the trade implies is exact: spot·γᵇ where the pool bought X, spot/γᵃ where it sold, with
 * the fees that it paid. Only the first trade of a step can be one, so that one moves p̂ by w of the way (by less where it
 * says something unlikely), the others by `within`. Then with d = spot/p̂ − 1
 *
 *     bid fee = 1 − p̂(1 − mᵇ)/spot,   ask fee = 1 − spot/(p̂(1 + mᵃ))
 *     d > 0: mᵇ = max(m₀ − k·d, least), mᵃ = m₀ + far·d;   d ≤ 0: mᵃ = max(m₀ + k·d, least), mᵇ = m₀ − far·d
 */
import { constant, type Expr, where } from '../../../src/graph/index.js';
import type { ModelContext, Parameter } from '../../../src/rollout/model.js';
import type { FeeLaw, Quote, SeenTrade } from '../law.js';
import { amount, signed } from '../parameters.js';
import type { Fees, Reserves } from '../pools.js';

export const spotOf = ({ x, y }: Reserves): Expr => y.div(x);

/** The fees that put the marginal bid at p̂(1 − mᵇ) and the marginal ask at p̂(1 + mᵃ). */
export const around = (centre: Expr, spot: Expr, bid: Expr, ask: Expr): Fees => ({
  bid: constant(1).sub(centre.mul(constant(1).sub(bid)).div(spot)),
  ask: constant(1).sub(spot.div(centre.mul(ask.add(1)))),
});

/** The numbers of the half-widths of both sides. */
export interface Widths {
  readonly width: Expr;
  readonly lean: Expr;
  readonly least: Expr;
  readonly far: Expr;
}

/** Half-widths: narrowed on the side that brings the spot back, by d = spot/centre − 1, and changed on that which leads away. */
export function halves(off: Expr, { width, lean, least, far }: Widths): Fees {
  const narrowed = width.sub(lean.mul(off.abs())).maximum(least);
  const changed = width.add(far.mul(off.abs()));
  const above = off.greater(0);
  return { bid: where(above, narrowed, changed), ask: where(above, changed, narrowed) };
}

/** The fees of those. */
export function leaning(centre: Expr, spot: Expr, widths: Widths): Fees {
  const { bid, ask } = halves(spot.div(centre).sub(1), widths);
  return around(centre, spot, bid, ask);
}

/** What a trade says of the price if it was an arbitrage. */
export function impliedBy(trade: SeenTrade, fees: Fees): Expr {
  const spot = spotOf(trade.reserves);
  return where(trade.buysX, spot.mul(constant(1).sub(fees.bid)), spot.div(constant(1).sub(fees.ask)));
}

export const WIDTH: Parameter = amount({ range: [0, 0.1], default: 0.005, doc: 'Half-width m₀ of the quotes.' });
export const LEAN: Parameter = amount({
  default: 0.1,
  doc: 'How much the half-width falls with the distance of the spot from the estimate, on the side that brings it back.',
});
export const LEAST: Parameter = signed(1e-3, {
  range: [-0.1, 0.1],
  default: 0,
  doc: 'The least half-width; below 0 an arbitrageur is paid to recentre the pool.',
});
export const FAR: Parameter = signed(0.1, {
  default: 0.3,
  doc: 'How much the half-width grows with the distance, on the side that leads away.',
});
export const GAIN: Parameter = amount({
  range: [0, 1],
  default: 0.2,
  doc: 'Share of the way to the implied price that the estimate takes.',
});

/** The estimate p̂ is the spot at the start, and both fees the half-width. */
export const startAt = (c: ModelContext, reserves: Reserves, memory: Quote['memory']): Quote => ({
  bid: c.value.width[0],
  ask: c.value.width[0],
  memory: { centre: spotOf(reserves), last: constant(-1), ...memory },
});

export const recentre: FeeLaw = {
  name: 'recentre',
  doc: 'quotes around an estimate of the price that the first trade of a step moves',
  parameters: {
    width: WIDTH,
    gain: GAIN,
    gate: amount({ range: [0, 1], default: 0.01, doc: 'A relative surprise beyond which a trade counts less.' }),
    factor: amount({ range: [0, 1], default: 0.5, doc: 'What it counts then.' }),
    within: amount({ range: [0, 1], default: 0, doc: 'Gain of the later trades of a step.' }),
    lean: LEAN,
    least: LEAST,
    far: FAR,
  },
  start: (c, reserves) => startAt(c, reserves, {}),
  after(c, quote, trade) {
    const values = scalars<'gain' | 'gate' | 'factor' | 'within' | keyof Widths>(c);
    const { gain, gate, factor, within } = values;
    const { centre, last } = quote.memory;
    const implied = impliedBy(trade, quote);
    const surprise = implied.div(centre).sub(1).abs();
    const first = where(surprise.greater(gate), gain.mul(factor), gain);
    const moved = centre.add(where(trade.step.greater(last), first, within).mul(implied.sub(centre)));
    const fees = leaning(moved, spotOf(trade.reserves), values);
    return { ...fees, memory: { centre: moved, last: trade.step } };
  },
};

/** The parameters of a law, each a scalar. */
export const scalars = <K extends string>(c: ModelContext): Readonly<Record<K, Expr>> =>
  Object.fromEntries(Object.entries(c.value).map(([name, [value]]) => [name, value])) as Record<K, Expr>;

/** What of a trade moves an estimate, continuous in its size: c and u of `smoothRecentre`. */
export interface Counted {
  readonly implied: Expr;
  /** |implied/p̂ − 1| */
  readonly surprise: Expr;
  /** c(1 − u), and u after the trade. */
  readonly weight: Expr;
  readonly used: Expr;
}

export function counted(quote: Quote, trade: SeenTrade, size: Expr): Counted {
  const used = where(trade.step.greater(quote.memory.last), 0, quote.memory.used);
  const implied = impliedBy(trade, quote);
  const counts = trade.y.div(trade.reserves.y).div(size).neg().expm1().neg();
  const weight = counts.mul(constant(1).sub(used));
  return { implied, surprise: implied.div(quote.memory.centre).sub(1).abs(), weight, used: used.add(weight) };
}

type Gains = Readonly<Record<'gain' | 'gate' | 'factor' | 'softness', Expr>>;

/** w·[f + (1 − f)/(1 + e^((surprise − gate)/softness))] */
export function softened({ gain, gate, factor, softness }: Gains, surprise: Expr): Expr {
  const likely = surprise.sub(gate).div(softness).exp().add(1).reciprocal();
  return gain.mul(factor.add(constant(1).sub(factor).mul(likely)));
}

export const SIZE = amount({
  range: [1e-12, 1],
  default: 1e-4,
  doc: 'Part of the reserve of Y that counts as a whole trade.',
});

/**
 * The same law, continuous in the size of the trade: every trade moves p̂ by
 *
 *     w·[f + (1 − f)/(1 + e^((surprise − gate)/softness))]·c·(1 − u),   c = 1 − e^(−r/r₀)
 *
 * with r = y/Y and u the share of the step's weight that is used; u += (1 − u)c.
 */
export const smoothRecentre: FeeLaw = {
  name: 'smooth-recentre',
  doc: 'recentre, continuous in the size of a trade: gradients along a path are unbiased',
  parameters: {
    width: WIDTH,
    gain: GAIN,
    gate: amount({ range: [0, 1], default: 0.01, doc: 'A relative surprise beyond which a trade counts less.' }),
    factor: amount({ range: [0, 1], default: 0.5, doc: 'What it counts far beyond it.' }),
    softness: amount({ range: [1e-9, 1], default: 0.002, doc: 'How gradually it counts less.' }),
    size: SIZE,
    lean: LEAN,
    least: LEAST,
    far: FAR,
  },
  start: (c, reserves) => startAt(c, reserves, { used: constant(0) }),
  after(c, quote, trade) {
    const values = scalars<keyof Gains | 'size' | keyof Widths>(c);
    const { centre } = quote.memory;
    const { implied, surprise, weight, used } = counted(quote, trade, values.size);
    const moved = centre.add(softened(values, surprise).mul(weight).mul(implied.sub(centre)));
    return {
      ...leaning(moved, spotOf(trade.reserves), values),
      memory: { centre: moved, last: trade.step, used },
    };
  },
};
