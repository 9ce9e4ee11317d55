/**
 * Floor 2½. A pool as the system of a roll-out: its curve with what others do to it; with a rule, legs of weights as epochs.
 *
 *   leg k    steps k·cp + 1 … (k+1)·cp; leg 0 rests at w₀, leg k follows rule output ⌊first/cp⌋ + k − 1
 *            (where a rule gives weights: w₀ is output row ⌊first/cp⌋, and leg k follows row ⌊first/cp⌋ + k)
 *   a step   arbitrage with the weights of t−1 at the prices of t, then with the weights of t; then flow
 *            (of arbitrages only where t is a multiple of arbitrageEvery)
 */
import { buffer, constant, type Expr, input, integer, load, type Operand, type Tree, where } from '../graph/index.js';
import { rowsOf } from '../rollout/clock.js';
import { choose, sum } from '../rollout/functions.js';
import type { EpochRun, Row, System, SystemContext, SystemRun } from '../rollout/model.js';
import { accounted, type Holding } from './accounts.js';
import { withoutFees } from './closed-form.js';
import { ledgerRow, total, valuesAt } from './ledger.js';
import { contextIn, type Lane, minute, startLane } from './minute.js';
import type { Leg, Minute, Quote, WeightPath } from './model.js';
import { orderFlow } from './orders.js';
import { RULE, RULE_BASE, RULE_START } from './rule-program.js';
import { arbitrageRows, clockOf, type PoolSpec, settingsOf } from './spec.js';
import type { Shared, Walk } from './walk.js';

/** A pool of the spec, which is complete, as a system. */
export function poolSystem(spec: PoolSpec): System {
  const { pool, rule, feeLaw, flow, settings } = spec;
  return {
    name: pool.name,
    doc: pool.doc,
    settings: settingsOf(spec),
    parameters: pool.parameters,
    parts: [
      ...(feeLaw ? [{ name: feeLaw.name, parameters: feeLaw.parameters }] : []),
      ...(rule === null ? [] : [{ name: rule.name, parameters: rule.parameters(settings) }]),
      ...(flow === null ? [] : [{ name: flow.name, parameters: flow.parameters }]),
    ],
    reads: ['prices', 'logs', 'activity'],
    observes: OBSERVES,
    outcome: OUTCOME,
    recordedWith: { [ARBITRAGE_ROWS]: arbitrageRows(spec) },
    ...(pool.path === undefined ? {} : { epoch: ({ chunkPeriod }, clock) => rowsOf(clock, chunkPeriod) }),
    run: (c) => (pool.path === undefined ? steadyPool(spec, c) : ruledPool(spec, c, pool.path)),
  };
}

/** Run integer of programs that record: rows from one arbitrage to the next. */
const ARBITRAGE_ROWS = 'arbitrageRows';

const OBSERVES = {
  value: 'value of the pool, in the numéraire',
  reserves: 'what it holds: amounts of the assets, then of the numéraire',
  weights: 'weights of its curve; none where it has none',
  fees: 'fees earned since the first row, in the numéraire',
  lost: 'lost to arbitrageurs since the first row, net of fees, in the numéraire',
  rebalancing: 'what making the same changes outside would have cost, in the numéraire',
  earned: 'what all others than arbitrageurs left in the pool, in the numéraire',
  quotes: 'the pool’s own price of each asset, before fees; none where it has none',
  depths: 'how much it sells within 1 % of that, in units of what a constant product sells so',
  beyond: 'where prices outside are beyond those of its curve; none where these have no ends',
  offered: 'value of all orders of the flow since the first row, in the numéraire; none where it sends no orders',
  routed: 'what of it came to the pool',
  prices: 'prices outside',
};

const OUTCOME = {
  hold: 'what the start reserves are worth at the last row, without a gradient',
  uniform: 'the same of the start value spread evenly over all that the pool holds',
  turnover: 'Σ over assets of |Δw| a rule step, averaged; 0 without a rule',
};

/** What a pool lets be observed, at every step or once at the end. */
export const POOL_SHOWS: Readonly<Record<string, string>> = { ...OBSERVES, ...OUTCOME };

function sharedOf(spec: PoolSpec, c: SystemContext): Shared {
  const flow = spec.flow === null ? null : c.of(spec.flow);
  return {
    c,
    spec,
    context: c,
    feeLaw: spec.feeLaw ? c.of(spec.feeLaw) : null,
    flow,
    orders: orderFlow(spec, flow),
    value: constant(spec.value),
    first: c.at(0),
    every: c.recording ? input(ARBITRAGE_ROWS) : integer(arbitrageRows(spec)),
  };
}

