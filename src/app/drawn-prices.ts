/** Floor 5½. The prices of a generator's scenarios, as a dataset has them: what `data synth --model` writes and pools run on. */
import { generatorRaws, type ResolvedGenerator } from '../config/generator.js';
import type { Clock } from '../rollout/clock.js';
import { createRollout } from '../rollout/compiled.js';
import type { ObjectiveModel } from '../rollout/model.js';
import type { Rollout } from '../rollout/rollout.js';
import { watch } from '../rollout/watch.js';
import type { SynchronousTarget } from '../targets/target.js';

/** Nothing is asked of the path but to be drawn. */
const unscored: ObjectiveModel = {
  name: 'unscored',
  doc: 'the first price of the last row',
  reads: ['prices'],
  every: 0,
  score: (c) => c.last.prices[0],
};

export interface DrawnSpan {
  readonly assets: readonly string[];
  readonly clock: Clock;
  readonly seed: number;
}

export class DrawnPrices {
  /** Raw numbers of the generator. */
  readonly raw: Float64Array;
  private readonly rollout: Rollout;

  /** @param target what draws: an exact one */
  constructor(resolved: ResolvedGenerator, { assets, clock, seed }: DrawnSpan, target: SynchronousTarget) {
    const { model, settings } = resolved;
    this.rollout = createRollout(
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
      target,
      { threads: 1 },
    );
    this.raw = generatorRaws(resolved, this.rollout.layout);
  }

  /** Those of the first `rows` rows of a scenario, rows × n, rounded to float32 as files of prices are. */
  prices(scenario: number, rows: number): Float64Array {
    return this.rollout.path(this.raw, scenario, rows, 1).observed.prices.map(Math.fround);
  }

  dispose(): void {
    this.rollout.dispose();
  }
}
