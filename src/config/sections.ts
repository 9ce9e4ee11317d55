/** Floor 4. The sections of a config that do not depend on the system: data, objective, split, train, run. */
import { z } from 'zod';
import { isName, NAME_RULE } from '../data/names.js';
import { durationOf } from '../data/time.js';
import { ROUTES } from '../pools/route.js';
import { DEVICE_NAMES, DEVICE_PATTERN, deviceMessage, PRECISIONS } from './device-words.js';
import { message, type Sections } from './explain.js';
import { choice, memory, number, optionalNumber, required, section, strict } from './fields.js';
import { DEFAULT_OBJECTIVE, missedName, type Registry } from './registry.js';
import { time } from './times.js';

const text = (doc: string, example: string) =>
  z
    .string({ error: message(`expected ${doc}`, `for example ${example}`) })
    .min(1, { error: message(`expected ${doc}`, `for example ${example}`) });

const assetNames = z
  .array(
    text('the name of an asset', '[BTC, ETH]').refine(isName, {
      error: message(`expected ${NAME_RULE}`, 'rename it'),
    }),
    {
      error: message('expected a list of asset names', 'for example [BTC, ETH]'),
    },
  )
  .min(1, { error: message('expected at least one asset', 'leave it out to take all assets of the dataset') });

/** Data that were recorded. */
export const dataSection = strict('the prices', {
  file: text('the path of a dataset', 'prices.arrow, as `poolgrad data import` writes it').describe(
    'dataset (Arrow IPC), seen from the folder of the config',
  ),
  assets: assetNames.optional().describe('columns of the dataset, in the order of the pool (default: all)'),
});

/** A time with its unit. */
const duration = (doc: string, example: string) => {
  const error = message(`expected a time such as ${example}`, doc);
  return z
    .string({ error })
    .refine((given) => durationOf(given) !== null, { error })
    .describe(doc);
};

const scenarioCount = (what: string, fallback: number) =>
  number(`scenarios for ${what}`, fallback, { min: 1, max: 2 ** 29, whole: true });

/** What `scenarios: 256` is short for: as many for the held-out figures, a quarter as many for choosing. */
export const countsOf = (train: number) => ({ train, validation: Math.max(1, Math.round(train / 4)), test: train });

const scenariosSection = section('how many scenarios, and how long', {
  train: scenarioCount('training', 256),
  validation: scenarioCount('choosing among the sets', 64),
  test: scenarioCount('the held-out figures', 256),
  length: z
    .union([duration('of a scenario', '20d or 720h'), z.number().int().min(1)], {
      error: message('expected a time such as 20d, or a whole number of steps', 'how long a scenario is'),
    })
    .default('20d')
    .describe('of a scenario: a time, or a whole number of steps'),
  burnIn: z
    .union([duration('of prices before a scenario', '10d or 240h'), z.number().int().min(0)], {
      error: message('expected a time such as 10d, or a whole number of steps', 'prices before a scenario'),
    })
    .optional()
    .describe('of prices before a scenario, for the estimators of a rule; default: 10d with a rule, 0 without'),
});

/** Data that are drawn by a process. */
export const drawnSection = strict('what draws the prices', {
  model: z
    .record(z.string(), z.unknown(), {
      error: message(
        'expected a map with a kind, or the path of a YAML file with one',
        'for example model: {kind: gbm}',
      ),
    })
    .describe('the process, its settings and parameters, or the path of a YAML file with them (docs/prices.md)'),
  assets: assetNames.describe('names of the assets that it draws'),
  interval: duration('of a step', '1m, 1h or 1d').default('1m'),
  seed: number('seed of all scenarios', 1, { min: 0, max: 2 ** 32 - 1, whole: true }),
  scenarios: scenariosSection,
});

/** An objective's name; `paths` lets editors take the path of one's own. */
function objectiveName(doc: string, { objectives }: Registry, paths: z.ZodType | null) {
  const error = ({ input }: { input?: unknown }) => {
    const { expected, hint } = missedName(input, objectives, './my-objective.js');
    return message(expected, typeof input === 'string' ? hint : doc);
  };
  const names = z.enum(Object.keys(objectives) as [string, ...string[]], { error });
  return (paths === null ? names : (z.union([names, paths]) as unknown as typeof names)).describe(doc);
}

const boundSchema = (end: string) =>
  z
    .union([z.number(), z.literal('start')], {
      error: message(
        "expected a number, or start for what the config's own start values have",
        `the ${end} that a metric may be`,
      ),
    })
    .optional()
    .describe(`the ${end} that the metric's mean over windows may have, or start: that of the start values`);

/** One of the constraints of an objective. */
const constraintSection = strict('what is to hold besides the objective', {
  metric: z
    .string({ error: message('expected the name of an objective, or of what the system shows', 'metric') })
    .describe('an objective, or a number that the system shows, at the last row of a window'),
  atMost: boundSchema('most'),
  atLeast: boundSchema('least'),
  within: optionalNumber('what the bound may be missed by; default: a thousandth of it', { above: 0 }),
});

