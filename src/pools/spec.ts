/** Floor 2½. What the roll-out of a pool is made of, and which of it go together. */
import { UserError } from '../errors.js';
import type { Aggregate } from '../rollout/aggregate.js';
import type { Blocks } from '../rollout/bridge.js';
import { type Clock, MINUTES, rowsOf } from '../rollout/clock.js';
import type { ObjectiveModel, Parameters, Settings } from '../rollout/model.js';
import { completeSettings, scoredBy } from '../rollout/spec.js';
import { type FlowModel, hasOrders } from './flow.js';
import { arbitrageEvery, type FeeLawModel, type PoolModel, type RuleModel } from './model.js';
import { checkPoolSeries, type PoolSeries, poolSeries } from './series.js';

export interface PoolSpec {
  readonly assets: readonly string[];
  readonly pool: PoolModel;
  /** For pools whose weights come from a rule. */
  readonly rule: RuleModel | null;
  readonly flow: FlowModel | null;
  /** A law that the pool's fee follows; left out or null: the fee stays as it is. */
  readonly feeLaw?: FeeLawModel | null;
  /** Series of the dataset that the pool follows; left out: none. */
  readonly series?: PoolSeries;
  readonly objective: ObjectiveModel;
  /** Added to the objective with their weights. */
  readonly penalties: readonly { readonly model: ObjectiveModel; readonly weight: number }[];
  /** What is measured beside the score and is no part of it, such as what is constrained; left out: nothing. */
  readonly measured?: readonly ObjectiveModel[];
  /** How the scores of a set's windows become one; left out: their mean. */
  readonly aggregate?: Aggregate;
  /** Fixed numbers of all models; what is left out takes its model's default. */
  readonly settings: Readonly<Record<string, number>>;
  /** Value of the pool at a window's first row, in the numéraire. */
  readonly value: number;
  /** No fees at all: the closed forms of the pool are used where it has them. */
  readonly zeroFee: boolean;
  /** Simulate every step even where a leg could be summed in closed form. */
  readonly everyMinute?: boolean;
  /** Left out: a step a minute. */
  readonly clock?: Clock;
  /** Blocks within a step, at each of which arbitrageurs come; left out or null: they come with the rows. */
  readonly blocks?: Blocks | null;
}

export const clockOf = ({ clock }: Pick<PoolSpec, 'clock'>): Clock => clock ?? MINUTES;

/** Rows from one arbitrage to the next. */
export const arbitrageRows = (spec: Pick<PoolSpec, 'clock' | 'settings'>): number =>
  rowsOf(clockOf(spec), spec.settings.arbitrageEvery ?? 0);

/** Rows from one rule step to the next. */
export const ruleRows = (spec: Pick<PoolSpec, 'clock' | 'settings'>): number =>
  rowsOf(clockOf(spec), spec.settings.chunkPeriod);

/**
 * The spec with every setting that its models declare. Throws UserError where models, assets or settings do not go
 * together, and where a setting is unknown or out of its range.
 */
export function completePool(spec: PoolSpec): PoolSpec {
  checkRule(spec);
  checkAssets(spec);
  const settings = completeSettings(spec.settings, settingsOf(spec), clockOf(spec));
  if (spec.zeroFee && spec.pool.zeroFee?.holds?.(settings, clockOf(spec)) === false) {
    throw new UserError(
      `rollout: the closed forms of ${spec.pool.name} without fees do not hold with its settings; give zeroFee: false`,
    );
  }
  if (spec.rule !== null) checkPath(settings, spec.assets.length);
  const complete = { ...spec, settings };
  checkPoolSeries(complete);
  checkBlocks(complete);
  checkOrders(complete);
  checkFee(complete);
  return complete;
}

/** Every setting of a pool's roll-out. */
export const settingsOf = ({ pool, rule, flow }: Pick<PoolSpec, 'pool' | 'rule' | 'flow'>): Settings => ({
  arbitrageEvery,
  ...pool.settings,
  ...rule?.settings,
  ...flow?.settings,
});

/** Blocks are parts of a step, and the only ones that say when arbitrageurs come. */
function checkBlocks(spec: PoolSpec): void {
  const { blocks } = spec;
  if (!blocks) return;
  const { interval } = clockOf(spec);
  const count = interval / blocks.interval;
  if (!(count >= 1 && Math.abs(count - Math.round(count)) < 1e-6)) {
    throw new UserError(
      `rollout: blocks of which a whole number makes a step of ${interval} ms were expected, got ${blocks.interval} ms; take others`,
    );
  }
  if (arbitrageRows(spec) !== 1) {
    throw new UserError('rollout: blocks or arbitrageEvery were expected, got both; leave one out');
  }
  if (spec.zeroFee) {
    throw new UserError('rollout: the closed forms without fees know no blocks; give zeroFee: false');
  }
}

