/** Floor 3. Objectives of the prices at which a pool trades for the numéraire; means over its assets. */
import { constant, type Expr } from '../../src/graph/index.js';
import type { Quote } from '../../src/pools/model.js';
import { EACH_STEP } from '../../src/rollout/clock.js';
import { sum } from '../../src/rollout/functions.js';
import type { ObjectiveContext, ObjectiveModel, Row } from '../../src/rollout/model.js';
import { meanOverBlocks, WEEK } from './samples.js';

const mean = (xs: readonly Expr[]): Expr => sum(xs).div(xs.length);

/** What objectives of quotes read. */
const QUOTES = ['quotes', 'depths', 'prices'] as const;

/** A quote beside the outside price. */
interface MarketQuote extends Quote {
  readonly outside: Expr;
}

const quotesOf = ({ quotes, depths, prices }: Row): MarketQuote[] =>
  quotes.map((price, i) => ({ price, depth: depths[i], outside: prices[i] }));

/** The mean over all rows of the window. */
function meanOverRows(c: ObjectiveContext, of: (quotes: readonly MarketQuote[]) => Expr): Expr {
  const total = c.fold(of(quotesOf(c.first)), (all, sample) => all.add(of(quotesOf(sample))));
  return total.div(c.rows.float());
}

/** Mean over weeks of 1 − sd(p)/mean(p), p the pool's price of each step (Welford's recurrence, which does not cancel) */
export const priceStability: ObjectiveModel = {
  name: 'price_stability',
  doc: '1 less the deviation of the pool’s price over its mean, in whole weeks',
  reads: QUOTES,
  every: EACH_STEP,
  rows: WEEK,
  score: (c) =>
    meanOverBlocks(c, {
      minutes: WEEK,
      open: ({ quotes }) => quotes.map((price) => [price, constant(0)] as Expr[]),
      step: (assets, { quotes }, k) =>
        assets.map(([average, squares], i) => {
          const d = quotes[i].sub(average);
          const next = average.add(d.div(k.float().add(1)));
          return [next, squares.add(d.mul(quotes[i].sub(next)))];
        }),
      figure: (assets, rows) =>
        mean(assets.map(([average, squares]) => squares.div(rows).sqrt().div(average).neg().add(1))),
    }),
};

/** −√mean ln²(p/p*), p the pool's price and p* that outside, of each step */
export const trackingError: ObjectiveModel = {
  name: 'tracking_error',
  doc: 'root mean square of the logarithm of the pool’s price over the price outside, negated',
  reads: QUOTES,
  every: EACH_STEP,
  score: (c) =>
    meanOverRows(c, (quotes) => mean(quotes.map(({ price, outside }) => price.div(outside).log().square())))
      .sqrt()
      .neg(),
};

/** Mean depth within 1 % of slippage, in units of that of a constant product */
export const capitalEfficiency: ObjectiveModel = {
  name: 'capital_efficiency',
  doc: 'what the pool sells within 1 % of slippage, as a multiple of what a constant product of the same worth sells',
  reads: QUOTES,
  every: EACH_STEP,
  score: (c) => meanOverRows(c, (quotes) => mean(quotes.map(({ depth }) => depth))),
};
