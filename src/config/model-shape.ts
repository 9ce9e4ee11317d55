/** Floor 4. What a file has to export to be a model of one's own: checked once, in words, before anything runs on it. */
import { z } from 'zod';
import { pathSettings } from '../../kernels/weights/guardrail.js';
import type { Parameters, Settings } from '../rollout/model.js';
import { type Declaration, defaultParameters, possibleParameters } from './models.js';
import type { Registry } from './registry.js';

/** Kinds of models that a config may name by their files. */
export type ModelKind = keyof Registry;

interface Shape {
  /** `a rule` */
  readonly what: string;
  /** The page that tells how to write one. */
  readonly page: string;
  /** Members that have to be functions. */
  readonly functions: readonly string[];
  /** Those of another form of it, told by the first. */
  readonly otherwise?: readonly string[];
  /** Members that stand in for what the file leaves out; settings are added to its own. */
  readonly defaults: { readonly settings?: Settings; readonly [member: string]: unknown };
}

export const MODEL_KINDS: Readonly<Record<ModelKind, Shape>> = {
  pools: {
    what: 'a pool model',
    page: 'docs/add-a-pool.md',
    functions: ['parameters', 'init', 'reserves', 'value', 'arbitrage', 'orderCost', 'scale'],
    defaults: { weights: 'none', settings: {} },
  },
  feeLaws: {
    what: 'a fee law',
    page: 'docs/add-a-flow.md',
    functions: ['init', 'fee', 'step'],
    defaults: { parameters: {} },
  },
  rules: {
    what: 'a rule',
    page: 'docs/add-a-rule.md',
    functions: ['parameters', 'init', 'step'],
    // the clock and the guard rails, which every pool with a rule reads
    defaults: { settings: pathSettings },
  },
  flows: {
    what: 'a flow',
    page: 'docs/add-a-flow.md',
    functions: ['volume', 'orderSize'],
    otherwise: ['trade', 'init', 'arbitrage'],
    defaults: { parameters: {} },
  },
  systems: {
    what: 'a system',
    page: 'docs/add-a-system.md',
    functions: ['parameters', 'run'],
    defaults: { settings: {}, reads: [], observes: {} },
  },
  sources: {
    what: 'a source',
    page: 'docs/add-a-system.md',
    functions: ['parameters', 'run'],
    // what no row has is told by who reads it
    defaults: { settings: {}, rows: {} },
  },
  objectives: {
    what: 'an objective',
    page: 'docs/add-an-objective.md',
    functions: ['score'],
    defaults: { every: 0 },
  },
};

const range = z.tuple([z.number(), z.number()], 'range: [least, greatest]');
const doc = z.string('doc: a sentence');
const callable = (name: string) => z.custom<unknown>((value) => typeof value === 'function', `${name}: a function`);

const parameter = z.looseObject({
  shape: z.union([z.enum(['scalar', 'asset', 'pair']), z.array(z.string())], {
    error: "shape: 'scalar', 'asset', 'pair' or a list of labels",
  }),
  transform: z.looseObject(
    {
      name: z.string('transform.name: a name'),
      apply: callable('transform.apply'),
      forward: callable('transform.forward'),
      inverse: callable('transform.inverse'),
    },
    'transform: one such as sigmoid',
  ),
  range,
  unit: z.string("unit: a text, '1' for none"),
  default: z.number('default: a number').or(z.nan()),
  trainable: z.boolean('trainable: true or false'),
  role: z.enum(['fee', 'amount', 'memory'], "role: 'fee', 'amount' or 'memory'").optional(),
  doc,
});

/** What an objective looks at. */
const reads = z.array(z.string()).min(1);

const setting = z.looseObject({ range, default: z.number('default: a number'), doc });

/**
 * The model that a file exports, with what it may leave out. `refuse` makes an error of what came in the place of one.
 *
 * @param exported its default export
 */
export function completeModel(
  exported: unknown,
  kind: ModelKind,
  refuse: (got: string) => Error,
): { readonly name: string } {
  const { functions, otherwise = [], defaults } = MODEL_KINDS[kind];
  if (exported === undefined) throw refuse('no default export');
  if (typeof exported !== 'object' || exported === null) throw refuse(`a ${typeof exported}`);
  const given = flattened(exported);
  if (typeof given.name !== 'string' || !/^[\w-]+$/.test(given.name)) {
    throw refuse(
      given.name === undefined ? 'one without name' : `the name ${JSON.stringify(given.name)}, which is no word`,
    );
  }
  const wanted = otherwise.length > 0 && given[otherwise[0]] !== undefined ? otherwise : functions;
  const missing = wanted.find((name) => typeof given[name] !== 'function');
  if (missing !== undefined) throw refuse(`one without ${missing}`);
  const { settings, ...others } = defaults;
  const model: Record<string, unknown> = {
    doc: given.name,
    ...others,
    ...given,
    ...(settings === undefined ? {} : { settings: { ...settings, ...(given.settings as Settings | undefined) } }),
  };
  checkEach(model.settings ?? {}, setting, 'setting', refuse);
  if (kind !== 'objectives')
    checkEach(parametersOf(model as unknown as Declaration, refuse), parameter, 'parameter', refuse);
  else {
    if (!Number.isInteger(model.every) || (model.every as number) < 0) {
      throw refuse(`every: ${model.every}, which is no number of minutes`);
    }
    if (!reads.safeParse(model.reads).success) throw refuse("one without reads, such as reads: ['value']");
  }
  return model as { readonly name: string };
}

/** The members of an object, those of its class among them. */
function flattened(model: object): Record<string, unknown> {
  const members: Record<string, unknown> = {};
  for (let o: object | null = model; o !== null && o !== Object.prototype; o = Object.getPrototypeOf(o)) {
    for (const key of Object.getOwnPropertyNames(o)) {
      if (key === 'constructor' || Object.hasOwn(members, key)) continue;
      const value = (model as Record<string, unknown>)[key];
      members[key] = typeof value === 'function' && o !== model ? value.bind(model) : value;
    }
  }
  return members;
}

function parametersOf(model: Declaration, refuse: (got: string) => Error): Parameters {
  try {
    const declared: unknown = defaultParameters(model);
    return typeof declared === 'object' && declared !== null ? possibleParameters(model) : (declared as Parameters);
  } catch (error) {
    throw refuse(`parameters that cannot be made: ${String((error as Error)?.message ?? error).split('\n')[0]}`);
  }
}

function checkEach(declared: unknown, schema: z.ZodType, what: string, refuse: (got: string) => Error): void {
  if (typeof declared !== 'object' || declared === null) throw refuse(`${what}s that are no map`);
  for (const [name, entry] of Object.entries(declared)) {
    if (!/^\w+$/.test(name)) throw refuse(`the ${what} ${JSON.stringify(name)}, whose name is no word`);
    const result = schema.safeParse(entry);
    if (!result.success) throw refuse(`the ${what} ${name} without ${result.error.issues[0].message}`);
  }
}