/** Orders go to pools with a port for them, of which all shares are out from the first row on. */
function checkOrders(spec: PoolSpec): void {
  const { flow, pool } = spec;
  if (flow === null || !hasOrders(flow)) return;
  if (pool.offer === undefined) {
    throw new UserError(
      `rollout: a pool with a port for orders was expected for the flow ${flow.name}, got ${pool.name}; add offer (docs/add-a-pool.md) or take flow: elastic`,
    );
  }
  if (poolSeries(spec).supply !== null) {
    throw new UserError(
      `rollout: a pool without a series of its supply was expected for the flow ${flow.name}, whose orders and competitor are as large however many shares there are, got ${poolSeries(spec).supply}; leave supply out`,
    );
  }
  flow.check?.(spec.settings, clockOf(spec));
}

/** What changes from step to step is no part of the closed forms, and a fee follows one thing. */
function checkFee(spec: PoolSpec): void {
  const { parameters, trades } = poolSeries(spec);
  const key = feeKey(spec.pool, spec.pool.parameters(spec.settings));
  if (spec.zeroFee && (trades || spec.feeLaw || Object.keys(parameters).length > 0)) {
    throw new UserError(
      'rollout: the closed forms without fees know no trades of others and no changing parameters; give zeroFee: false',
    );
  }
  if (!spec.feeLaw) return;
  if (key === null) {
    throw new UserError(
      `rollout: a pool with a fee was expected for the law ${spec.feeLaw.name}, got ${spec.pool.name}; leave the law out`,
    );
  }
  if (parameters[key] !== undefined) {
    throw new UserError(
      `rollout: a fee that follows the law ${spec.feeLaw.name} or the series ${parameters[key]} was expected, got both; leave one out`,
    );
  }
}

/** The parameter that is a pool's fee for every trade (HMM: the market fee), or null for a pool without one. */
export function feeKey({ fee = 'fee' }: PoolModel, parameters: Parameters): string | null {
  return Object.hasOwn(parameters, fee) ? fee : null;
}

function checkRule(spec: PoolSpec): void {
  const { pool, rule } = spec;
  if ((pool.weights === 'rule') !== (rule !== null)) {
    throw new UserError(
      rule === null
        ? `rollout: a rule was expected for the pool ${pool.name}, got none; add rule: {kind: momentum}`
        : `rollout: no rule was expected for the pool ${pool.name}, got ${rule.name}; remove the rule or use kind: tfmm`,
    );
  }
  const orphan = scoredBy(spec).find((m) => m.reads.includes('turnover') && rule === null);
  if (orphan !== undefined) {
    throw new UserError(
      `rollout: ${orphan.name} measures the weights that a rule moves, but ${pool.name} has no rule; use another penalty`,
    );
  }
  const blind = scoredBy(spec).find((m) => m.reads.includes('quotes') && pool.quotes === undefined);
  if (blind !== undefined) {
    throw new UserError(
      `rollout: ${blind.name} measures the prices at which a pool trades for the numéraire, but ${pool.name} has none of its own; use another objective`,
    );
  }
}

/** Fewest and most assets that a pool takes. */
export const assetsOf = (pool: PoolModel): readonly [least: number, most: number] =>
  pool.assets ?? [pool.weights === 'none' ? 1 : 2, Number.POSITIVE_INFINITY];

/** `2 assets or more` */
export function countText([least, most]: readonly [number, number]): string {
  if (least === most) return `${least} assets`;
  return most === Number.POSITIVE_INFINITY ? `${least} assets or more` : `${least} to ${most} assets`;
}

function checkAssets({ pool, assets, value }: PoolSpec): void {
  const [least, most] = assetsOf(pool);
  if (assets.length < least || assets.length > most) {
    throw new UserError(
      `rollout: ${countText([least, most])} were expected for the pool ${pool.name}, got ${assets.length}; name ${assets.length < least ? 'more' : 'fewer'}`,
    );
  }
  if (!(value > 0 && value < Number.POSITIVE_INFINITY)) {
    throw new UserError(`rollout: a pool value above 0 was expected, got ${value}; give what the pool starts with`);
  }
}

/** Relations between the settings of a rule's path that single ranges do not show. */
function checkPath(settings: Readonly<Record<string, number>>, n: number): void {
  const { chunkPeriod, weightInterpolationPeriod: ramp, minimumWeight } = settings;
  if (ramp > chunkPeriod) {
    throw new UserError(
      `rollout: setting weightInterpolationPeriod must be at most chunkPeriod = ${chunkPeriod}, got ${ramp}; shorten it or lengthen chunkPeriod`,
    );
  }
  if (minimumWeight * n >= 1) {
    throw new UserError(
      `rollout: setting minimumWeight must be below 1/${n} for ${n} assets, got ${minimumWeight}; lower it`,
    );
  }
}