export const OVERS = ['mean', 'min', 'softmin', 'cvar'] as const;

/** The objective section; what is maximised and what is charged for are objectives of the registry. */
export function objectiveSection(registry: Registry, paths: z.ZodType | null = null) {
  const penalty = strict('a price on risk or trading', {
    kind: objectiveName('what is charged for', registry, paths),
    weight: number('penalty per unit of what is charged for', 1, { min: 0 }),
  });
  return section('what training maximises', {
    kind: objectiveName('what is maximised', registry, paths).default(DEFAULT_OBJECTIVE),
    penalty: penalty.optional(),
    constraints: z
      .array(constraintSection, {
        error: message('expected a list of constraints', 'such as [{metric: client_cost, …}]'),
      })
      .optional()
      .describe('what is to hold besides, kept by an augmented Lagrangian (docs/training.md)'),
    over: choice("how the scores of a set's windows become one", OVERS, 'mean'),
    temperature: optionalNumber('with over: softmin: how far it is from the worst window, in units of the score', {
      above: 0,
    }),
    worst: optionalNumber('with over: cvar: the share of the windows that counts', { above: 0, max: 1 }),
  });
}

const share = (part: string, fallback: number) =>
  number(`share of the rows for ${part}; the three add up to 1`, fallback, { min: 0, max: 1 });

export const splitSection = section('the split of the data in time, in this order', {
  train: share('training', 0.6),
  validation: share('choosing among the sets', 0.2),
  test: share('the held-out figures', 0.2),
  burnInDays: time('days of prices before the training split, for the estimators', 10, { min: 0 }, 'days'),
});

export const OPTIMIZERS = ['adam', 'adamw', 'sgd'] as const;
export const SCHEDULES = ['constant', 'linear', 'cosine', 'exponential'] as const;
export const STARTS = ['random', 'sobol', 'latin-hypercube'] as const;

const lanes = {
  sets: number('parameter sets trained side by side', 8, { min: 1, whole: true }),
  windows: number('random windows, or scenarios, of each iteration', 4, { min: 1, whole: true }),
};

const optimisation = {
  iterations: number('optimiser steps at most', 100, { min: 1, whole: true }),
  optimizer: choice('optimiser', OPTIMIZERS, 'adam'),
  learningRate: number('step size in raw parameters', 0.05, { above: 0 }),
  momentum: number('momentum of sgd', 0.9, { min: 0, below: 1 }),
  beta2: number('memory of adam and adamw for squares of gradients', 0.999, { min: 0, below: 1 }),
  weightDecay: number('decay of adamw towards the start values of the config', 0.01, { min: 0 }),
  schedule: choice('course of the learning rate', SCHEDULES, 'cosine'),
  warmup: number('iterations in which the learning rate rises from 0', 0, { min: 0, whole: true }),
  clipNorm: number('largest norm of the gradient of a set', 10, { above: 0 }),
  starts: choice('how the sets are spread over their start values', STARTS, 'sobol'),
  spread: number('width of that spread in raw parameters; set 0 starts at the values themselves', 0.5, { min: 0 }),
  seed: number('seed of starts and windows', 1, { min: 0, max: 2 ** 32 - 1, whole: true }),
  validateEvery: number('iterations between validations', 10, { min: 1, whole: true }),
  patience: number('validations without a better one before training stops; 0: never', 5, { min: 0, whole: true }),
  checkpointEvery: number('iterations between checkpoints', 10, { min: 1, whole: true }),
};

/** On recorded data. */
export const trainSection = section('how to train', {
  ...lanes,
  windowDays: time('length of a window in days', 20, { above: 0 }, 'days'),
  ...optimisation,
});

/** On scenarios, which have a length of their own. */
export const scenarioTrainSection = section('how to train', { ...lanes, ...optimisation });

export const runSection = section('where to run', {
  device: z
    .string({ error: ({ input }) => deviceMessage(input) })
    .regex(DEVICE_PATTERN, { error: ({ input }) => deviceMessage(input) })
    .default('auto')
    .describe(DEVICE_NAMES),
  precision: required(
    'what training computes in (default: the device’s own, float64; of tfjs float32)',
    PRECISIONS,
  ).optional(),
  threads: number('threads of the wasm target; 0: all cores', 0, { min: 0, max: 1024, whole: true }),
  memory: memory('bound on the memory of a training step').default('2GB'),
  route: choice('how a rule is computed: step by step, or on tfjs all steps at once', ROUTES, 'auto'),
});

/** The keys of sections, so that a key in the wrong place can be sent home. */
export const sectionKeys: Sections = Object.fromEntries(
  Object.entries({
    data: dataSection.shape,
    split: splitSection.def.innerType.shape,
    train: trainSection.def.innerType.shape,
    run: runSection.def.innerType.shape,
  }).map(([name, shape]) => [name, Object.keys(shape)]),
);
