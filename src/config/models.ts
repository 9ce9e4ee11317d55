/** Floor 4. A section that names a model: what `kind` says, its settings and its parameters. */
import { z } from 'zod';
import { type Clock, MINUTES } from '../rollout/clock.js';
import type { Parameter, Parameters, Setting, Settings } from '../rollout/model.js';
import { blocksSection } from './blocks.js';
import { ConfigError, check, message, type Path, type Sections, show } from './explain.js';
import { number, strict } from './fields.js';
import {
  type ParameterContext,
  parameterSchema,
  type ResolvedParameter,
  resolveParameter,
  settingNumber,
  settingSchema,
} from './parameters.js';
import { missedName, own } from './registry.js';

/** What has a name, by which its parameters are known. */
export interface Named {
  readonly name: string;
}

/** What all models with settings and parameters have in common. */
export interface Declaration extends Named {
  readonly doc: string;
  readonly settings?: Settings;
  readonly parameters: Parameters | ((settings: Readonly<Record<string, number>>) => Parameters);
}

/** A model, or a part of one, whose parameters are known by its name. */
export interface ResolvedPart {
  /** Where the config has it. */
  readonly section: string;
  readonly model: Named;
  readonly declared: Parameters;
  /** By the parameter's key, without the model's name. */
  readonly parameters: Readonly<Record<string, ResolvedParameter>>;
}

export interface ResolvedModel<M extends Named> extends ResolvedPart {
  readonly model: M;
  /** As the config names it: a name of the registry, or a path. */
  readonly kind: string;
  readonly settings: Readonly<Record<string, number>>;
  /** The section with everything filled in. */
  readonly plain: Readonly<Record<string, unknown>>;
}

/** Keys of a section that are not the model's. */
export const poolFields = {
  blocks: blocksSection,
  value: number('pool value at the start of a window, in the numéraire', 1_000_000, { above: 0 }),
  supply: z
    .string({ error: message('expected the name of a series of the dataset', 'shares of the pool that are out') })
    .optional()
    .describe('series of the shares of the pool that are out: gas and trades are shared by them'),
  trades: z
    .boolean({ error: message('expected true or false', 'true executes the trades of the dataset') })
    .default(false)
    .describe('whether the pool executes the trades that `data attach --trades` put into the dataset'),
};

export const parametersAt = (d: Declaration, settings: Readonly<Record<string, number>>): Parameters =>
  typeof d.parameters === 'function' ? d.parameters(settings) : d.parameters;

const settingShape = (d: Declaration, clock?: Clock): z.ZodRawShape =>
  Object.fromEntries(Object.entries(d.settings ?? {}).map(([name, s]) => [name, settingSchema(s, clock)]));

const defaultSettings = ({ settings = {} }: Declaration): Record<string, number> =>
  Object.fromEntries(Object.entries(settings).map(([name, s]) => [name, s.default]));

/** The parameters at the default settings. */
export const defaultParameters = (d: Declaration): Parameters => parametersAt(d, defaultSettings(d));

/** The parameters at the default settings, and those that any other choice of one setting adds. */
export function possibleParameters(d: Declaration): Parameters {
  const settings = Object.entries(d.settings ?? {});
  const defaults = defaultSettings(d);
  const choices = settings.flatMap(([name, s]) => Object.values(s.choices ?? {}).map((value) => ({ [name]: value })));
  const added = choices.map((choice) => parametersAt(d, { ...defaults, ...choice }));
  return Object.assign({}, ...added, parametersAt(d, defaults));
}

/** The section of one model, all forms spelt out, for editors. */
export function modelSchema(kind: z.ZodType, d: Declaration, fields: z.ZodRawShape): z.ZodObject {
  const ofPool = fields === poolFields;
  const parameters = Object.entries(possibleParameters(d)).map(([name, p]) => {
    const schema = parameterSchema(p, ofPool);
    return [name, Number.isNaN(p.default) ? schema : schema.optional()] as const;
  });
  return strict(d.doc, { kind, ...fields, ...settingShape(d), ...Object.fromEntries(parameters) });
}

