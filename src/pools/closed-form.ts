/** Floor 2½. A pool without fees: its value in closed form, step by step or a leg at a time. */
import { constant, type Expr, type Tree } from '../graph/index.js';
import { minutesOf } from '../rollout/clock.js';
import type { ObjectiveModel, Row } from '../rollout/model.js';
import { sampledEvery, scoredBy } from '../rollout/spec.js';
import { addArbitrage, emptyLedger, type Ledger, ledgerRow } from './ledger.js';
import type { WeightPath, ZeroFee } from './model.js';
import { clockOf, type PoolSpec, ruleRows } from './spec.js';
import type { Shared, Walk } from './walk.js';

/**
 * Without fees the value is the state: ln(V/V₀); in a leg that is walked step by step ln(V/V₀) + H(w) − H(w at its start), see
 * ZeroFee.
 */
interface LogLane extends Ledger {
  readonly [key: string]: Tree;
  readonly log: Expr;
  /** H at the start of the leg. */
  readonly level: Expr;
  /** ln w of the last step's weights, where they are carried from step to step, else an empty list. */
  readonly logs: readonly Expr[];
}

const logsOf = (weights: readonly Expr[]): Expr[] => weights.map((w) => w.log());

/** No fees, step by step; or a leg at a time, from sums over the series, where nobody asks what single steps did. */
export function withoutFees(s: Shared, path: WeightPath, closed: ZeroFee, start: Tree): Walk<LogLane> {
  const leaps = !s.c.recording && sumsInClosedForm(s.spec);
  // who looks at every step needs the logarithms of its weights there too; else a step makes its own, kept for the adjoint
  const sampled = (m: ObjectiveModel) => sampledEvery(m, clockOf(s.spec)) === 1;
  const carries = s.c.recording || scoredBy(s.spec).some((m) => readsSteps(m) || sampled(m));
  const value = (log: Expr) => s.value.mul(log.exp());
  /** ln(V/V₀) of a lane at its weights; none: between legs. */
  const logAt = ({ log, level, logs }: LogLane, weights: readonly Expr[]) =>
    weights.length === 0 ? log : log.sub(closed.potential(weights, carries ? logs : logsOf(weights)).sub(level));
  const reserves = (lane: LogLane, weights: readonly Expr[], { prices }: Row) =>
    closed.reserves(weights, prices, value(logAt(lane, weights)));
  const ledgerOf = (lane: LogLane) => (leaps ? emptyLedger() : lane);
  return {
    start,
    init: { log: constant(0), level: constant(0), logs: [], ...emptyLedger() },
    step(lane, { now, before }, old, weights) {
      const returns = now.logs.map((x, i) => x.sub(before.logs[i]));
      const growth = closed.growth(old, carries ? lane.logs : logsOf(old), weights, returns);
      const next = { ...lane, log: lane.log.add(growth), logs: carries ? logsOf(weights) : [] };
      // arbitrage is free here: closed forms hold without an outside fee only
      const held = reserves(lane, old, before);
      return { ...next, ...addArbitrage(lane, held, reserves(next, weights, now), now.prices, constant(0)) };
    },
    observe: (lane, now, weights) => ({
      logGrowth: [logAt(lane, weights)],
      reserves: weights.length === 0 ? [] : reserves(lane, weights, now),
      weights,
      ...ledgerRow(ledgerOf(lane)),
      quotes: [],
      depths: [],
      beyond: [],
      offered: [],
      routed: [],
      prices: now.prices,
    }),
    holding: (lane, row, weights) => ({
      value: value(logAt(lane, weights)),
      reserves: reserves(lane, weights, row),
      ledger: lane,
    }),
    opening: { logGrowth: [constant(0)] },
    derived: { value: { from: ['logGrowth'], of: ({ logGrowth }) => [value(logGrowth[0])] } },
    ...(leaps
      ? { leap: wholeLeg(s, path, closed) }
      : {
          inLeg: {
            open(lane, weights) {
              const logs = logsOf(weights);
              return { ...lane, level: closed.potential(weights, logs), logs: carries ? logs : [] };
            },
            close: (lane, weights) => ({ ...lane, log: logAt(lane, weights), level: constant(0), logs: [] }),
          },
        }),
  };
}

function wholeLeg(s: Shared, path: WeightPath, closed: ZeroFee): NonNullable<Walk<LogLane>['leap']> {
  const ramp = path.ramp(s.spec.settings, clockOf(s.spec));
  return (lane, leg, before, length) => {
    const moving = length.minimum(ramp);
    const [start, moved, end] = [before, before.add(moving), before.add(length)].map(s.c.at);
    const m = moving.float();
    const growth = closed.legLogGrowth(leg, m, {
      whole: end.logs.map((x, i) => x.sub(start.logs[i])),
      weighted: end.logs.map((x, i) => m.mul(x).sub(moved.logSums[i].sub(start.logSums[i]))),
    });
    return { ...lane, log: lane.log.add(growth) };
  };
}

/** Whether a zero-fee leg may be summed at once: straight, gentle, and sampled at its ends only. */
export function sumsInClosedForm(spec: PoolSpec): boolean {
  const { pool, settings } = spec;
  if (spec.everyMinute === true || pool.zeroFee === undefined || pool.path === undefined) return false;
  const gentle =
    (settings.maximumChange * minutesOf(clockOf(spec))) / settings.minimumWeight <= pool.zeroFee.largestStep;
  return (
    gentle &&
    pool.path.linear(settings) &&
    scoredBy(spec).every((m) => !readsSteps(m) && sampledEvery(m, clockOf(spec)) % ruleRows(spec) === 0)
  );
}

/** Whether an objective asks what single steps did, which legs that are summed at once do not tell. */
const readsSteps = ({ reads }: ObjectiveModel): boolean =>
  ['lost', 'rebalancing', 'earned'].some((name) => reads.includes(name));
