/** Floor 4. A config with everything filled in: models, settings, start values, what is trained, numbers of rows. */
import { z } from 'zod';
import type { SplitSpec } from '../data/windows.js';
import type { Precision } from '../graph/index.js';
import type { FeeLawModel, FlowModel, PoolModel, RuleModel } from '../pools/model.js';
import type { Route } from '../pools/route.js';
import { assetSeries, type PoolSeries, paidSeries } from '../pools/series.js';
import { assetsOf, countText, feeKey } from '../pools/spec.js';
import type { Aggregate } from '../rollout/aggregate.js';
import type { ObjectiveModel, Parameters } from '../rollout/model.js';
import { fewestRows, scoredBy } from '../rollout/spec.js';
import { ConfigError, check, message, type Sections, show } from './explain.js';
import { memoryBytes, strict } from './fields.js';
import { poolFields, type ResolvedModel, resolveModel } from './models.js';
import { checkSeriesName, type ParameterContext, type ResolvedParameter } from './parameters.js';
import { DEFAULT_RULE, own, type Registry } from './registry.js';
import {
  checkAssetBounds,
  checkAssets,
  checkGates,
  checkNames,
  checkRule,
  checkStart,
  checkWindow,
  ROWS_PER_DAY,
} from './relations.js';
import { dataSection, objectiveSection, runSection, splitSection, trainSection } from './sections.js';

export type TrainSettings = z.output<typeof trainSection>;

/** Sections by name, as YAML gives them. */
export type RawConfig = Readonly<Record<string, unknown>>;

export interface ResolvedConfig {
  /** The config with everything filled in, JSON-serialisable; resolving it again gives the same. For checkpoints. */
  readonly plain: RawConfig;
  /** In the order of the pool. */
  readonly assets: readonly string[];
  readonly dataFile: string;
  readonly pool: ResolvedModel<PoolModel>;
  /** Pool value at a window's start, in the numéraire. */
  readonly poolValue: number;
  /** Series of the dataset that the pool follows. */
  readonly series: PoolSeries;
  readonly feeLaw: ResolvedModel<FeeLawModel> | null;
  /** Of pools whose weights come from a rule, otherwise null. */
  readonly rule: ResolvedModel<RuleModel> | null;
  readonly flow: ResolvedModel<FlowModel> | null;
  readonly objective: ObjectiveModel;
  /** The training score is objective + weight·penalty.score, for penalties are negated: higher is better. */
  readonly penalty: { readonly model: ObjectiveModel; readonly weight: number } | null;
  /** How the scores of a set's windows become one. */
  readonly over: Aggregate;
  /** What ParameterLayout takes: pool, fee law, rule, flow. */
  readonly groups: readonly { readonly prefix: string; readonly parameters: Parameters }[];
  /** By the layout's names, such as `tfmm.fee`. */
  readonly parameters: Readonly<Record<string, ResolvedParameter>>;
  /** What splitRows takes. */
  readonly split: SplitSpec;
  readonly train: TrainSettings;
  /** Rows (minutes) of a training window. */
  readonly windowRows: number;
  /** `precision` of training; `threads` 0: all cores; `memory` in bytes. */
  readonly run: {
    readonly device: string;
    readonly precision?: Precision;
    readonly threads: number;
    readonly memory: number;
    readonly route: Route;
  };
  /** What a user should know of what was decided for them; one line each. */
  readonly notes: readonly string[];
}

export interface ResolveContext {
  /** Assets of the dataset, from which `data.assets` chooses. */
  readonly assets: readonly string[];
  /** Further series of the dataset; none where left out. */
  readonly series?: readonly string[];
}

const SECTIONS = {
  data: dataSection.shape,
  split: splitSection.def.innerType.shape,
  train: trainSection.def.innerType.shape,
  run: runSection.def.innerType.shape,
};

const sectionKeys: Sections = Object.fromEntries(
  Object.entries(SECTIONS).map(([name, shape]) => [name, Object.keys(shape)]),
);

/** The document, its model sections unchecked. */
const documentSchema = (registry: Registry) =>
  strict('a config', {
    data: dataSection,
    pool: z.record(z.string(), z.unknown(), {
      error: message('expected a map with a kind', 'for example pool: {kind: tfmm}'),
    }),
    feeLaw: section('feeLaw', 'volatility'),
    rule: section('rule', 'momentum'),
    flow: section('flow', 'elastic, v0: 0.2'),
    objective: objectiveSection(registry),
    split: splitSection,
    train: trainSection,
    run: runSection,
  });

