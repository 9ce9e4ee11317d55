/** Floor 2½. A pool without fees: its value in closed form, step by step or a leg at a time. */
import { constant, type Expr, type Tree } from '../graph/index.js';
import { minutesOf } from '../rollout/clock.js';
import type { ObjectiveModel, Row } from '../rollout/model.js';
import { sampledEvery, scoredBy } from '../rollout/spec.js';
import { addArbitrage, emptyLedger, type Ledger, ledgerRow } from './ledger.js';
import type { WeightPath, ZeroFee } from './model.js';
import { clockOf, type PoolSpec, ruleRows } from './spec.js';
import type { Shared, Walk } from './walk.js';

/** Without fees the value is the state: ln(V/V₀). */
interface LogLane extends Ledger {
  readonly [key: string]: Tree;
  readonly log: Expr;
}

/** No fees, step by step; or a leg at a time, from sums over the series, where nobody asks what single steps did. */
export function withoutFees(s: Shared, path: WeightPath, closed: ZeroFee, start: Tree): Walk<LogLane> {
  const leaps = !s.c.recording && sumsInClosedForm(s.spec);
  const value = (log: Expr) => s.value.mul(log.exp());
  const reserves = (log: Expr, weights: readonly Expr[], { prices }: Row) =>
    closed.reserves(weights, prices, value(log));
  return {
    start,
    init: { log: constant(0), ...emptyLedger() },
    step: ({ log, ...ledger }, { now, before }, old, weights) => {
      const growth = closed.logGrowth(
        old,
        weights,
        now.logs.map((x, i) => x.sub(before.logs[i])),
      );
      const next = log.add(growth);
      // arbitrage is free here: closed forms hold without an outside fee only
      const moved = addArbitrage(
        ledger,
        reserves(log, old, before),
        reserves(next, weights, now),
        now.prices,
        constant(0),
      );
      return { log: next, ...ledger, ...moved };
    },
    observe: ({ log, ...ledger }, now, weights) => ({
      logGrowth: [log],
      reserves: weights.length === 0 ? [] : reserves(log, weights, now),
      weights,
      ...ledgerRow(leaps ? emptyLedger() : ledger),
      quotes: [],
      depths: [],
      beyond: [],
      offered: [],
      routed: [],
      prices: now.prices,
    }),
    holding: ({ log, ...ledger }, row, weights) => ({
      value: value(log),
      reserves: reserves(log, weights, row),
      ledger,
    }),
    opening: { logGrowth: [constant(0)] },
    derived: { value: { from: ['logGrowth'], of: ({ logGrowth }) => [value(logGrowth[0])] } },
    ...(leaps ? { leap: wholeLeg(s, path, closed) } : {}),
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
