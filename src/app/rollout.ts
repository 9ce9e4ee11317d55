/**
 * Floor 5½. From a config to its roll-out and to the windows or scenarios that it runs on: the one place that tells pools from
 * other systems, and recorded data from drawn ones.
 */
import type { DrawnConfig, OpenedConfig, PoolConfig, Recorded, ResolvedConfig, SystemConfig } from '../config/index.js';
import type { Dataset } from '../data/dataset.js';
import type { Split } from '../data/windows.js';
import { asSystem, createPoolRollout, type PoolRollout, type PoolRolloutOptions } from '../pools/rollout.js';
import { completePool, type PoolSpec, ruleRows } from '../pools/spec.js';
import { createRollout } from '../rollout/compiled.js';
import { seriesOfKey } from '../rollout/recorded.js';
import type { Rollout } from '../rollout/rollout.js';
import type { RolloutSpec } from '../rollout/spec.js';
import type { SynchronousTarget, Target } from '../targets/target.js';
import { rowWindows, scenarioWindows, type Windows } from '../train/windows.js';
import { DrawnPool } from './drawn-pool.js';

interface OnWindows {
  readonly config: ResolvedConfig;
  readonly rollout: Rollout;
  readonly windows: Windows;
}

/** A pool on recorded prices. */
export interface PoolOnRows extends OnWindows {
  readonly kind: 'pool';
  readonly config: PoolConfig;
  readonly spec: PoolSpec;
  readonly rollout: PoolRollout;
  /** Where the dataset lies, seen from the working directory. */
  readonly file: string;
  readonly dataset: Dataset;
  readonly split: Split;
}

/** Any other system, on rows or on scenarios; a pool on scenarios. */
export interface SystemOnWindows extends OnWindows {
  readonly kind: 'system';
  readonly spec: RolloutSpec;
  /** null where the data are drawn. */
  readonly dataset: Dataset | null;
  /** The roll-out of a pool on drawn prices, which are held; null of any other. */
  readonly scenarios: DrawnPool | null;
}

/** @param drawing what draws the prices that a pool runs on: an exact target; or what has drawn those that are wanted again */
export function rolloutOf(
  opened: OpenedConfig,
  target: Target,
  options: PoolRolloutOptions,
  drawing: SynchronousTarget | DrawnPool,
): PoolOnRows | SystemOnWindows {
  const { config, recorded } = opened;
  if (config.kind === 'pool') {
    return recorded === null
      ? ofDrawnPool({ ...config, data: opened.config.data }, target, options, drawing)
      : ofPool(config, recorded, target, options);
  }
  const dataset = recorded?.dataset ?? null;
  const { source, windows } = recorded === null ? ofScenarios(opened.config) : ofRows(config, recorded);
  const spec: RolloutSpec = {
    assets: config.assets,
    clock: config.clock,
    source,
    system: config.system.model,
    objective: config.objective,
    penalties: config.penalty === null ? [] : [config.penalty],
    measured: config.measured,
    aggregate: config.over,
    settings: config.system.settings,
  };
  return {
    kind: 'system',
    config,
    spec,
    windows,
    dataset,
    scenarios: null,
    rollout: createRollout(spec, dataset, target, options),
  };
}

function ofDrawnPool(
  config: PoolConfig & DrawnConfig,
  target: Target,
  options: PoolRolloutOptions,
  drawing: SynchronousTarget | DrawnPool,
): SystemOnWindows {
  const spec = completePool(specOf(config));
  const scenarios = new DrawnPool(config, spec, target, options, drawing);
  return {
    kind: 'system',
    config,
    spec: asSystem(spec),
    windows: scenarioWindows(config.data.scenarios, config.windowRows),
    dataset: null,
    scenarios,
    rollout: scenarios,
  };
}

function ofScenarios({ data, windowRows }: DrawnConfig) {
  const { scenarios, seed } = data;
  const { model, settings } = data.model;
  const source = { kind: 'drawn', model, settings, seed } as const;
  return { source, windows: scenarioWindows(scenarios, windowRows) };
}

function ofRows({ system, windowRows }: SystemConfig, { split }: Recorded) {
  const series = system.model.reads.map(seriesOfKey).filter((name) => name !== null);
  return {
    source: { kind: 'recorded', series } as const,
    windows: rowWindows(split, windowRows, 1),
  };
}

/**
 * The roll-out that a config describes. A frozen fee of 0 makes it one without fees, where arbitrage is free besides and
 * nothing changes from step to step.
 */
export function specOf(config: PoolConfig): PoolSpec {
  const fee = config.parameters[`${config.pool.model.name}.fee`];
  const closed = config.pool.model.zeroFee;
  const { parameters, trades } = config.series;
  const steady = config.feeLaw === null && config.blocks === null && !trades && Object.keys(parameters).length === 0;
  const holds = steady && closed !== undefined && closed.holds?.(config.pool.settings, config.clock) !== false;
  return {
    assets: config.assets,
    pool: config.pool.model,
    rule: config.rule?.model ?? null,
    flow: config.flow?.model ?? null,
    feeLaw: config.feeLaw?.model ?? null,
    series: config.series,
    objective: config.objective,
    penalties: config.penalty === null ? [] : [config.penalty],
    measured: config.measured,
    aggregate: config.over,
    settings: { ...config.pool.settings, ...config.rule?.settings, ...config.flow?.settings },
    value: config.poolValue,
    clock: config.clock,
    blocks: config.blocks,
    zeroFee: holds && fee !== undefined && fee.value[0] === 0 && !fee.train,
  };
}

function ofPool(
  config: PoolConfig,
  { file, dataset, split }: Recorded,
  target: Target,
  options: PoolRolloutOptions,
): PoolOnRows {
  const spec = specOf(config);
  return {
    kind: 'pool',
    config,
    spec,
    rollout: createPoolRollout(spec, dataset, target, options),
    // windows that start at a rule step see the weights move from their first day on
    windows: rowWindows(split, config.windowRows, config.rule === null ? 1 : ruleRows(spec)),
    file,
    dataset,
    split,
  };
}

/** Rows from one step of a pool's rule to the next; infinite where there is no rule. */
export const cadenceOf = ({ config }: Pick<OnWindows, 'config'>): number =>
  config.kind === 'pool' && config.rule !== null
    ? ruleRows({ ...config.rule, clock: config.clock })
    : Number.POSITIVE_INFINITY;
