/** Floor 5½. A dataset drawn by a price generator: scenario 0 of it. */
import { checkGenerator, type ResolvedGenerator } from '../config/generator.js';
import { createDataset, type Dataset } from '../data/dataset.js';
import { checkDrawn, rowsOfSpan, type SynthSpan } from '../data/synth.js';
import type { SynchronousTarget } from '../targets/target.js';
import { DrawnPrices } from './drawn-prices.js';

export interface Drawn {
  readonly dataset: Dataset;
  readonly notes: readonly string[];
  /** Raw numbers of the generator. */
  readonly raw: Float64Array;
}

/**
 * Throws a UserError where the span is none, and where a price is none; that one ends with `remedy`.
 *
 * @param target what draws: an exact one that answers at once
 */
export function drawnDataset(
  resolved: ResolvedGenerator,
  span: SynthSpan,
  target: SynchronousTarget,
  remedy: string,
): Drawn {
  const rows = rowsOfSpan(span);
  const { assets, interval, seed, start, recipe = '' } = span;
  const clock = { interval };
  const drawer = new DrawnPrices(resolved, { assets, clock, seed }, target);
  try {
    const notes = checkGenerator(resolved, clock);
    const prices = drawer.prices(0, rows);
    checkDrawn(prices, remedy);
    const meta = { source: 'synthetic', numeraire: 'USD', model: JSON.stringify(resolved.plain), recipe };
    const dataset = createDataset({ assets: [...assets], start, interval, rows, prices, volume: null, meta });
    return { dataset, notes, raw: drawer.raw };
  } finally {
    drawer.dispose();
  }
}
