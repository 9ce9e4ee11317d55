/** Floor 5. The state of a training that has not begun: its start values, and what they are worth where sets are compared. */
import { withTurns } from '../targets/resumable.js';
import type { TrainOptions, TrainProblem } from './problem.js';
import { startRaw } from './starts.js';
import type { TrainState } from './state.js';

/** What `train` may be resumed from; a checkpoint of it holds the config's own values as the chosen set. */
export async function unstarted(problem: TrainProblem, options: TrainOptions): Promise<TrainState> {
  const { rollout, judge, windows, initial } = problem;
  const fixed = windows.validation();
  const { objective } = await withTurns((judge ?? rollout).resumable.value(initial, fixed.windows, fixed.windowRows));
  return {
    iteration: 0,
    sets: options.sets,
    seed: options.seed,
    raw: startRaw(problem, options),
    optimizer: options.optimizer.name,
    slots: {},
    history: [],
    best: { set: 0, iteration: 0, raw: initial.slice(), validation: objective[0] },
    moved: new Uint8Array(initial.length),
    reseeded: 0,
    finished: false,
  };
}
