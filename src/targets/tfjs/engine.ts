/**
 * Floor 1, tfjs target: TensorFlow.js as public signatures speak of it. Its own types compile under few settings of a
 * compiler, so none that leave the package lean on them; who programs with it names the type: `typeof import('@tensorflow/tfjs')`.
 */
import { loadEngine as load } from './load.js';

/** What any copy of TensorFlow.js is. */
export interface Engine {
  getBackend(): string;
  readonly tensor1d: (...given: never[]) => unknown;
  readonly tensor2d: (...given: never[]) => unknown;
}

/**
 * TensorFlow.js with `backend` active; without one: with the backend that is active already, at first `cpu`.
 *
 * Throws a UserError that says why a backend is not available and what would mend it.
 */
export const loadEngine: <T extends Engine = Engine>(backend?: string) => Promise<T> = load as never;
