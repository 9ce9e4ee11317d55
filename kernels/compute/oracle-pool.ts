/**
 * Floor 3, compute market. What a market is compared with: a pool for each resource that quotes a delayed average of the outside
 * price, with the same workers and jobs.
 *
 *     q = mean of P_{t−L−W+1} … P_{t−L} (before the start: the first price), ask q/(1 − f), bid q(1 − f), any size up to the stock
 *
 * A step: the quote → jobs, class by class → supply → arbitrage of a fraction of the stock a minute, where ask < P or bid > P.
 */
import { constant, type Expr, where } from '../../src/graph/index.js';
import { minimum, pow, sum } from '../../src/rollout/functions.js';
import type { Row, Setting, System, SystemContext, Tick } from '../../src/rollout/model.js';
import { labels, termsOf } from './observe.js';
import { parameters } from './parameters.js';
import { type Chosen, settings as marketSettings } from './settings.js';
import { stockOf } from './start.js';
import { nothing, type Outside, outsideOf, type World, worldOf } from './world.js';

const settings = {
  ...marketSettings,
  delay: { default: 15, range: [0, 240], whole: true, doc: 'steps L by which the quote is late' },
  window: { default: 30, range: [1, 240], whole: true, doc: 'steps W that it is the mean of' },
  fraction: {
    default: 0.05,
    range: [0, 1],
    doc: 'part of the stock that arbitrage takes a minute; it decides the losses',
  },
} as const satisfies Readonly<Record<string, Setting>>;

type Sums = Readonly<Record<'quoted' | 'worth' | 'gain', Expr>>;
type OracleMarket = {
  /** Ψ and Θ, by resource. */
  readonly compute: readonly Expr[];
  readonly credits: readonly Expr[];
  /** Outside prices of the last L + W steps, the present one first, by resource; and the sum of those that are averaged. */
  readonly past: readonly (readonly Expr[])[];
  readonly total: readonly Expr[];
  readonly wanted: readonly Expr[];
  readonly filled: readonly Expr[];
  readonly sums: Sums;
};

/** As a step works on it. */
type Draft = {
  compute: Expr[];
  credits: Expr[];
  wanted: Expr[];
  filled: Expr[];
  sums: { -readonly [K in keyof Sums]: Expr };
};

function init(w: World, { delay, window }: Readonly<Record<string, number>>, first: Row): OracleMarket {
  const zero = constant(0);
  const compute = w.scale.map((_, i) => stockOf(w, i));
  return {
    compute,
    // as many credits as the compute is worth outside
    credits: compute.map((x, i) => x.mul(first.prices[i])),
    past: first.prices.map((p) => Array.from({ length: delay + window }, () => p)),
    total: first.prices.map((p) => p.mul(window)),
    wanted: nothing(w.classes.length),
    filled: nothing(w.classes.length),
    sums: { quoted: zero, worth: zero, gain: zero },
  };
}

/** What changes hands at a price: who brings compute is paid. The gain is that of liquidity beside moves of the outside price. */
function trade(d: Draft, o: Outside, i: number, brought: Expr, price: Expr): void {
  d.compute[i] = d.compute[i].add(brought);
  d.credits[i] = d.credits[i].sub(brought.mul(price));
  d.sums.gain = d.sums.gain.add(brought.mul(o.prices[i].sub(price)));
}

function jobs(w: World, d: Draft, o: Outside, ask: readonly Expr[]): void {
  w.classes.forEach(({ require, arrivals, limit, elasticity }, c) => {
    const worth = sum(require.map((r, i) => r.mul(o.reference[i])));
    const cost = sum(require.map((r, i) => r.mul(ask[i]))).div(worth);
    const mean = arrivals.mul(w.dt).mul(o.demand(c) ?? 1);
    const wanted = mean.mul(pow(cost.div(limit), elasticity.neg()).minimum(1));
    const most = minimum(require.map((r, i) => where(r.greater(0), d.compute[i].div(r), 1e300)));
    const n = wanted.minimum(most);
    require.forEach((r, i) => {
      trade(d, o, i, n.mul(r).neg(), ask[i]);
    });
    d.wanted[c] = d.wanted[c].add(wanted);
    d.filled[c] = d.filled[c].add(n);
    d.sums.worth = d.sums.worth.add(n.mul(worth));
    d.sums.quoted = d.sums.quoted.add(n.mul(worth).mul(cost));
  });
}

