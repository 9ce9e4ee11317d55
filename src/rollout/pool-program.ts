/**
 * Floor 2. One pool over one window: lane = window·S + set. Scans over legs (rule steps) and minutes, then the score.
 *
 *   minutes t = 1 … T−1 of the window; row of minute t = first + t
 *   leg k     minutes k·cp + 1 … (k+1)·cp; leg 0 rests at w₀, leg k follows rule output ⌊first/cp⌋ + k − 1
 *             (where a rule gives weights: w₀ is output row ⌊first/cp⌋, and leg k follows row ⌊first/cp⌋ + k)
 *   a minute  arbitrage with the weights of t−1 at the prices of t, then with the weights of t; then flow
 *             (of arbitrages only where t is a multiple of arbitrageEvery)
 */
import {
  buffer,
  constant,
  type Expr,
  emit,
  input,
  integer,
  load,
  type Operand,
  type Program,
  scan,
  type Tree,
  trace,
  where,
} from '../graph/index.js';
import { type Accounts, entered, opened, priced, total } from './accounts.js';
import { choose, sum } from './functions.js';
import type { ParameterLayout } from './layout.js';
import { Market } from './market.js';
import { contextAt, type Lane, minute, startLane } from './minute.js';
import type { Leg, ModelContext, WeightPath } from './model.js';
import { type Outcome, Recorder, score } from './outcome.js';
import { RULE, RULE_START } from './rule-program.js';
import { seriesNames } from './series.js';
import { contexts, type RolloutSpec, scoredBy } from './spec.js';

/** Scan names, for adjoint strategies. */
export const LEGS = 'legs';
export const MINUTES = 'minutes';

/** score: the objective by lane. record: the path of values, reserves, weights, fees. guards: how often guards bind. */
export type Variant = 'score' | 'record' | 'guards';

/** What all parts of a pool program share. */
export interface PoolTrace {
  readonly spec: RolloutSpec;
  readonly market: Market;
  readonly context: ModelContext;
  readonly feeLaw: ModelContext | null;
  readonly rule: ModelContext | null;
  readonly flow: ModelContext | null;
  /** Minutes after the first: T − 1. */
  readonly minutes: Expr;
  readonly value: Expr;
  readonly recorder: Recorder;
}

/** Run integers: `minutes`, and `every` and `skip` for the record variant. Window integers: `first`, and `ruleBase` with a rule. */
export function poolProgram(spec: RolloutSpec, layout: ParameterLayout, variant: Variant): Program {
  return trace(spec.pool.name, () => {
    const of = contexts(variant === 'score' ? spec : unsmoothed(spec), layout);
    const minutes = input('minutes');
    const shared: PoolTrace = {
      spec,
      market: new Market(spec.assets.length, input('first', 'window'), seriesNames(spec)),
      context: of(spec.pool),
      feeLaw: spec.feeLaw ? of(spec.feeLaw) : null,
      rule: spec.rule === null ? null : of(spec.rule),
      flow: spec.flow === null ? null : of(spec.flow),
      minutes,
      value: constant(spec.value),
      recorder: new Recorder(spec, variant, minutes),
    };
    const outcome = spec.pool.path === undefined ? steadyPool(shared) : ruledPool(shared, spec.pool.path, variant);
    if (variant === 'score') emit(buffer('output', 'score', 1), 0, score(shared, outcome));
  });
}

/** The spec without what only smooths scores. */
function unsmoothed(spec: RolloutSpec): RolloutSpec {
  const smoothing = Object.entries(spec.pool.settings).filter(([, setting]) => setting.training === true);
  return {
    ...spec,
    settings: { ...spec.settings, ...Object.fromEntries(smoothing.map(([key, s]) => [key, s.default])) },
  };
}

/** A pool whose weights do not move: one scan over the minutes. */
function steadyPool(s: PoolTrace): Outcome {
  const { context, recorder } = s;
  const weights = context.value.weights ?? [];
  const start = { prices: s.market.prices(0), weights };
  const state = s.spec.pool.init(contextAt(s, 0), start, s.value);
  recorder.first(s, state, weights);
  const last = scan({
    name: MINUTES,
    length: s.minutes,
    init: startLane(s, state),
    body: (lane, j) => {
      const t = j.add(1);
      const next = minute(s, lane, t, [weights]);
      recorder.minute(s, t, next, weights);
      return next;
    },
  });
  return { ...outcomeOf(s, state, last), turnover: constant(0) };
}

function outcomeOf(
  s: PoolTrace,
  start: Tree,
  { state, fees, lost, rebalancing, earned }: Pick<Lane, 'state' | keyof Accounts>,
): Omit<Outcome, 'turnover'> {
  const { pool } = s.spec;
  const prices = s.market.prices(s.minutes);
  const held = pool.reserves(start).map((r) => r.stopGradient());
  return {
    last: pool.value(s.context, state, prices),
    hold: total(priced(held, prices)),
    uniform: uniformValue(s, held.length, prices),
    fees,
    lost,
    rebalancing,
    earned,
  };
}

