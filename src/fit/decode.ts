/** Floor 5. Which hidden regime each row was in: as one could know it then, as one knows it now, and as the likeliest path. */

import { densityOf } from '../../kernels/prices/likelihood.js';
import { likeliestPath, type Seen, smoothChain } from '../prices/chain.js';
import type { SynchronousTarget } from '../targets/target.js';
import { likelihoodRollout } from './likelihood.js';
import { type Question, rawsOf } from './question.js';
import type { Values } from './starts.js';

export interface Decoded {
  readonly regimes: number;
  /** The first row that something is known of. */
  readonly first: number;
  /** P(regime | rows so far) and P(regime | all rows), [rows − first][K]. */
  readonly filtered: Float64Array;
  readonly smoothed: Float64Array;
  /** The likeliest path, a regime a row. */
  readonly path: Int32Array;
  readonly logLikelihood: number;
}

/** The generator's densities of each row, as its own program has them. */
export function seenChain(
  q: Question,
  values: Values,
  transition: Seen['transition'],
  target: SynchronousTarget,
): { readonly seen: Seen; readonly first: number } {
  const rollout = likelihoodRollout(q, target, 1);
  try {
    const { model, settings } = q.generator;
    const raw = rawsOf(q.generator, rollout.layout, values);
    const { densities } = rollout.path(raw, 0, q.data.rows, 1).observed;
    const first = densityOf(model, settings)?.depth ?? 1;
    const states = transition.length;
    const prior = transition.map((row) => row.map((p) => p / states));
    return { seen: { transition, prior, densities: densities.slice(first * states * states) }, first };
  } finally {
    rollout.dispose();
  }
}

export function decode(
  q: Question,
  values: Values,
  transition: Seen['transition'],
  target: SynchronousTarget,
): Decoded {
  const { seen, first } = seenChain(q, values, transition, target);
  const { beliefs, smoothed, logLikelihood } = smoothChain(seen);
  return {
    regimes: transition.length,
    first,
    filtered: beliefs,
    smoothed,
    path: likeliestPath(seen).path,
    logLikelihood,
  };
}

/** Stretches of a path that stay in one regime: the first row of each, and how many rows. */
export function visits({ path, first }: Pick<Decoded, 'path' | 'first'>): readonly {
  readonly regime: number;
  readonly row: number;
  readonly rows: number;
}[] {
  const found: { regime: number; row: number; rows: number }[] = [];
  path.forEach((regime, t) => {
    const last = found[found.length - 1];
    if (last?.regime === regime) last.rows++;
    else found.push({ regime, row: first + t, rows: 1 });
  });
  return found;
}