/** Refuses what is no config at all, before anything that it names is touched. */
export function checkSections(raw: unknown, registry: Registry): void {
  const sections = Object.keys(documentSchema(registry).shape).map((name) => [name, z.unknown().optional()]);
  check(strict('a config', Object.fromEntries(sections)), raw, [], sectionKeys);
}

const section = (name: string, example: string) =>
  z
    .record(z.string(), z.unknown(), {
      error: message('expected a map with a kind', `for example ${name}: {kind: ${example}}`),
    })
    .optional();

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

/**
 * Checks a config against the models of `registry` and fills in everything that it leaves out.
 *
 * Throws a ConfigError in one line: path, what was expected, what came, how to mend it.
 */
export function resolveConfig(
  raw: unknown,
  registry: Registry,
  { assets: available, series = [] }: ResolveContext,
): ResolvedConfig {
  const document = check(documentSchema(registry), expandShorthands(raw), [], sectionKeys);
  const assets = document.data.assets ?? [...available];
  checkAssets(assets, available);
  const context: ParameterContext = { assets, flow: document.flow !== undefined, series };
  checkCount(document.pool.kind, assets, available, registry);
  const pool = resolveModel('pool', document.pool, registry.pools, poolFields, context, sectionKeys);
  const feeLaw = resolveFeeLaw(document.feeLaw, pool, registry, context);
  const rule = resolveRule(document.rule, pool, registry, context);
  checkStart(pool, rule);
  checkAssetBounds(pool);
  checkGates(pool);
  const flow =
    document.flow === undefined ? null : resolveModel('flow', document.flow, registry.flows, {}, context, sectionKeys);
  const models = [pool, feeLaw, rule, flow].filter((m) => m !== null);
  checkNames({ pool, feeLaw, rule, flow });
  const { objective, penalty } = resolveObjective(document.objective, registry, pool.model);
  const windowRows = Math.round(document.train.windowDays * ROWS_PER_DAY);
  const scored = scoredBy({ objective, penalties: penalty === null ? [] : [penalty] });
  checkWindow(document.train.windowDays, windowRows, scored);
  const plain = {
    ...document,
    pool: pool.plain,
    ...optional('feeLaw', feeLaw?.plain),
    ...optional('rule', rule?.plain),
    ...optional('flow', flow?.plain),
  };
  return {
    plain: JSON.parse(JSON.stringify({ ...plain, data: { ...document.data, assets } })),
    assets,
    dataFile: document.data.file,
    pool,
    poolValue: pool.plain.value as number,
    series: seriesOf(pool, context),
    feeLaw,
    rule,
    flow,
    objective,
    penalty,
    over: resolveOver(document.objective),
    groups: models.map((m) => ({ prefix: m.model.name, parameters: m.declared })),
    parameters: Object.fromEntries(
      models.flatMap((m) => Object.entries(m.parameters).map(([key, p]) => [`${m.model.name}.${key}`, p])),
    ),
    split: splitSpec(document.split, windowRows, scored),
    train: document.train,
    windowRows,
    run: { ...document.run, memory: memoryBytes(document.run.memory) },
    notes: [...models.flatMap(frozenNotes), ...gasNotes(pool)],
  };
}

const optional = (key: string, value: unknown) => (value === undefined ? {} : { [key]: value });

/** `pool: hmm` is short for `pool: {kind: hmm}`, and `data: prices.arrow` for its file; empty entries count as left out. */
export function expandShorthands(raw: unknown): unknown {
  const config = withoutNulls(raw);
  if (typeof config !== 'object' || config === null || Array.isArray(config)) return config ?? {};
  const entries = Object.entries(config).map(([key, value]) => {
    if (typeof value !== 'string') return [key, value];
    if (['pool', 'feeLaw', 'rule', 'flow', 'objective'].includes(key)) return [key, { kind: value }];
    return [key, key === 'data' ? { file: value } : value];
  });
  return Object.fromEntries(entries);
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value) || typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, entry]) => entry !== null && entry !== undefined);
  return Object.fromEntries(entries.map(([key, entry]) => [key, withoutNulls(entry)]));
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
  return resolveModel('feeLaw', raw, registry.feeLaws, {}, context, sectionKeys);
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
  const rule = resolveModel('rule', raw ?? { kind: DEFAULT_RULE }, registry.rules, {}, context, sectionKeys);
  checkRule(rule.settings, context.assets.length);
  for (const name of Object.keys(rule.model.series?.(rule.settings) ?? {})) {
    for (const asset of context.assets) checkSeriesName(['rule', 'kind'], assetSeries(name, asset), context);
  }
  return rule;
}

