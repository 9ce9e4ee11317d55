/** Floor 4. A config of a pool: the sections pool, feeLaw, rule and flow, and what goes together of them. */
import type { FlowModel } from '../pools/flow.js';
import type { FeeLawModel, PoolModel, RuleModel } from '../pools/model.js';
import { assetSeries, type PoolSeries, paidSeries } from '../pools/series.js';
import { assetsOf, countText, feeKey } from '../pools/spec.js';
import { POOL_SHOWS } from '../pools/system.js';
import type { Blocks } from '../rollout/bridge.js';
import { MINUTES } from '../rollout/clock.js';
import type { ObjectiveModel } from '../rollout/model.js';
import { resolveBlocks } from './blocks.js';
import { ConfigError, show } from './explain.js';
import { poolFields, type ResolvedModel, type ResolvedPart, resolveModel } from './models.js';
import { unseen } from './objective.js';
import { checkSeriesName, type ParameterContext } from './parameters.js';
import { DEFAULT_RULE, own, type Registry } from './registry.js';
import { checkAssetBounds, checkGates, checkRule, checkStart } from './relations.js';
import { sectionKeys } from './sections.js';

type Section = Readonly<Record<string, unknown>>;

/** The model sections of a pool's config, unresolved. */
export interface PoolSections {
  readonly pool: Section;
  readonly feeLaw?: Section;
  readonly rule?: Section;
  readonly flow?: Section;
}

export interface ResolvedPool {
  readonly kind: 'pool';
  readonly pool: ResolvedModel<PoolModel>;
  /** Pool value at a window's start, in the numéraire. */
  readonly poolValue: number;
  /** Series of the dataset that the pool follows. */
  readonly series: PoolSeries;
  /** Blocks within a step, or null. */
  readonly blocks: Blocks | null;
  readonly feeLaw: ResolvedModel<FeeLawModel> | null;
  /** Of pools whose weights come from a rule, otherwise null. */
  readonly rule: ResolvedModel<RuleModel> | null;
  readonly flow: ResolvedModel<FlowModel> | null;
}

/** The sections of a pool's config that name models. */
export const POOL_SECTIONS = ['pool', 'feeLaw', 'rule', 'flow'] as const;

/** @param available assets that there are, from which the config chooses */
export function resolvePool(
  given: PoolSections,
  registry: Registry,
  context: ParameterContext,
  available: readonly string[],
): ResolvedPool {
  checkCount(given.pool.kind, context.assets, available, registry);
  const pool = resolveModel(['pool'], given.pool, registry.pools, poolFields, context, sectionKeys);
  const feeLaw = resolveFeeLaw(given.feeLaw, pool, registry, context);
  const rule = resolveRule(given.rule, pool, registry, context);
  checkStart(pool, rule);
  checkAssetBounds(pool);
  checkGates(pool);
  const flow =
    given.flow === undefined ? null : resolveModel(['flow'], given.flow, registry.flows, {}, context, sectionKeys);
  const poolValue = pool.plain.value as number;
  const blocks = blocksOf(pool, given.pool, context);
  return { kind: 'pool', pool, poolValue, series: seriesOf(pool, context), blocks, feeLaw, rule, flow };
}

/** Blocks where the pool has some, to which arbitrageurs then come. */
function blocksOf(
  pool: ResolvedModel<PoolModel>,
  given: Section,
  { clock = MINUTES }: ParameterContext,
): Blocks | null {
  const { blocks } = pool.plain as { blocks?: Parameters<typeof resolveBlocks>[0] };
  if (blocks === undefined) return null;
  if (pool.settings.arbitrageEvery === undefined) {
    throw new ConfigError(
      ['pool', 'blocks'],
      `expected a pool to which arbitrageurs come, with a setting arbitrageEvery, got ${pool.kind}, which has none; leave blocks out`,
    );
  }
  if (given.arbitrageEvery !== undefined) {
    throw new ConfigError(
      ['pool', 'blocks'],
      `expected blocks or arbitrageEvery, which both say when arbitrageurs come, got both; leave one out`,
    );
  }
  return resolveBlocks(blocks, clock);
}

/** In the order of the layout. */
export const poolModels = ({ pool, feeLaw, rule, flow }: ResolvedPool): readonly ResolvedPart[] =>
  [pool, feeLaw, rule, flow].filter((m) => m !== null);

/** The sections with everything filled in. */
export const poolPlain = ({ pool, feeLaw, rule, flow }: ResolvedPool): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries({ pool, feeLaw, rule, flow }).flatMap(([name, m]) => (m === null ? [] : [[name, m.plain]])),
  );

