/** Floor 5½. `data synth --model`: a dataset drawn by a price generator that a YAML file names. */
import { basename } from 'node:path';
import { readGenerator, resolveGeneratorFile } from '../config/generator-file.js';
import type { Dataset } from '../data/dataset.js';
import { rowsOfSpan, type SynthSpan } from '../data/synth.js';
import { wasm } from '../targets/wasm/index.js';
import { drawnDataset } from './drawn-dataset.js';
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
  // before a file is read
  const rows = rowsOfSpan(span);
  const { assets, interval, seed } = span;
  const resolved = await resolveGeneratorFile(path, await readGenerator(path), assets);
  const remedy = `change the model in ${basename(path)}, or take fewer --days`;
  const { dataset, notes, raw } = drawnDataset(resolved, span, wasm, remedy);
  const statistics = statisticsOf({ ...resolved, seed, assets, clock: { interval }, rows }, raw);
  return { dataset, notes, statistics };
}
