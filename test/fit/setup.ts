/** Paths of generators that config documents name, as recorded prices in full precision. */
import { generatorRaws, type ResolvedGenerator, resolveGenerator } from '../../src/config/generator.js';
import type { Question } from '../../src/fit/question.js';
import { createRollout } from '../../src/rollout/compiled.js';
import { watching } from '../../src/rollout/watch.js';
import { wasm } from '../../src/targets/wasm/index.js';

export const DAY = 86_400_000;
export const MINUTE = 60_000;

export type Document = Readonly<Record<string, unknown>>;

export interface Walk {
  readonly assets: readonly string[];
  readonly interval: number;
  readonly rows: number;
  readonly seed: number;
}

/** Scenario 0 of a generator, row by row: what it shows. */
export function walk(document: Document, { assets, interval, rows, seed }: Walk) {
  const generator = resolveGenerator(document, assets);
  const { model, settings } = generator;
  const rollout = createRollout(
    {
      assets,
      clock: { interval },
      source: { kind: 'drawn', model, settings, seed },
      system: watching(model.rows),
      objective: { name: 'none', doc: '', reads: ['prices'], every: 0, score: (c) => c.last.prices[0] },
      penalties: [],
      settings: {},
    },
    null,
    wasm,
    { threads: 1 },
  );
  try {
    return rollout.path(generatorRaws(generator, rollout.layout), 0, rows, 1).observed;
  } finally {
    rollout.dispose();
  }
}

/** What a fit is asked: a document without start values, and a path. */
export function questionOf(document: Document, w: Walk, prices: Float64Array, given: readonly string[] = []): Question {
  const generator: ResolvedGenerator = resolveGenerator(document, w.assets);
  return {
    generator,
    given: new Set(given),
    data: { assets: w.assets, rows: w.rows, prices, volume: null },
    clock: { interval: w.interval },
  };
}
