/** Floor 4. The config of a fit: recorded prices, the generator with what is known of it, and how to go about it. */
import { z } from 'zod';
import { isName, NAME_RULE } from '../data/names.js';
import { message } from './explain.js';
import { choice, number, optionalNumber, section, strict } from './fields.js';

export const METHODS = ['auto', 'likelihood', 'moments'] as const;

const text = (doc: string, example: string) =>
  z.string({ error: message(`expected ${doc}`, `for example ${example}`) }).min(1, {
    error: message(`expected ${doc}`, `for example ${example}`),
  });

export const fitSchema = strict('a fit', {
  data: strict('the recorded prices', {
    file: text('the path of a dataset', 'prices.arrow, as `poolgrad data import` writes it'),
    assets: z
      .array(
        text('the name of an asset', '[BTC, ETH]').refine(isName, {
          error: message(`expected ${NAME_RULE}`, 'rename it'),
        }),
        { error: message('expected a list of asset names', 'for example [BTC, ETH]') },
      )
      .min(1, { error: message('expected at least one asset', 'leave it out to take all of the dataset') })
      .optional(),
    every: text('a duration', '1h or 1d').optional(),
    from: text('a date', '2020-01-01').optional(),
    to: text('a date', '2024-01-01').optional(),
  }),
  model: z.looseObject(
    {},
    { error: message('expected a map with the kind of a price generator', 'for example model: {kind: gbm}') },
  ),
  method: choice('what the fit makes large: the likelihood, or the likeness of moments', METHODS, 'auto'),
  iterations: number('most steps of the fit', 100, { min: 1, max: 10_000, whole: true }),
  moments: section('simulated moments, where the likelihood is in no closed form', {
    scenarios: number('paths that moments are means over', 16, { min: 1, max: 100_000, whole: true }),
    seed: number('seed of their draws, the same for all values of the parameters', 1, {
      min: 0,
      max: 2 ** 32 - 1,
      whole: true,
    }),
    rows: optionalNumber('rows of a path (default: those of the data)', { min: 50, max: 2 ** 28, whole: true }),
  }),
  page: section('the comparison on the page', {
    paths: number('paths drawn beside the recorded ones', 4, { min: 1, max: 12, whole: true }),
    samples: number('bootstrap samples of the intervals', 200, { min: 20, max: 100_000, whole: true }),
    seed: number('seed of the paths and of the bootstrap', 7, { min: 0, max: 2 ** 32 - 1, whole: true }),
  }),
});

export type FitConfig = z.output<typeof fitSchema>;
