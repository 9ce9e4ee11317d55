/** Floor 5. The content of a checkpoint file, checked part by part and against itself. */
import { z } from 'zod';
import { type ArrayType, decodeArray } from './encoding.js';
import type { Slots } from './optimizer.js';

export const FORMAT = 'poolgrad-checkpoint';
/** Raised with every change that an older poolgrad would misread. */
export const VERSION = 1;

const array = <T extends ArrayType>(type: T) =>
  z.strictObject({ type: z.literal(type), data: z.string() }).transform(({ data }, context) => {
    const values = decodeArray(type, data);
    if (values === null)
      context.addIssue(`expected base64 of ${type} numbers, got ${data.length} characters that are not`);
    else if (values.some(Number.isNaN)) context.addIssue('expected numbers, got NaN among them');
    else return values;
    return z.NEVER;
  });

const count = z.number().int().nonnegative();

const history = z.strictObject({
  iteration: count,
  objective: z.number(),
  bestObjective: z.number(),
  validation: z.number().nullable(),
  learningRate: z.number(),
  gradientNorm: z.number(),
  violations: z.array(z.number()).optional(),
});

/** As they were when TensorFlow.js stepped the raws, with a count of steps that the state has itself. */
const listed = z
  .array(z.strictObject({ name: z.string(), values: array('float32') }))
  .transform((list) =>
    Object.fromEntries(list.filter(({ name }) => name !== 'iter').map((s) => [s.name, Float64Array.from(s.values)])),
  );

const slots = z.unknown().transform((given, context): Slots => {
  const parsed = (Array.isArray(given) ? listed : z.record(z.string(), array('float64'))).safeParse(given);
  if (parsed.success) return parsed.data;
  for (const { path, message } of parsed.error.issues) context.addIssue({ code: 'custom', path, message });
  return z.NEVER;
});

const state = z
  .strictObject({
    iteration: count,
    sets: count.min(1),
    seed: count.max(2 ** 32 - 1),
    raw: array('float64'),
    optimizer: z.string(),
    slots,
    multipliers: array('float64').optional(),
    history: z.array(history),
    best: z.strictObject({
      set: count,
      iteration: count,
      raw: array('float64'),
      validation: z.number(),
      excess: z.number().nonnegative().optional(),
    }),
    moved: array('uint8'),
    reseeded: count,
    finished: z.boolean(),
  })
  .superRefine(({ best, sets, iteration, history, slots }, context) => {
    const holds = {
      'expected the best set to be one of the sets': best.set < sets,
      'expected the best iteration to be one of those done': best.iteration <= iteration,
      // the iteration in which a run ended has been measured, and not stepped
      'expected history to have every iteration once, in order':
        (history.length === iteration || history.length === iteration + 1) &&
        history.every((h, i) => h.iteration === i),
      'expected slots of the optimiser from the first iteration on': iteration === 0 || Object.keys(slots).length > 0,
    };
    for (const [message, isSo] of Object.entries(holds)) if (!isSo) context.addIssue(message);
  });

export const checkpointSchema = z
  .strictObject({
    program: z.string(),
    config: z.record(z.string(), z.json()),
    // data that are drawn are all in the config
    dataset: z
      .strictObject({ path: z.string(), hash: z.string(), assets: z.array(z.string()), rows: count })
      .nullable(),
    code: z.array(z.strictObject({ path: z.string(), sha256: z.string().regex(/^[0-9a-f]{64}$/) })).optional(),
    layout: z.array(z.strictObject({ name: z.string(), size: count })),
    state,
  })
  .superRefine(({ layout, state: s }, context) => {
    const columns = layout.reduce((sum, { size }) => sum + size, 0);
    const lengths: [string, number, number][] = [
      ['raw', s.raw.length, columns * s.sets],
      ['best.raw', s.best.raw.length, columns],
      ['moved', s.moved.length, columns],
    ];
    for (const [name, got, wanted] of lengths) {
      if (got !== wanted) context.addIssue(`state.${name}: expected ${wanted} numbers, got ${got}`);
    }
  });