/** Σ (v_0/(m·p_0))·p over the m kinds of reserves; of those beyond the assets the price stays 1. */
function uniformValue(s: PoolTrace, kinds: number, prices: readonly Expr[]): Expr {
  const start = s.market.prices(0);
  const growth = Array.from({ length: kinds }, (_, i) => (i < prices.length ? prices[i].div(start[i]) : constant(1)));
  return s.value.mul(total(growth).div(Math.max(1, kinds)));
}

/** A rule as the legs follow it. */
interface Followed {
  /** Raw weights at the window's start; null where the pool has its own. */
  readonly start: readonly Expr[] | null;
  /** Legs before the first that follows an output. */
  readonly resting: 0 | 1;
  /** Raw weights that leg k aims at from the weights c. */
  readonly raw: (c: readonly Expr[], k: Expr) => readonly Expr[];
}

function followed({ spec, rule }: PoolTrace): Followed {
  const n = spec.assets.length;
  const base = input('ruleBase', 'window');
  const reader = (name: string) => {
    const source = buffer('set', name, n, { differentiable: true });
    return (slot: Operand) => Array.from({ length: n }, (_, i) => load(source, i, slot, base));
  };
  const row = reader(RULE);
  const weights = spec.rule?.weights;
  if (weights === undefined || rule === null) {
    return { start: null, resting: 1, raw: (c, k) => row(k.sub(1)).map((change, i) => c[i].add(change)) };
  }
  // λ₂c + (1 − λ₂)w = c + (1 − λ₂)(w − c)
  const pace = weights.pace(rule);
  return {
    // a buffer of its own: the adjoint keeps a gradient by slot and lets none be read at two places
    start: reader(RULE_START)(0),
    resting: 0,
    raw: (c, k) => row(k).map((w, i) => c[i].add(pace[i].mul(w.sub(c[i])))),
  };
}

/** A pool whose weights follow a rule: scan over legs, and within it over minutes unless the leg has a closed form. */
function ruledPool(s: PoolTrace, path: WeightPath, variant: Variant): Outcome {
  const { spec, context, recorder } = s;
  const period = spec.settings.chunkPeriod;
  const rule = followed(s);
  const w0 = path.initial(context, rule.start);
  const startPrices = s.market.prices(0);
  const state = spec.pool.init(contextAt(s, 0), { prices: startPrices, weights: w0 }, s.value);
  recorder.first(s, state, w0);
  const legs = s.minutes.add(period - 1).div(period);
  const walk = legWalk(s, path, variant);
  const ramp = path.ramp(spec.settings);
  const bounds = Object.keys(boundOf(s, path, w0));
  const last = scan({
    name: LEGS,
    length: legs,
    init: { weights: w0, lane: walk.init(state), turnover: constant(0), bound: bounds.map(() => constant(0)) },
    body: (carry, k) => {
      const asked = path.leg(context, carry.weights, rule.raw(carry.weights, k));
      const moving = (x: Expr) => (rule.resting > 0 ? where(k.equal(0), 0, x) : x);
      const leg: Leg = { start: carry.weights, diff: asked.diff.map(moving) };
      const length = s.minutes.sub(k.mul(period)).minimum(period);
      return {
        weights: path.at(context, leg, constant(ramp)),
        lane: walk.leg(carry.lane, leg, k.mul(period), length),
        turnover: carry.turnover.add(sum(leg.diff.map((d) => d.abs())).mul(ramp)),
        bound: bounds.map((b, i) => carry.bound[i].add(moving(where(asked.bound[b], 1, 0)))),
      };
    },
  });
  const steps = legs.sub(rule.resting).maximum(1).float();
  recorder.guards(
    bounds,
    last.bound.map((b) => b.div(steps)),
  );
  return { ...walk.outcome(state, last.lane), turnover: last.turnover.div(steps) };
}

const boundOf = (s: PoolTrace, path: WeightPath, weights: readonly Expr[]) =>
  path.leg(s.context, weights, weights).bound;

/** How a pool is carried through one leg. */
interface LegWalk {
  readonly init: (state: Tree) => Tree;
  /** The lane after `length` minutes of the leg that starts `before` minutes into the window. */
  readonly leg: (lane: Tree, leg: Leg, before: Expr, length: Expr) => Tree;
  readonly outcome: (start: Tree, lane: Tree) => Omit<Outcome, 'turnover'>;
}

function legWalk(s: PoolTrace, path: WeightPath, variant: Variant): LegWalk {
  const closed = s.spec.zeroFee && s.spec.flow === null ? s.spec.pool.zeroFee : undefined;
  if (closed === undefined) return withFees(s, path);
  if (variant !== 'record' && sumsInClosedForm(s.spec)) return wholeLegs(s, path);
  return withoutFees(s, path);
}

/** Whether a zero-fee leg may be summed at once: straight, gentle, and sampled at its ends only. */
export function sumsInClosedForm(spec: RolloutSpec): boolean {
  const { pool, settings } = spec;
  if (spec.everyMinute === true || pool.zeroFee === undefined || pool.path === undefined) return false;
  const gentle = settings.maximumChange / settings.minimumWeight <= pool.zeroFee.largestStep;
  return (
    gentle &&
    pool.path.linear(settings) &&
    scoredBy(spec).every((m) => m.everyMinute !== true && m.every % settings.chunkPeriod === 0)
  );
}

