/**
 * Floor 3. The compute market: resources in Hamiltonian pools, workers who supply them, jobs that buy them, somebody who trades
 * them against the outside price, and the tokens behind it all. docs/compute-market.md.
 *
 * Order of a step: destroyed stock → settlement → reliabilities → curvature → liquidity → supply → jobs → arbitrage → expiry →
 * emission → estimators. Credits exist only inside: whoever pays locks tokens, whoever is paid unlocks them.
 */
import { UserError } from '../../src/errors.js';
import { constant } from '../../src/graph/index.js';
import { sum } from '../../src/rollout/functions.js';
import type { Row, System, Tick } from '../../src/rollout/model.js';
import { arbitrage } from './arbitrage.js';
import { comparators } from './comparators.js';
import { bend, measure, traded } from './curvature.js';
import { emit } from './emission.js';
import { identities } from './identities.js';
import { jobs } from './jobs.js';
import { moveCredits } from './joint-credits.js';
import { provide } from './liquidity.js';
import { labels, observe, observes } from './observe.js';
import { parameters } from './parameters.js';
import { learn } from './reliability.js';
import { type Chosen, settings } from './settings.js';
import { settle } from './settlement.js';
import { destroy, expire } from './shocks.js';
import { startOf } from './start.js';
import { type Draft, draftOf, effective, type Flows, type Market } from './state.js';
import { supply } from './supply.js';
import { nothing, outsideOf, type World, worldOf } from './world.js';

const noFlows = (): Flows => {
  const zero = constant(0);
  return {
    supplied: zero,
    bought: zero,
    arbitrage: zero,
    arbitrageVolume: zero,
    arbitrageProfit: zero,
    returned: zero,
    revalued: zero,
    liquidity: zero,
    expired: zero,
    destroyed: zero,
    feeCredits: zero,
    feeCompute: zero,
    tradeGain: zero,
    arbitrageGain: zero,
    bookGain: zero,
    liquidityValue: zero,
    moves: zero,
  };
};

function init(w: World): Market {
  const zero = constant(0);
  const classes = w.classes.length;
  const d: Draft = {
    pools: w.scale.map((_, i) => ({
      psi: [w.each('compute0')[i], ...w.workers.map((x) => x.compute[i])],
      theta: zero,
      hold: zero,
      shares: zero,
      volatility: zero,
      rho: w.rho[i],
      block: { stock: zero, bought: zero, paid: zero, sold: zero },
    })),
    workers: w.workers.map(({ passes, fails, bond }) => ({ passes, fails, bond })),
    flights: w.classes.map(() => ({
      jobs: zero,
      compute: w.scale.map(() => nothing(w.workers.length + 1)),
      cost: nothing(w.n),
      fees: nothing(w.n),
      pay: nothing(w.n),
    })),
    tokens: { outside: w.one('outside'), treasury: w.one('treasury'), vault: zero, minted: zero, burned: zero },
    flows: w.scale.map(noFlows),
    sums: {
      feeTreasury: zero,
      feeBurn: zero,
      pay: zero,
      refund: zero,
      rebate: zero,
      bonus: zero,
      slashed: zero,
      spent: zero,
      worth: zero,
      quoted: zero,
      wanted: nothing(classes),
      filled: nothing(classes),
      cost: nothing(classes),
    },
    likelihood: zero,
  };
  d.pools.forEach((pool, i) => {
    const { credits, shares } = startOf(w, i);
    Object.assign(pool, { theta: credits, shares });
  });
  d.tokens.vault = sum(d.pools.map((p) => p.theta)).div(w.rate);
  return d as Market;
}

function step(w: World, before: Market, tick: Tick): Market {
  const d = draftOf(before);
  const o = outsideOf(w, tick);
  // what never changes is no carry
  if (w.s.reliability === 0) {
    d.workers.forEach((x, j) => {
      Object.assign(x, { passes: w.workers[j].passes, fails: w.workers[j].fails });
    });
  }
  const stock = w.scale.map((_, i) => effective(d, i));
  d.pools.forEach((pool, i) => {
    pool.block = { stock: stock[i], bought: constant(0), paid: constant(0), sold: constant(0) };
  });
  const flows = traded(d);
  d.flows.forEach((flow, i) => {
    flow.moves = flow.moves.add(stock[i].mul(o.prices[i].sub(tick.before.prices[i])));
  });
  destroy(w, d, o);
  learn(w, d, o, settle(w, d, o));
  bend(w, d);
  provide(w, d, o);
  supply(w, d, o);
  jobs(w, d, o);
  moveCredits(w, d, o);
  arbitrage(w, d, o);
  expire(w, d, o);
  emit(w, d);
  measure(w, d, flows, stock);
  return d as Market;
}

export const computeMarket: System<Market> = {
  name: 'compute-market',
  doc: 'Market of compute: resources in Hamiltonian pools, workers, jobs, arbitrage, settlement and tokens.',
  settings,
  parameters: (given) => parameters(given as Chosen),
  reads: ['prices'],
  observes,
  labels,
  comparison: { by: ['clientCost', 'fillRate'], of: comparators },
  check({ riskScope, riskFeeBase, curve, kappa, dynamicCurvature }) {
    if (curve === 1 && (kappa === 1 || dynamicCurvature === 1)) {
      throw new UserError(
        `compute-market: ${kappa === 1 ? 'kappa: isolated' : 'dynamicCurvature: off'} was expected with curve: target, got ${kappa === 1 ? 'joint' : 'on'}; take one of both`,
      );
    }
    if (riskScope === 1 && riskFeeBase === 1) {
      throw new UserError(
        'compute-market: a risk fee by blocks (riskFeeBase: block) was expected with riskScope: asset, got pool; take one of both',
      );
    }
  },
  run(c) {
    let world: World | null = null;
    const at = (first: Row): World => {
      world ??= worldOf(c, first);
      return world;
    };
    const known = (): World => {
      if (world === null) throw new TypeError('compute-market: a market starts before it goes on');
      return world;
    };
    return {
      init: (first) => init(at(first)),
      step: (market, tick) => step(known(), market, tick),
      observe: (market, { prices }) => observe(known(), market, prices),
      identities: (before, after, tick) => identities(known(), before, after, tick),
      ...(c.settings.arrivals === settings.arrivals.choices?.sampled ? { likelihood: (last) => last.likelihood } : {}),
    };
  },
};
