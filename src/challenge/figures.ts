/** Floor 5. Edges of laws on fresh simulations, beside each other on the same ones. */
import type { FeeLaw } from '../../kernels/competition/law.js';
import { meanWithError } from '../evaluate/statistics.js';
import { type ChallengeOptions, challengeRollout, named, ROWS, scenarios, type Values } from './rollout.js';

export interface Figures {
  readonly name: string;
  readonly edge: number;
  readonly standardError: number;
  /** Over fixed 75 bps on the same simulations: their errors cancel. */
  readonly overFixed75: number;
  readonly overFixed75StandardError: number;
}

export interface Contender {
  readonly name: string;
  readonly law: FeeLaw;
  readonly values: Values;
}

/** Edges by simulation, `chunk` of them at a time; tells how many there are. */
export function* edgesOf(
  { law, values }: Contender,
  options: ChallengeOptions,
  simulations: number,
  chunk: number,
): Generator<number, Float64Array> {
  const rollout = challengeRollout(law, options);
  try {
    const raw = rollout.layout.raws(named(values));
    const edges = new Float64Array(simulations);
    for (let from = 0; from < simulations; from += chunk) {
      const count = Math.min(chunk, simulations - from);
      edges.set(rollout.value(raw, scenarios(from, count), ROWS).byWindow, from);
      yield from + count;
    }
    return edges;
  } finally {
    rollout.dispose();
  }
}

export function figuresOf(name: string, edges: Float64Array, fixed75: Float64Array): Figures {
  const { mean: edge, error: standardError } = meanWithError(edges);
  const over = meanWithError(edges.map((x, i) => x - fixed75[i]));
  const [overFixed75, overFixed75StandardError] = [over.mean, over.error];
  return { name, edge, standardError, overFixed75, overFixed75StandardError };
}
