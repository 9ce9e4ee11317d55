/** Floor 5½. `data synth --model`: a dataset drawn by a price generator that a YAML file names. */
import { basename } from 'node:path';
import { checkGenerator, generatorRaws, readGenerator, resolveGeneratorFile } from '../config/generator.js';
import { createDataset, type Dataset } from '../data/dataset.js';
import { checkDrawn, rowsOfSpan, type SynthSpan } from '../data/synth.js';
import { createRollout } from '../rollout/compiled.js';
import type { ObjectiveModel } from '../rollout/model.js';
import { watch } from '../rollout/watch.js';
import { wasm } from '../targets/wasm/index.js';
import { type PathStatistics, statisticsOf } from './path-statistics.js';

export interface DrawnDataset {
  readonly dataset: Dataset;
  readonly notes: readonly string[];
  /** What the generator shows along the path. */
  readonly statistics: PathStatistics;
}

/** Nothing is asked of the path but to be drawn. */
const unscored: ObjectiveModel = {
  name: 'unscored',
  doc: 'the first price of the last row',
  reads: ['prices'],
  every: 0,
  score: (c) => c.last.prices[0],
};

/**
 * Draws scenario 0 of the file's generator. Throws a UserError that starts with the file where it does not say one, and
 * where a price is none.
 */
export async function drawFromModel(path: string, span: SynthSpan): Promise<DrawnDataset> {
  const rows = rowsOfSpan(span);
  const { assets, interval, seed, start, recipe = '' } = span;
  const resolved = await resolveGeneratorFile(path, await readGenerator(path), assets);
  const { model, settings } = resolved;
  const clock = { interval };
  const rollout = createRollout(
    {
      assets,
      clock,
      source: { kind: 'drawn', model, settings, seed },
      system: watch,
      objective: unscored,
      penalties: [],
      settings: {},
    },
    null,
    wasm,
    { threads: 1 },
  );
  try {
    const notes = checkGenerator(resolved, clock);
    const raw = generatorRaws(resolved, rollout.layout);
    const prices = rollout.path(raw, 0, rows, 1).observed.prices.map(Math.fround);
    checkDrawn(prices, `change the model in ${basename(path)}, or take fewer --days`);
    const statistics = statisticsOf({ ...resolved, seed, assets, clock, rows }, raw);
    const meta = { source: 'synthetic', numeraire: 'USD', model: JSON.stringify(resolved.plain), recipe };
    return {
      dataset: createDataset({ assets: [...assets], start, interval, rows, prices, volume: null, meta }),
      notes,
      statistics,
    };
  } finally {
    rollout.dispose();
  }
}
