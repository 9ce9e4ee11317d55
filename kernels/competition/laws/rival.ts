/**
 * Floor 3. The posterior's belief in the price, and beside it what is known of the other pool's spot. Wherever a trade of
 * ours led, the other pool sells X no cheaper and buys it no dearer: else the router or the arbitrageur had gone there. So
 * with q the price that our trade implies and γ of the other pool, its spot z is at most q/γ after we bought X, at least qγ
 * after we sold; and arbitrage keeps it near the price. Between that it is forgotten by and by.
 *
 * With w = ln z − m the half-widths of both sides change by ±follow·w + curve·w²/f, f the other pool's fee: where the other
 * pool is dear, so can ours be. On the far side of d = spot/e^m − 1 the half-width grows by `far`·|d|. An order on a side
 * where the other pool is dear is the more likely: its weight is ρ·e^(±tilt·w/f).
 */
import { constant, type Expr, where } from '../../../src/graph/index.js';
import { clip } from '../../../src/rollout/functions.js';
import type { FeeLaw, Quote, SeenTrade } from '../law.js';
import { amount, signed } from '../parameters.js';
import { type Band, type Belief, bandOf, learnt, posterior } from './posterior.js';
import { around, halves, scalars, spotOf, type Widths } from './recentre.js';

type Numbers = Widths &
  Readonly<Record<'sigma' | 'rate' | 'reach' | 'follow' | 'keep' | 'room' | 'curve' | 'tilt' | 'rivalFee', Expr>>;

/** ln z after a trade: within what the trade and the belief in the price allow. */
function rivalAfter(rival: Expr, mean: Expr, trade: SeenTrade, implied: Expr, c: Numbers): Expr {
  const cost = constant(1).sub(c.rivalFee).log().neg();
  const bounded = where(trade.buysX, rival.minimum(implied.add(cost)), rival.maximum(implied.sub(cost)));
  const reach = c.room.mul(cost);
  return clip(bounded, mean.sub(reach), mean.add(reach));
}

/** Half-widths of both sides, and the fees that they make. */
function feesOf(mean: Expr, rival: Expr, spot: Expr, c: Numbers) {
  const centre = mean.exp();
  const off = spot.div(centre).sub(1);
  const w = rival.sub(mean);
  const bend = c.curve.mul(w.square()).div(c.rivalFee);
  const { bid, ask } = halves(off, c);
  const shift = c.follow.mul(w);
  return around(centre, spot, bid.add(bend).sub(shift), ask.add(bend).add(shift));
}

const tilted = (rival: Expr, mean: Expr, trade: SeenTrade, c: Numbers): Expr => {
  const w = rival.sub(mean).div(c.rivalFee).mul(c.tilt);
  return c.rate.mul(where(trade.buysX, w.neg(), w).exp());
};

export const rival: FeeLaw = {
  name: 'rival',
  doc: 'the posterior’s belief, and an estimate of where the other pool is, which the widths follow',
  parameters: {
    ...posterior.parameters,
    follow: amount({ default: 0.1, doc: 'Half-width for each unit of ln of the other pool’s spot over the price.' }),
    keep: amount({ range: [0, 1], default: 0.9, doc: 'What is left of that estimate from step to step.' }),
    room: amount({
      range: [0, 100],
      default: 1,
      doc: 'How far it may be from the price, in units of that pool’s fee.',
    }),
    curve: signed(0.1, { default: 0, doc: 'Half-width for the square of the other pool’s distance, over its fee.' }),
    tilt: signed(0.1, { default: 0, doc: 'How much likelier orders are where the other pool is dear.' }),
    rivalFee: amount({
      range: [1e-6, 0.1],
      default: 0.003,
      trainable: false,
      doc: 'Fee of the other pool.',
    }),
  },
  start: (c, reserves): Quote => {
    const { memory, ...fees } = posterior.start(c, reserves);
    return { ...fees, memory: { ...memory, rival: memory.mean } };
  },
  after(c, quote, trade) {
    const values: Numbers = scalars(c);
    const { sigma, reach, keep } = values;
    const { memory: old } = quote;
    const gap = trade.step.sub(old.last);
    const first = gap.greater(0);
    const prior: Belief = { mean: old.mean, variance: old.variance.add(sigma.square().mul(gap)) };
    const band: Band = bandOf(trade, quote);
    const next = learnt(prior, band, tilted(old.rival, old.mean, trade, values), reach);
    const mean = where(first, next.mean, old.mean);
    const faded = where(first, next.mean.add(keep.mul(old.rival.sub(next.mean))), old.rival);
    const memory = {
      mean,
      variance: where(first, next.variance, old.variance),
      last: trade.step,
      rival: rivalAfter(faded, mean, trade, band.implied, values),
    };
    return { ...feesOf(mean, memory.rival, spotOf(trade.reserves), values), memory };
  },
};
