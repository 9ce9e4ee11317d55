/** Floor 5½. What is evaluated, whatever trained it: a checkpoint of ours, or a run of the Python simulator. */
import type { EvaluationInput } from '../evaluate/input.js';
import type { PoolSession } from './prepared.js';

type Facts = EvaluationInput['meta']['facts'];

/** What is evaluated: one set on a session's data, how it was chosen, and what the report shall say of it. */
export interface Subject {
  readonly session: PoolSession;
  /** One set: [columns]. */
  readonly raw: Float64Array;
  readonly choice: EvaluationInput['choice'];
  readonly history: EvaluationInput['history'];
  /** As EvaluationInput has it; undefined of what another program trained. */
  readonly withoutGradient: EvaluationInput['withoutGradient'];
  /** Before and after the facts of dataset and device. */
  readonly facts: { readonly source: Facts; readonly training: Facts };
  readonly warnings: readonly string[];
  /** What was done in another way than asked for. */
  readonly notes: readonly string[];
}
