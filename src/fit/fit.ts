/** Floor 5. A generator fitted to recorded prices: by likelihood where one is known in closed form, else by moments. */
import { UserError } from '../errors.js';
import { type ClimbOptions, fitByLikelihood, whyNoLikelihood } from './likelihood.js';
import { fitByMoments, type MomentOptions, whyNoMoments } from './moments.js';
import type { Question } from './question.js';
import type { FitResult } from './result.js';

export interface FitOptions extends ClimbOptions {
  readonly method: 'auto' | 'likelihood' | 'moments';
  readonly moments: MomentOptions;
}

/** Throws a UserError where the data and the generator, or the generator and the method, do not go together. */
export function fitGenerator(q: Question, options: FitOptions): FitResult {
  const [likelihood, moments] = [whyNoLikelihood(q), whyNoMoments(q)];
  if (options.method !== 'moments' && likelihood === null) return fitByLikelihood(q, options);
  if (options.method === 'likelihood') throw new UserError(`fit: ${likelihood}; say method: moments, or auto`);
  if (moments !== null) {
    throw new UserError(`fit: ${moments}${likelihood === null ? '; say method: likelihood' : `, and ${likelihood}`}`);
  }
  return fitByMoments(q, options, options.moments);
}