/** The model that `kind` names. */
function findModel<M>(at: Path, kind: unknown, models: Readonly<Record<string, M>>): M {
  const found = typeof kind === 'string' ? own(models, kind) : undefined;
  if (found !== undefined) return found;
  const { expected, hint } = missedName(kind, models, OWN_FILES[at.at(-1) as string]);
  throw new ConfigError([...at, 'kind'], `${expected}, got ${show(kind)}; ${hint}`);
}

/** Files of models of one's own, by section, as errors give examples of them. */
const OWN_FILES: Readonly<Record<string, string>> = {
  pool: './my-pool.js',
  feeLaw: './my-law.js',
  rule: './my-rule.js',
  flow: './my-flow.js',
  system: './my-system.js',
  model: './my-source.js',
};

/** The section at a place of a config resolved against its model. Throws a ConfigError. */
export function resolveModel<M extends Declaration>(
  at: Path,
  raw: Readonly<Record<string, unknown>>,
  models: Readonly<Record<string, M>>,
  fields: z.ZodRawShape,
  context: ParameterContext,
  sections: Sections,
): ResolvedModel<M> {
  const model = findModel(at, raw.kind, models);
  const shape = settingShape(model, context.clock ?? MINUTES);
  const named = Object.keys(shape).filter((key) => Object.hasOwn(raw, key));
  const given = check(z.object(shape), Object.fromEntries(named.map((key) => [key, raw[key]])), at);
  const declared = model.settings ?? {};
  const settings = Object.fromEntries(
    Object.entries(declared).map(([key, s]) => [key, settingNumber(s, given[key] as number | string | boolean)]),
  );
  const parameters = parametersAt(model, settings);
  checkSwitches(at, model, settings, parameters, Object.keys(raw));
  const unchecked = Object.fromEntries(Object.keys(parameters).map((key) => [key, z.unknown().optional()]));
  // the settings have been checked: this finds unknown keys, and checks the section's own fields
  const whole = check(strict(model.doc, { kind: z.string(), ...fields, ...shape, ...unchecked }), raw, at, sections);
  const resolved = Object.fromEntries(
    Object.entries(parameters).map(([key, p]) => [key, resolveParameter([...at, key], p, raw[key], context)]),
  );
  return {
    section: at.join('.'),
    model,
    kind: whole.kind as string,
    settings,
    declared: parameters,
    parameters: resolved,
    plain: {
      ...Object.fromEntries(Object.entries(whole).filter(([key]) => !isOfData(declared[key], raw[key]))),
      ...Object.fromEntries(
        Object.entries(resolved).map(([key, p]) => [key, plainParameter(p, parameters[key].shape)]),
      ),
    },
  };
}

/** Whether a setting was left to the data, which is for those to say that come next. */
const isOfData = (setting: Setting | undefined, given: unknown): boolean =>
  setting?.stepByDefault === true && given === undefined;

/** Refuses parameters that the model would have with another choice of one of its settings. */
function checkSwitches(
  at: Path,
  model: Declaration,
  settings: Readonly<Record<string, number>>,
  present: Parameters,
  keys: readonly string[],
): void {
  const switches = Object.entries(model.settings ?? {}).map(([name, { choices = {} }]) => ({
    name,
    is: Object.keys(choices).find((word) => choices[word] === settings[name]),
    adds: Object.entries(choices).map(([word, value]) => ({
      word,
      parameters: parametersAt(model, { ...settings, [name]: value }),
    })),
  }));
  for (const key of keys) {
    if (Object.hasOwn(present, key)) continue;
    for (const { name, is, adds } of switches) {
      const wanted = adds.find(({ parameters }) => Object.hasOwn(parameters, key));
      if (wanted === undefined) continue;
      throw new ConfigError(
        [...at, key],
        `expected ${name}: ${wanted.word} with it, got ${name}: ${is}; add ${name}: ${wanted.word}, or take ${key} out`,
      );
    }
  }
}

/** A parameter with everything filled in, which resolved again is the same. */
export function plainParameter(p: ResolvedParameter, shape: Parameter['shape']) {
  if (p.series !== undefined) return { series: p.series };
  const plain = (numbers: readonly number[]) => (shape === 'scalar' ? numbers[0] : [...numbers]);
  const start = p.raw === undefined ? { value: plain(p.value) } : { raw: plain(p.raw) };
  return { ...start, train: p.train, ...(p.bounds === null ? {} : { bounds: [...p.bounds] }) };
}