/** Weights before and after each minute of a leg: computed twice where that is cheap, else carried. */
function minutesOf<T extends Tree>(
  s: PoolTrace,
  path: WeightPath,
  leg: Leg,
  length: Expr,
  lane: T,
  step: (lane: T, j: Expr, before: readonly Expr[], now: readonly Expr[]) => T,
): T {
  const at = (j: Expr) => path.at(s.context, leg, j.float());
  const options = { name: MINUTES, length, bound: integer(s.spec.settings.chunkPeriod) };
  if (path.linear(s.spec.settings)) {
    return scan({ ...options, init: lane, body: (l, j) => step(l, j, at(j), at(j.add(1))) });
  }
  const init: { lane: Tree; weights: readonly Expr[] } = { lane, weights: leg.start };
  const last = scan({
    ...options,
    init,
    body: (c, j) => {
      const now = at(j.add(1));
      return { lane: step(c.lane as T, j, c.weights, now), weights: now };
    },
  });
  return last.lane as T;
}

/** Fees: the reserves are the state, two arbitrages a minute. */
function withFees(s: PoolTrace, path: WeightPath): LegWalk {
  const ramp = path.ramp(s.spec.settings);
  // a pool that is open only while its weights move holds its reserves for the rest of the leg
  const open = (j: Expr, next: Lane, lane: Lane) =>
    s.spec.settings.trading === 1 ? choose(j.less(ramp), next, lane) : next;
  return {
    init: (state) => startLane(s, state),
    leg: (lane, leg, before, length) =>
      minutesOf(s, path, leg, length, lane as Lane, (l, j, old, now) => {
        const t = before.add(j).add(1);
        const next = open(j, minute(s, l, t, [old, now]), l);
        s.recorder.minute(s, t, next, now);
        return next;
      }),
    outcome: (start, lane) => outcomeOf(s, start, lane as Lane),
  };
}

/** Without fees the value is the state: ln(V/V₀). */
interface LogLane extends Accounts {
  readonly [key: string]: Tree;
  readonly log: Expr;
}

function logOutcome(s: PoolTrace, start: Tree, { log, ...accounts }: LogLane): Omit<Outcome, 'turnover'> {
  return { ...outcomeOf(s, start, { state: start, ...accounts }), last: s.value.mul(log.exp()) };
}

/** No fees, minute by minute: the value alone is the state. */
function withoutFees(s: PoolTrace, path: WeightPath): LegWalk {
  const closed = s.spec.pool.zeroFee as NonNullable<typeof s.spec.pool.zeroFee>;
  const reserves = (log: Expr, weights: readonly Expr[], t: Expr) =>
    closed.reserves(weights, s.market.prices(t), s.value.mul(log.exp()));
  return {
    init: () => ({ log: constant(0), ...opened() }),
    leg: (lane, leg, before, length) =>
      minutesOf(s, path, leg, length, lane as LogLane, ({ log, ...accounts }, j, old, now) => {
        const t = before.add(j).add(1);
        const [p, q] = [s.market.logs(t), s.market.logs(t.sub(1))];
        const next = log.add(
          closed.logGrowth(
            old,
            now,
            p.map((x, i) => x.sub(q[i])),
          ),
        );
        const after = reserves(next, now, t);
        // arbitrage is free here: closed forms hold without an outside fee only
        const moved = entered(accounts, reserves(log, old, t.sub(1)), after, s.market.prices(t), constant(0));
        const done = { log: next, ...accounts, ...moved };
        s.recorder.logMinute(s, t, next, after, done, now);
        return done;
      }),
    outcome: (start, lane) => logOutcome(s, start, lane as LogLane),
  };
}

/** No fees, a leg at a time, from sums over the series. */
function wholeLegs(s: PoolTrace, path: WeightPath): LegWalk {
  const closed = s.spec.pool.zeroFee as NonNullable<typeof s.spec.pool.zeroFee>;
  const ramp = path.ramp(s.spec.settings);
  return {
    init: () => constant(0),
    leg: (lane, leg, before, length) => {
      const moving = length.minimum(ramp);
      const end = before.add(length);
      const [atStart, atEnd] = [s.market.logs(before), s.market.logs(end)];
      const [sumStart, sumMoved] = [s.market.logSums(before), s.market.logSums(before.add(moving))];
      const m = moving.float();
      const next = (lane as Expr).add(
        closed.legLogGrowth(leg, m, {
          whole: atEnd.map((x, i) => x.sub(atStart[i])),
          weighted: atEnd.map((x, i) => m.mul(x).sub(sumMoved[i].sub(sumStart[i]))),
        }),
      );
      s.recorder.logSample(end, next);
      return next;
    },
    // what single minutes did is not known here, and nothing asks for it
    outcome: (start, lane) => logOutcome(s, start, { log: lane as Expr, ...opened() }),
  };
}