/** Before the parameters, of which some have a number for each asset. A kind that there is not is told with them. */
function checkCount(kind: unknown, assets: readonly string[], available: readonly string[], registry: Registry): void {
  const model = typeof kind === 'string' ? own(registry.pools, kind) : undefined;
  if (model === undefined) return;
  const [least, most] = assetsOf(model);
  if (assets.length < least || assets.length > most) {
    const wanted = `expected ${countText([least, most])} for pool ${kind}`;
    const more =
      available.length < least ? 'import more (--with-numeraire makes the currency of the prices one)' : 'name more';
    const way = assets.length < least ? more : `name those, such as [${assets.slice(0, most).join(', ')}]`;
    throw new ConfigError(['data', 'assets'], `${wanted}, got ${assets.join(', ')}; ${way}, or take another pool`);
  }
}

/** What of the pool follows the dataset. */
function seriesOf(pool: ResolvedModel<PoolModel>, context: ParameterContext): PoolSeries {
  const { supply, trades } = pool.plain as { supply?: string; trades: boolean };
  if (supply !== undefined) checkSeriesName(['pool', 'supply'], supply, context);
  if (trades) {
    if (pool.model.swap === undefined) {
      throw new ConfigError(
        ['pool', 'trades'],
        `expected false for pool ${pool.kind}, which executes none, got true; take one with a swap port, such as tfmm, or leave it out`,
      );
    }
    for (const asset of context.assets) checkSeriesName(['pool', 'trades'], paidSeries(asset), context);
  }
  const followed = Object.entries(pool.parameters).flatMap(([key, p]) =>
    p.series === undefined ? [] : [[key, p.series]],
  );
  return { parameters: Object.fromEntries(followed), supply: supply ?? null, trades };
}

/** A law for a fee that has no series already. */
function resolveFeeLaw(
  raw: Readonly<Record<string, unknown>> | undefined,
  pool: ResolvedModel<PoolModel>,
  registry: Registry,
  context: ParameterContext,
): ResolvedModel<FeeLawModel> | null {
  if (raw === undefined) return null;
  const key = feeKey(pool.model, pool.declared);
  if (key === null) {
    throw new ConfigError(['feeLaw'], `expected no fee law for pool ${pool.kind}, which has no fee; remove it`);
  }
  if (pool.parameters[key].series !== undefined) {
    throw new ConfigError(
      ['feeLaw'],
      `expected a fee that follows a law or a series, got both; remove feeLaw, or give ${key} a number`,
    );
  }
  return resolveModel(['feeLaw'], raw, registry.feeLaws, {}, context, sectionKeys);
}

/** A rule where the pool takes one, and only there; with settings that fit the number of assets. */
function resolveRule(
  raw: Readonly<Record<string, unknown>> | undefined,
  pool: ResolvedModel<PoolModel>,
  registry: Registry,
  context: ParameterContext,
): ResolvedModel<RuleModel> | null {
  if (pool.model.weights !== 'rule') {
    if (raw === undefined) return null;
    throw new ConfigError(
      ['rule'],
      `expected no rule for pool ${pool.kind}, whose weights do not move, got ${show(raw.kind)}; remove the rule, or say pool: {kind: tfmm}`,
    );
  }
  const rule = resolveModel(['rule'], raw ?? { kind: DEFAULT_RULE }, registry.rules, {}, context, sectionKeys);
  checkRule(rule.settings, context.assets.length);
  for (const name of Object.keys(rule.model.series?.(rule.settings) ?? {})) {
    for (const asset of context.assets) checkSeriesName(['rule', 'kind'], assetSeries(name, asset), context);
  }
  return rule;
}

/** Why a pool cannot be scored by a model; null where it can. */
export function poolBlind({ pool: { model: pool, kind } }: ResolvedPool, registry: Registry) {
  return (model: ObjectiveModel): string | null => {
    const { name, reads } = model;
    if (reads.includes('turnover') && pool.weights !== 'rule') {
      return `expected one that pools without a rule have, got ${show(name)}, which is made of weight changes; take drawdown or another`;
    }
    if (reads.includes('quotes') && pool.quotes === undefined) {
      return `expected one that pools without quotes have, got ${show(name)}, which is made of prices against the numéraire; take returns_over_hodl or another`;
    }
    return unseen(model, POOL_SHOWS, `pool ${kind}`, registry);
  };
}

/** A step passes no gradient: what a fee trained behind it is worth lacks the trades that it sets off or puts an end to. */
export function poolNotes({ pool: { model, parameters, settings, declared } }: ResolvedPool): string[] {
  const key = feeKey(model, declared);
  const { gas } = parameters;
  const bites = gas !== undefined && (gas.series !== undefined || gas.value[0] > 0);
  if (key === null || !bites || settings.gasGate !== 0 || parameters[key].train !== true) return [];
  return [
    `${model.name}.${key} is trained behind gas that is a step, so its gradient lacks the trades that cease or set in: add gasGate: 0.1`,
  ];
}
