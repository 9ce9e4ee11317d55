/**
 * Floor 3. The market of the AMM challenge: one price in steps without drift, S ← S·e^(−σ²/2 + σZ), and orders of which a
 * step has a number N ~ Poisson(λ), each of size e^(ln mean − .72 + 1.2Z) in Y. σ, λ and the mean are drawn once a scenario,
 * uniform between two settings.
 *
 * Draws of step t: 0 the normal Z; of the first step also 1, 2, 3: σ, λ, mean.
 */
import { constant, type Expr } from '../../src/graph/index.js';
import type { Setting, SourceContext } from '../../src/rollout/model.js';
import { normal } from '../../src/rollout/random.js';
import type { Generator } from '../prices/generator.js';

const setting = (value: number, range: readonly [number, number], doc: string): Setting => ({
  default: value,
  range,
  doc,
});

/** At this mean the orders of a step are more than the game can hold once in 10^8 steps. */
const MOST_ARRIVALS = 1;

const settings = {
  start: setting(100, [1e-6, 1e9], 'price at the first step'),
  sigmaLow: setting(0.000882, [0, 0.1], 'least volatility of a step'),
  sigmaHigh: setting(0.001008, [0, 0.1], 'greatest volatility of a step'),
  arrivalsLow: setting(0.6, [0, MOST_ARRIVALS], 'least mean number of orders in a step'),
  arrivalsHigh: setting(1, [0, MOST_ARRIVALS], 'greatest mean number of orders in a step'),
  sizeLow: setting(19, [1e-6, 1e9], 'least mean size of an order in Y'),
  sizeHigh: setting(21, [1e-6, 1e9], 'greatest mean size of an order in Y'),
} as const;

/** A number of a scenario, uniform between two settings. */
const uniform = (c: SourceContext, k: number, name: 'sigma' | 'arrivals' | 'size'): Expr => {
  const [low, high] = [c.settings[`${name}Low`], c.settings[`${name}High`]];
  return c
    .uniform(0, k)
    .mul(high - low)
    .add(low);
};

export const challengeMarket: Generator<Expr> = {
  name: 'challenge-market',
  doc: 'the market of the AMM challenge: a price without drift, and orders of lognormal sizes',
  settings,
  parameters: () => ({}),
  draws: () => 4,
  rows: {
    prices: 'price of X in Y',
    arrivals: 'mean number of orders in a step',
    size: 'mean size of an order in Y',
  },
  run: (c) => {
    const [sigma, arrivals, size] = [uniform(c, 1, 'sigma'), uniform(c, 2, 'arrivals'), uniform(c, 3, 'size')];
    const drift = sigma.square().mul(-0.5);
    const at = (price: Expr) => ({ state: price, row: { prices: [price], arrivals: [arrivals], size: [size] } });
    return {
      init: () => at(constant(c.settings.start)),
      step: (price, t) => at(price.mul(drift.add(sigma.mul(normal(c.uniform(t.sub(1), 0)))).exp())),
    };
  },
};