function resolveObjective(
  given: { readonly kind: string; readonly penalty?: { readonly kind: string; readonly weight: number } },
  registry: Registry,
  pool: PoolModel,
) {
  const model = own(registry.objectives, given.kind) as ObjectiveModel;
  const charged = given.penalty === undefined ? null : (own(registry.objectives, given.penalty.kind) as ObjectiveModel);
  const both = [[model, ['objective', 'kind']] as const, [charged, ['objective', 'penalty', 'kind']] as const];
  const idle = both.find(([m]) => m?.reads.includes('turnover') === true && pool.weights !== 'rule');
  if (idle !== undefined) {
    throw new ConfigError(
      idle[1],
      `expected one that pools without a rule have, got ${show(idle[0]?.name)}, which is made of weight changes; take drawdown or another`,
    );
  }
  const blind = both.find(([m]) => m?.reads.includes('quotes') === true && pool.quotes === undefined);
  if (blind !== undefined) {
    throw new ConfigError(
      blind[1],
      `expected one that pools without quotes have, got ${show(blind[0]?.name)}, which is made of prices against the numéraire; take returns_over_hodl or another`,
    );
  }
  return {
    objective: model,
    penalty: charged === null ? null : { model: charged, weight: given.penalty?.weight as number },
  };
}

/** The numbers that a way over windows needs, and no others. */
function resolveOver({ over, temperature, worst }: z.output<ReturnType<typeof objectiveSection>>): Aggregate {
  for (const [key, value, owner] of [
    ['temperature', temperature, 'softmin'],
    ['worst', worst, 'cvar'],
  ] as const) {
    if (value !== undefined && over !== owner) {
      throw new ConfigError(
        ['objective', key],
        `expected over: ${owner} with it, got over: ${over}; add over: ${owner}, or take ${key} out`,
      );
    }
  }
  if (over === 'softmin') {
    if (temperature !== undefined) return { kind: over, temperature };
    throw new ConfigError(
      ['objective', 'temperature'],
      'expected a number above 0 with over: softmin, got nothing; take a fraction of what scores of windows differ by, such as 0.1',
    );
  }
  if (over === 'cvar') {
    if (worst !== undefined) return { kind: over, worst };
    throw new ConfigError(
      ['objective', 'worst'],
      'expected a share of the windows with over: cvar, got nothing; for example worst: 0.25',
    );
  }
  return { kind: over };
}

function splitSpec(
  split: z.output<typeof splitSection>,
  windowRows: number,
  models: readonly ObjectiveModel[],
): SplitSpec {
  const { burnInDays, ...shares } = split;
  const sum = shares.train + shares.validation + shares.test;
  if (Math.abs(sum - 1) > 1e-9 || shares.train === 0) {
    const got = `${shares.train} + ${shares.validation} + ${shares.test} = ${Number(sum.toPrecision(6))}`;
    throw new ConfigError(
      ['split'],
      `expected train > 0, and train, validation and test to add up to 1, got ${got}; change one of them`,
    );
  }
  return {
    ...shares,
    burnInRows: Math.round(burnInDays * ROWS_PER_DAY),
    windowRows,
    minRows: Math.max(...models.map((model) => fewestRows(model))),
  };
}

/** A step passes no gradient: what a fee trained behind it is worth lacks the trades that it sets off or puts an end to. */
function gasNotes({ model, parameters, settings, declared }: ResolvedModel<PoolModel>): string[] {
  const key = feeKey(model, declared);
  const { gas } = parameters;
  const bites = gas !== undefined && (gas.series !== undefined || gas.value[0] > 0);
  if (key === null || !bites || settings.gasGate !== 0 || parameters[key].train !== true) return [];
  return [
    `${model.name}.${key} is trained behind gas that is a step, so its gradient lacks the trades that cease or set in: add gasGate: 0.1`,
  ];
}

/** Parameters that are frozen although nobody said so. */
function frozenNotes(m: ResolvedModel<{ readonly name: string }>): string[] {
  return Object.entries(m.parameters)
    .filter(([, p]) => p.held === true)
    .map(
      ([key, p]) =>
        `${m.model.name}.${key} stays at ${p.value.join(', ')}: it is trained only with a flow and from a value above 0`,
    );
}
