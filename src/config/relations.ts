/** Floor 4. Relations within a config that single fields do not show: what does not go together is refused in one line. */

import { formatDuration, stepsText } from '../data/time.js';
import type { PoolModel, RuleModel } from '../pools/model.js';
import { type Clock, rowsPerDay } from '../rollout/clock.js';
import type { ObjectiveModel } from '../rollout/model.js';
import { fewestRows } from '../rollout/spec.js';
import { ConfigError, show } from './explain.js';
import type { ResolvedModel, ResolvedPart } from './models.js';

export function checkAssets(assets: readonly string[], available: readonly string[]): void {
  const path = ['data', 'assets'];
  assets.forEach((asset, i) => {
    if (!available.includes(asset)) {
      throw new ConfigError(
        path,
        `expected assets of the dataset (${available.join(', ')}), got ${show(asset)}; name those or leave it out`,
      );
    }
    if (assets.indexOf(asset) !== i) {
      throw new ConfigError(path, `expected each asset once, got ${show(asset)} twice; name it once`);
    }
  });
}

/** Parameters are known by their model's name, so no two models may share one. */
export function checkNames(models: readonly ResolvedPart[]): void {
  models.forEach(({ section, model: { name } }, i) => {
    const other = models.slice(0, i).find((m) => m.model.name === name);
    if (other === undefined) return;
    throw new ConfigError(
      [...section.split('.'), 'kind'],
      `expected a model with a name of its own, got ${show(name)}, which is the ${other.section}'s too; rename one of them`,
    );
  });
}

/** A rule that gives weights starts its windows from them: start weights that were asked for would be ignored. */
export function checkStart(pool: ResolvedModel<PoolModel>, rule: ResolvedModel<RuleModel> | null): void {
  const start = pool.parameters.initialWeights;
  if (rule?.model.weights === undefined || start === undefined) return;
  const equal = start.value.every((w) => Math.abs(w - 1 / start.value.length) < 1e-12);
  if (equal && !start.train) return;
  throw new ConfigError(
    ['pool', 'initialWeights'],
    `expected none with rule ${rule.kind}, whose windows start from the weights that it gives, got ${show(start.train ? 'train: true' : start.value)}; remove it`,
  );
}

/** Bounds of single assets that some weights meet. */
export function checkAssetBounds({
  parameters: { leastWeight: least, greatestWeight: greatest },
}: ResolvedModel<PoolModel>): void {
  if (least === undefined || greatest === undefined) return;
  const sum = (xs: readonly number[]) => xs.reduce((a, b) => a + b, 0);
  const crossed = least.value.findIndex((low, i) => low >= greatest.value[i]);
  if (crossed >= 0) {
    throw new ConfigError(
      ['pool', 'greatestWeight'],
      `expected more than leastWeight for each asset, got ${greatest.value[crossed]} and ${least.value[crossed]}; move one of them`,
    );
  }
  for (const [key, values, fits, wanted] of [
    ['leastWeight', least.value, sum(least.value) <= 1, 'at most 1'],
    ['greatestWeight', greatest.value, sum(greatest.value) >= 1, 'at least 1'],
  ] as const) {
    if (fits) continue;
    throw new ConfigError(
      ['pool', key],
      `expected weights with a sum of ${wanted}, got ${values.join(' + ')}; change them`,
    );
  }
}

/** What decides by a step, and the gate that smooths it. */
const GATES = { gas: 'gasGate', centerednessMargin: 'shiftGate' };

/** A gate that is a step leaves no gradient to follow. */
export function checkGates({ parameters, settings }: ResolvedModel<PoolModel>): void {
  for (const [key, gate] of Object.entries(GATES)) {
    if (parameters[key]?.train !== true || settings[gate] !== 0) continue;
    throw new ConfigError(
      ['pool', key],
      `expected a ${gate} above 0 for its training, got train: true with ${gate} 0, a step without a gradient; add ${gate}: 0.1 or freeze it: train: false`,
    );
  }
}

/** Relations between settings that single ranges do not show. */
export function checkRule(settings: Readonly<Record<string, number>>, n: number): void {
  const { chunkPeriod, weightInterpolationPeriod: ramp, minimumWeight } = settings;
  if (ramp > chunkPeriod) {
    const [longest, got] = [chunkPeriod, ramp].map((minutes) => formatDuration(Math.round(minutes * 60_000)));
    throw new ConfigError(
      ['rule', 'weightInterpolationPeriod'],
      `expected at most chunkPeriod = ${longest}, got ${got}; shorten it or lengthen chunkPeriod`,
    );
  }
  if (minimumWeight * n >= 1) {
    throw new ConfigError(
      ['rule', 'minimumWeight'],
      `expected less than 1/${n} for ${n} assets, got ${minimumWeight}; lower it`,
    );
  }
}

export function checkWindow(
  windowDays: number,
  windowRows: number,
  models: readonly ObjectiveModel[],
  clock: Clock,
): void {
  for (const model of models) {
    const rows = fewestRows(model, clock);
    if (windowRows >= rows) continue;
    throw new ConfigError(
      ['train', 'windowDays'],
      `expected at least ${stepsText(rows, clock.interval)} (${Math.ceil((rows / rowsPerDay(clock)) * 100) / 100} days) for ${model.name}, got ${windowDays}; lengthen the windows or take another objective`,
    );
  }
}
