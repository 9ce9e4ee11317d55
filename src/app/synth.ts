/** Floor 5½. `data synth --model`: a dataset drawn by a price generator that a YAML file names. */
import { basename } from 'node:path';
import { checkGenerator } from '../config/generator.js';
import { readGenerator, resolveGeneratorFile } from '../config/generator-file.js';
import { createDataset, type Dataset } from '../data/dataset.js';
import { checkDrawn, rowsOfSpan, type SynthSpan } from '../data/synth.js';
import { wasm } from '../targets/wasm/index.js';
import { DrawnPrices } from './drawn-prices.js';
import { type PathStatistics, statisticsOf } from './path-statistics.js';

export interface DrawnDataset {
  readonly dataset: Dataset;
  readonly notes: readonly string[];
  /** What the generator shows along the path. */
  readonly statistics: PathStatistics;
}

/**
 * Draws scenario 0 of the file's generator. Throws a UserError that starts with the file where it does not say one, and
 * where a price is none.
 */
export async function drawFromModel(path: string, span: SynthSpan): Promise<DrawnDataset> {
  const rows = rowsOfSpan(span);
  const { assets, interval, seed, start, recipe = '' } = span;
  const resolved = await resolveGeneratorFile(path, await readGenerator(path), assets);
  const clock = { interval };
  const drawer = new DrawnPrices(resolved, { assets, clock, seed }, wasm);
  try {
    const notes = checkGenerator(resolved, clock);
    const prices = drawer.prices(0, rows);
    checkDrawn(prices, `change the model in ${basename(path)}, or take fewer --days`);
    const statistics = statisticsOf({ ...resolved, seed, assets, clock, rows }, drawer.raw);
    const meta = { source: 'synthetic', numeraire: 'USD', model: JSON.stringify(resolved.plain), recipe };
    return {
      dataset: createDataset({ assets: [...assets], start, interval, rows, prices, volume: null, meta }),
      notes,
      statistics,
    };
  } finally {
    drawer.dispose();
  }
}
