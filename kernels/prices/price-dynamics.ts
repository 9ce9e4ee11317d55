/**
 * Floor 3. A price with momentum that is drawn back to its base, one asset at a time.
 *
 * `underdamped`: momentum += κ(base − P)·dt − γ·momentum·dt + σ√dt·N, P = max(P + momentum·dt, .01); the variance of P is
 * σ²/(2γκ) as dt → 0. `printed`, for comparison only, is that of the crate hanzo-hmm, whose noise vanishes with the step:
 *
 *     momentum += (κ(base − P) + σ√dt·N·tanh(E/scale))·dt,  momentum ×= 1 − .1·dt,  P = max(P + momentum·dt, .01)
 *
 * Draws of step t: the i-th is of asset i.
 */
import { constant, type Expr, type Operand } from '../../src/graph/index.js';
import { sum, tanh } from '../../src/rollout/functions.js';
import type { Parameters } from '../../src/rollout/model.js';
import { normal } from '../../src/rollout/random.js';
import { normalDensity } from './density.js';
import { above, atLeastZero, type Generator, type Known, START } from './generator.js';
import { yearsOf } from './time.js';

type Moving = {
  readonly price: readonly Expr[];
  readonly momentum: readonly Expr[];
};

const UNDERDAMPED = 0;
const PRINTED = 1;
/** No price falls below. */
const LEAST = 0.01;
/** Tokens that a price is of. */
const TOKENS = 1e6;

const ENERGY: Parameters = {
  energy: atLeastZero({ unit: '1', default: 1, trainable: false, doc: 'energy of the dynamics that drive the noise' }),
  energyScale: above({ unit: '1', default: 1, trainable: false, doc: 'energy at which the noise saturates' }),
};

/** The momentum of asset i after a step is normal: what it would be without noise, and the sd of it. */
function lawOf(c: Known, i: number, price: Expr, momentum: Expr): { readonly calm: Expr; readonly sd: Expr } {
  const dt = yearsOf(c.clock);
  const { base, volatility, meanReversion } = c.value;
  const pull = meanReversion[i].mul(base[i].sub(price));
  const noise = volatility[i].mul(Math.sqrt(dt));
  if (c.settings.form === UNDERDAMPED) {
    return { calm: momentum.add(pull.sub(c.value.friction[i].mul(momentum)).mul(dt)), sd: noise };
  }
  const excited = tanh(c.value.energy[0].div(c.value.energyScale[0]));
  const left = 1 - 0.1 * dt;
  return { calm: momentum.add(pull.mul(dt)).mul(left), sd: noise.mul(excited).mul(dt * left) };
}

export const priceDynamics: Generator<Moving> = {
  name: 'price-dynamics',
  doc: 'a price with momentum, drawn back to its base',
  settings: {
    form: {
      default: UNDERDAMPED,
      range: [UNDERDAMPED, PRINTED],
      whole: true,
      choices: { underdamped: UNDERDAMPED, printed: PRINTED },
      doc: 'the step; as the crate hanzo-hmm prints it for comparison only',
    },
  },
  parameters: ({ form }) => ({
    start: START,
    base: above({ ...START, trainable: true, doc: 'price at rest' }),
    volatility: atLeastZero({
      shape: 'asset',
      unit: form === UNDERDAMPED ? 'numéraire/year^1.5' : 'numéraire/year^2.5',
      default: 100,
      doc: 'noise of the momentum',
    }),
    meanReversion: atLeastZero({ shape: 'asset', unit: '1/year²', default: 4, doc: 'pull to the base' }),
    ...(form === UNDERDAMPED
      ? { friction: atLeastZero({ shape: 'asset', unit: '1/year', default: 1, doc: 'rate at which momentum is lost' }) }
      : ENERGY),
  }),
  rows: {
    prices: 'one an asset',
    base: 'price at rest, one an asset',
    momentum: 'one an asset',
    volatility: 'one an asset',
    deviation: '|price − base|/base, one an asset',
    costPerToken: 'of a price of a million tokens, one an asset',
  },
  draws: (n) => n,
  // a move shows the momentum that made it, m = ΔP/dt, but where the price was held at its least
  density: () => ({
    depth: 2,
    log: (seen, c) => {
      const dt = yearsOf(c.clock);
      const moved = (back: number, i: number) =>
        seen(back)
          .prices[i].sub(seen(back + 1).prices[i])
          .div(dt);
      return sum(
        c.value.base.map((_, i) => {
          const { calm, sd } = lawOf(c, i, seen(1).prices[i], moved(1, i));
          // of ln P: dm = P·d ln P/dt
          return normalDensity(moved(0, i).sub(calm), sd.square()).add(seen(0).prices[i].div(dt).log());
        }),
      );
    },
  }),
  run: (c) => {
    const dt = yearsOf(c.clock);
    const { start, base, volatility } = c.value;
    const at = (state: Moving) => ({
      state,
      row: {
        prices: state.price,
        base,
        momentum: state.momentum,
        volatility,
        deviation: state.price.map((x, i) => x.sub(base[i]).abs().div(base[i])),
        costPerToken: state.price.map((x) => x.div(TOKENS)),
      },
    });
    const stepped = (i: number, price: Expr, before: Expr, t: Operand): [Expr, Expr] => {
      const { calm, sd } = lawOf(c, i, price, before);
      const momentum = calm.add(sd.mul(normal(c.uniform(t, i))));
      return [price.add(momentum.mul(dt)).maximum(LEAST), momentum];
    };
    return {
      init: () => at({ price: start, momentum: start.map(() => constant(0)) }),
      step: ({ price, momentum }, t) => {
        const next = price.map((x, i) => stepped(i, x, momentum[i], t.sub(1)));
        return at({ price: next.map(([x]) => x), momentum: next.map(([, m]) => m) });
      },
    };
  },
};
