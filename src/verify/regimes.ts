/** Floor 5. Cases of hidden Markov regimes: filter, smoother, most likely path, fit and gradient, on plain numbers. */
import { z } from 'zod';
import { afterMove, baumWelch, filter, logLikelihoodGradient, smoother, viterbi } from '../prices/hidden-markov.js';
import { type Compared, kindOf, type NamedCheck } from './named.js';

const number = z.number();
const numbers = z.array(number);
const rows = z.array(numbers);
const chain = { transition: rows, means: rows, variances: numbers };
const observations = rows.min(2);

const regimeFilter = kindOf(
  z.object({ ...chain, beliefBeforeFirst: numbers, observations }),
  z.object({
    beliefs: rows,
    smoothed: rows,
    logLikelihood: number,
    viterbi: numbers,
    viterbiLogProbability: number,
    predictedNext: numbers,
  }),
  (model, want) => {
    const seen = model.observations;
    const first = afterMove(model, model.beliefBeforeFirst);
    const { beliefs, logLikelihood } = filter(model, seen, first);
    const best = viterbi(model, seen, first);
    return [
      { field: 'beliefs', got: beliefs.flat(), wanted: want.beliefs.flat() },
      { field: 'smoothed', got: smoother(model, seen, first).smoothed.flat(), wanted: want.smoothed.flat() },
      { field: 'likelihood', got: [logLikelihood], wanted: [want.logLikelihood] },
      { field: 'most likely path', got: best.path, wanted: want.viterbi },
      { field: 'its probability', got: [best.logProbability], wanted: [want.viterbiLogProbability] },
      { field: 'next', got: afterMove(model, beliefs[beliefs.length - 1]), wanted: want.predictedNext },
    ];
  },
);

const regimeFit = kindOf(
  z.object({ ...chain, initial: numbers, observations }),
  z.object({
    iterations: z.array(z.object({ logLikelihoodBefore: number, ...chain, initial: numbers })),
    logLikelihoodGradient: z.object({ means: rows, logSd: numbers, transitionLogits: rows }),
  }),
  ({ initial, observations: seen, ...start }, want) => {
    const gradient = logLikelihoodGradient(start, seen, initial);
    let now = { model: start as Parameters<typeof baumWelch>[0], first: initial };
    const found: Compared[] = want.iterations.flatMap((wanted, i) => {
      const { logLikelihood, ...next } = baumWelch(now.model, seen, now.first);
      now = next;
      const at = (field: string, got: readonly number[], of: readonly number[]) => ({
        field: `iteration ${i + 1}, ${field}`,
        got,
        wanted: of,
      });
      return [
        at('likelihood before', [logLikelihood], [wanted.logLikelihoodBefore]),
        at('transition', next.model.transition.flat(), wanted.transition.flat()),
        at('means', next.model.means.flat(), wanted.means.flat()),
        at('variances', next.model.variances, wanted.variances),
        at('first', next.first, wanted.initial),
      ];
    });
    const by = want.logLikelihoodGradient;
    return [
      ...found,
      { field: 'gradient by means', got: gradient.means.flat(), wanted: by.means.flat() },
      { field: 'gradient by ln sd', got: gradient.logSd, wanted: by.logSd },
      { field: 'gradient by logits', got: gradient.transitionLogits.flat(), wanted: by.transitionLogits.flat() },
    ];
  },
);

export const REGIME_KINDS: Readonly<Record<string, NamedCheck>> = { regimeFilter, regimeFit };