function supply(w: World, d: Draft, o: Outside, bid: readonly Expr[]): void {
  if (w.workers.length === 0) return;
  bid.forEach((price, i) => {
    const eager = pow(price.div(o.reference[i]), w.one('supplyElasticity')).mul(w.dt);
    const each = eager.mul(o.supply(i) ?? 1);
    const offered = sum(w.workers.map((x) => x.supply[i].mul(each).mul(x.passes.div(x.passes.add(x.fails)))));
    trade(d, o, i, offered.minimum(d.credits[i].div(price)), price);
  });
}

function arbitrage(d: Draft, o: Outside, part: number, ask: readonly Expr[], bid: readonly Expr[]): void {
  o.prices.forEach((price, i) => {
    const taken = where(ask[i].less(price), d.compute[i].mul(part), 0);
    const brought = where(price.less(bid[i]), d.credits[i].mul(part).div(bid[i]), 0);
    trade(d, o, i, taken.neg(), ask[i]);
    trade(d, o, i, brought, bid[i]);
  });
}

function step(w: World, s: Readonly<Record<string, number>>, before: OracleMarket, tick: Tick): OracleMarket {
  const o = outsideOf(w, tick);
  const d: Draft = {
    compute: [...before.compute],
    credits: [...before.credits],
    wanted: [...before.wanted],
    filled: [...before.filled],
    sums: { ...before.sums },
  };
  // with the present price in front, the mean is over places L … L + W − 1
  const seen = before.past.map((past, i) => [o.prices[i], ...past]);
  const total = before.total.map((sumBefore, i) => sumBefore.add(seen[i][s.delay].sub(seen[i][s.delay + s.window])));
  const keep = w.fees.market.neg().add(1);
  const quote = total.map((x) => x.div(s.window));
  const [ask, bid] = [quote.map((q) => q.div(keep)), quote.map((q) => q.mul(keep))];
  jobs(w, d, o, ask);
  supply(w, d, o, bid);
  arbitrage(d, o, Math.min(1, s.fraction * w.dt), ask, bid);
  return { ...d, past: seen.map((past) => past.slice(0, -1)), total };
}

export const oraclePool: System<OracleMarket> = {
  name: 'oracle-pool',
  doc: 'pools that quote a delayed average of the outside price to the workers and jobs of a compute market',
  settings,
  parameters: (given) => parameters(given as Chosen),
  reads: ['prices'],
  observes: {
    compute: 'effective compute Ψ, by resource',
    credits: 'Θ, by resource',
    price: 'price quoted, before the fee',
    outsidePrice: 'price outside, by resource',
    value: 'worth of all pools at the outside price, credits',
    hedged: 'gain of those who provide liquidity beside market moves so far, credits',
    quoted: 'what clients paid so far, credits',
    worth: 'worth of that at the reference prices, credits',
    clientCost: 'what clients paid over the reference prices so far, bps',
    wanted: 'jobs wanted so far, by class',
    filled: 'jobs filled so far, by class',
    fillRate: 'jobs filled of those wanted so far',
  },
  labels,
  run(c: SystemContext) {
    let world: World | null = null;
    const at = (first: Row): World => {
      world ??= worldOf(c, first);
      return world;
    };
    const known = (): World => {
      if (world === null) throw new TypeError('oracle-pool: a market starts before it goes on');
      return world;
    };
    return {
      init: (first) => init(at(first), c.settings, first),
      step: (market, tick) => step(known(), c.settings, market, tick),
      observe: (m, { prices }) => ({
        compute: m.compute,
        credits: m.credits,
        price: m.total.map((x) => x.div(c.settings.window)),
        outsidePrice: prices,
        value: [sum(m.compute.map((x, i) => x.mul(prices[i]).add(m.credits[i])))],
        hedged: [m.sums.gain],
        quoted: [m.sums.quoted],
        worth: [m.sums.worth],
        wanted: m.wanted,
        filled: m.filled,
        ...termsOf(m.sums, m.wanted, m.filled),
      }),
    };
  },
};
