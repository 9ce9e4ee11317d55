/** Floor 5. Whether a saved state continues the run that is asked for. */
import { UserError } from '../errors.js';
import type { TrainOptions, TrainProblem } from './problem.js';
import type { TrainState } from './state.js';

/**
 * Throws a UserError where the state has other sets, another seed, optimiser or number of columns. Other options may
 * differ: more iterations, another learning rate or other patience are reasons to resume.
 */
export function checkResume(state: TrainState, { rollout }: TrainProblem, options: TrainOptions): void {
  const columns = rollout.layout.columns;
  const pairs: [string, unknown, unknown][] = [
    ['sets', state.sets, options.sets],
    ['seed', state.seed, options.seed],
    ['optimizer', state.optimizer, options.optimizer.name],
    ['raw columns', state.raw.length / state.sets, columns],
  ];
  for (const [name, saved, asked] of pairs) {
    if (saved === asked) continue;
    throw new UserError(
      `resume: the checkpoint has ${name} ${saved}, got ${asked}; resume with the settings of the checkpoint or start anew`,
    );
  }
  if (state.iteration > options.iterations) {
    throw new UserError(
      `resume: the checkpoint has ${state.iteration} iterations done, got ${options.iterations} to do in all; ask for more`,
    );
  }
}