/** A pool whose weights do not move. */
function steadyPool(spec: PoolSpec, c: SystemContext): SystemRun<Lane> {
  const s = sharedOf(spec, c);
  const weights = c.value.weights ?? [];
  return {
    init: (first) => startLane(s, spec.pool.init(contextIn(s, first), { prices: first.prices, weights }, s.value)),
    step: (lane, tick) => minute(s, lane, tick, [weights]),
    observe: (lane, now, t) => ({ ...observed(s, lane, now, weights), ...(t === 0 ? opening(s) : {}) }),
    outcome: (start, _last, now) => ({ ...outcomeOf(s, start.state, now), turnover: [constant(0)] }),
    ...accounted(spec, (lane, next, { before, now }) => [holding(s, lane, before), holding(s, next, now)]),
  };
}

const holding = ({ spec: { pool }, context }: Shared, lane: Lane, { prices }: Row): Holding => ({
  value: pool.value(context, lane.state, prices),
  reserves: pool.reserves(lane.state, context),
  ledger: lane,
});

function observed(s: Shared, lane: Lane, now: Row, weights: readonly Expr[]): Row {
  const { pool } = s.spec;
  const quotes: readonly Quote[] = pool.quotes?.(contextIn(s, now), lane.state) ?? [];
  return {
    value: [pool.value(s.context, lane.state, now.prices)],
    reserves: pool.reserves(lane.state, s.context),
    // weights that no curve has are no part of a path
    weights: pool.weights === 'none' ? [] : weights,
    ...ledgerRow(lane),
    quotes: quotes.map((q) => q.price),
    depths: quotes.map((q) => q.depth),
    beyond: pool.beyond?.(contextIn(s, now), lane.state, now.prices) ?? [],
    ...ordersRow(lane.orders),
    prices: now.prices,
  };
}

const ordersRow = (orders: Lane['orders']): Row =>
  'own' in orders ? { offered: [orders.offered], routed: [orders.routed] } : { offered: [], routed: [] };

/** A pool is worth the spec's value at the first row: it was set up so. */
const opening = (s: Shared): Row => ({ value: [s.value] });

function outcomeOf(s: Shared, start: Tree, { prices }: Row): Row {
  const held = s.spec.pool.reserves(start, s.context).map((r) => r.stopGradient());
  return {
    hold: [total(valuesAt(held, prices))],
    uniform: [uniformValue(s, held.length, prices)],
  };
}

/** Σ (v_0/(m·p_0))·p over the m kinds of reserves; of those beyond the assets the price stays 1. */
function uniformValue(s: Shared, kinds: number, prices: readonly Expr[]): Expr {
  const start = s.first.prices;
  const growth = Array.from({ length: kinds }, (_, i) => (i < prices.length ? prices[i].div(start[i]) : constant(1)));
  return s.value.mul(total(growth).div(Math.max(1, kinds)));
}

/** A rule as the legs follow it. */
interface Followed {
  /** Raw weights at the window's start; null where the pool has its own. */
  readonly start: readonly Expr[] | null;
  /** Legs before the first that follows an output. */
  readonly resting: 0 | 1;
  /** Raw weights that leg k aims at from the weights w. */
  readonly raw: (w: readonly Expr[], k: Expr) => readonly Expr[];
}

function followed({ spec, c }: Shared): Followed {
  const n = spec.assets.length;
  const base = input(RULE_BASE, 'window');
  const reader = (name: string) => {
    const source = buffer('set', name, n, { differentiable: true });
    return (slot: Operand) => Array.from({ length: n }, (_, i) => load(source, i, slot, base));
  };
  const row = reader(RULE);
  const { rule } = spec;
  if (rule?.weights === undefined) {
    return { start: null, resting: 1, raw: (w, k) => row(k.sub(1)).map((change, i) => w[i].add(change)) };
  }
  // λ₂w + (1 − λ₂)x = w + (1 − λ₂)(x − w)
  const pace = rule.weights.pace(c.of(rule));
  return {
    // a buffer of its own: the adjoint keeps a gradient by slot and lets none be read at two places
    start: reader(RULE_START)(0),
    resting: 0,
    raw: (w, k) => row(k).map((x, i) => w[i].add(pace[i].mul(x.sub(w[i])))),
  };
}

/** What legs keep of each other. */
type Kept = {
  readonly weights: readonly Expr[];
  readonly turnover: Expr;
  /** Legs in which each guard bound. */
  readonly bound: readonly Expr[];
};

/** The state of a pool in a leg; `weights` where they are carried from step to step, else an empty list. */
type InLeg<L extends Tree> = { readonly lane: L; readonly weights: readonly Expr[] };

/** A pool whose weights follow a rule. */
function ruledPool(spec: PoolSpec, c: SystemContext, path: WeightPath): SystemRun<InLeg<Tree>, Kept, Leg> {
  const s = sharedOf(spec, c);
  const rule = followed(s);
  const initial = path.initial(c, rule.start);
  const walk = walkOf(s, path, initial);
  const straight = path.linear(spec.settings);
  const at = (leg: Leg, j: Expr) => path.at(c, leg, j.float());
  return {
    init: () => ({ lane: walk.init, weights: straight ? [] : initial }),
    step: (state, tick) => {
      const { plan, j } = tick;
      // computed twice where that is cheap, else carried
      const before = straight ? at(plan, j) : state.weights;
      const now = at(plan, j.add(1));
      return { lane: walk.step(state.lane, tick, before, now), weights: straight ? [] : now };
    },
    observe: ({ lane }, now, t, within) => {
      if (t === 0) return { ...observed(s, startLane(s, walk.start), now, initial), ...walk.opening, ...opening(s) };
      return walk.observe(lane, now, within === undefined ? [] : at(within.plan, within.j.add(1)));
    },
    outcome: (_start, _last, now) => outcomeOf(s, walk.start, now),
    ...(walk.derived === undefined ? {} : { derived: walk.derived }),
    ...accounted<InLeg<Tree>, Leg>(spec, (state, next, { before, now, plan, j }) => [
      walk.holding(state.lane, before, straight ? at(plan, j) : state.weights),
      walk.holding(next.lane, now, at(plan, j.add(1))),
    ]),
    epoch: {
      ...walked(walk, legsOf(s, path, rule, initial, straight), at),
      ...(walk.leap === undefined ? {} : { leap: leapBy(walk.leap) }),
    },
  };
}

/** Legs whose lane is another within them. */
function walked(
  { inLeg }: Walk<Tree>,
  legs: EpochRun<InLeg<Tree>, Kept, Leg>,
  at: (leg: Leg, j: Expr) => readonly Expr[],
): EpochRun<InLeg<Tree>, Kept, Leg> {
  if (inLeg === undefined) return legs;
  return {
    ...legs,
    open: (kept, before, k) => {
      const { state, plan, ...opened } = legs.open(kept, before, k);
      return { ...opened, plan, state: { ...state, lane: inLeg.open(state.lane, plan.start) } };
    },
    close: (state, leg, length) => ({ ...state, lane: inLeg.close(state.lane, at(leg, length)) }),
  };
}

/** A leap of the lane as one of the state, whose weights nothing reads before the next leg sets them. */
const leapBy =
  (leap: NonNullable<Walk<Tree>['leap']>): EpochRun<InLeg<Tree>, Kept, Leg>['leap'] =>
  (state, leg, before, length) => ({ ...state, lane: leap(state.lane, leg, before, length) });

function legsOf(
  { spec, c }: Shared,
  path: WeightPath,
  rule: Followed,
  initial: readonly Expr[],
  straight: boolean,
): EpochRun<InLeg<Tree>, Kept, Leg> {
  const ramp = path.ramp(spec.settings, clockOf(spec));
  const guards = Object.keys(path.leg(c, initial, initial).bound);
  const followedLegs = (count: Expr) => count.sub(rule.resting).maximum(1).float();
  return {
    init: { weights: initial, turnover: constant(0), bound: guards.map(() => constant(0)) },
    open: (kept, state, k) => {
      const asked = path.leg(c, kept.weights, rule.raw(kept.weights, k));
      const moving = (x: Expr) => (rule.resting > 0 ? where(k.equal(0), 0, x) : x);
      const leg: Leg = { start: kept.weights, diff: asked.diff.map(moving) };
      return {
        kept: {
          weights: path.at(c, leg, constant(ramp)),
          turnover: kept.turnover.add(sum(leg.diff.map((d) => d.abs())).mul(ramp)),
          bound: guards.map((b, i) => kept.bound[i].add(moving(where(asked.bound[b], 1, 0)))),
        },
        state: straight ? state : { ...state, weights: leg.start },
        plan: leg,
      };
    },
    tally: ({ bound }, count) => Object.fromEntries(guards.map((name, i) => [name, bound[i].div(followedLegs(count))])),
    outcome: ({ turnover }, count) => ({ turnover: [turnover.div(followedLegs(count))] }),
  };
}

function walkOf(s: Shared, path: WeightPath, initial: readonly Expr[]): Walk<Tree> {
  const { pool } = s.spec;
  const at: Minute = { prices: s.first.prices, weights: initial };
  const start = pool.init(contextIn(s, s.first), at, s.value);
  const closed = s.spec.zeroFee && s.spec.flow === null ? pool.zeroFee : undefined;
  return closed === undefined ? withFees(s, path, start) : withoutFees(s, path, closed, start);
}

/** Fees: the reserves are the state, two arbitrages a step. */
function withFees(s: Shared, path: WeightPath, start: Tree): Walk<Lane> {
  const ramp = path.ramp(s.spec.settings, clockOf(s.spec));
  // a pool that is open only while its weights move holds its reserves for the rest of the leg
  const open = (j: Expr, next: Lane, lane: Lane) =>
    path.closes?.(s.spec.settings) === true ? choose(j.less(ramp), next, lane) : next;
  return {
    start,
    init: startLane(s, start),
    step: (lane, tick, before, now) => open(tick.j, minute(s, lane, tick, [before, now]), lane),
    observe: (lane, now, weights) => observed(s, lane, now, weights),
    holding: (lane, row) => holding(s, lane, row),
  };
}
