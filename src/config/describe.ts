/** Floor 4. What models there are, as plain values for menus and sliders: settings and parameters as a config writes them. */
import type { Parameter, Setting } from '../rollout/model.js';
import { type Declaration, parametersAt } from './models.js';
import { settingNumber } from './parameters.js';
import type { Registry } from './registry.js';

/** A number, a word, or true and false; null where the config has to say it. */
export type Plain = number | string | boolean | null;

export interface SettingInfo {
  readonly doc: string;
  readonly default: Plain;
  readonly range: readonly [number, number];
  /** Set where only whole numbers make sense. */
  readonly whole: boolean;
  /** Of a time, the unit of its numbers; null of any other. */
  readonly time: string | null;
  /** The words that it may be; null of a number. */
  readonly choices: readonly string[] | null;
}

export interface ParameterInfo extends Pick<Parameter, 'doc' | 'unit' | 'range' | 'shape' | 'trainable'> {
  readonly default: number | null;
  readonly role: Parameter['role'] | null;
  /** How raw numbers become values: `2^x`, `logistic` … */
  readonly transform: string;
  /** Whether its values are shares that add up to 1. */
  readonly simplex: boolean;
  /** Whether training it makes sense with a flow only. */
  readonly needsFlow: boolean;
}

export interface ModelInfo {
  readonly kind: string;
  readonly doc: string;
  readonly settings: Readonly<Record<string, SettingInfo>>;
  /** Those that it has with the settings asked about. */
  readonly parameters: Readonly<Record<string, ParameterInfo>>;
  /** Of a pool: where its weights come from; null of anything else. */
  readonly weights: 'none' | 'constant' | 'rule' | null;
  /** Of a pool: the fewest and the most assets; null where it does not say. */
  readonly assets: readonly [number, number] | null;
}

/** A kind of models with parameters. */
export type Part = Exclude<keyof Registry, 'objectives'>;

/**
 * One model.
 *
 * @param given settings in the place of its defaults, as a config writes them
 */
export function describeModel(
  registry: Registry,
  part: Part,
  kind: string,
  given: Readonly<Record<string, number | string | boolean>> = {},
): ModelInfo {
  const model: Declaration = registry[part][kind];
  const pool = part === 'pools' ? registry.pools[kind] : null;
  const settings = model.settings ?? {};
  const numbers = Object.fromEntries(
    Object.entries(settings).map(([name, s]) => [name, settingNumber(s, given[name] ?? s.default)]),
  );
  return {
    kind,
    doc: model.doc,
    settings: mapped(settings, settingInfo),
    parameters: mapped(parametersAt(model, numbers), parameterInfo),
    weights: pool?.weights ?? null,
    assets: pool?.assets ?? null,
  };
}

/** All models with their default settings, and the objectives with their sentences. */
export const describeModels = (registry: Registry) => {
  const all = (part: Part) => Object.keys(registry[part]).map((kind) => describeModel(registry, part, kind));
  return {
    pools: all('pools'),
    feeLaws: all('feeLaws'),
    rules: all('rules'),
    flows: all('flows'),
    systems: all('systems'),
    sources: all('sources'),
    objectives: Object.values(registry.objectives).map(({ name, doc }) => ({ kind: name, doc })),
  };
};

const mapped = <A, B>(record: Readonly<Record<string, A>>, of: (a: A) => B): Record<string, B> =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, of(value)]));

function settingInfo(s: Setting): SettingInfo {
  const choices = s.choices === undefined ? null : Object.keys(s.choices);
  const word = choices?.find((name) => s.choices?.[name] === s.default);
  return {
    doc: s.doc,
    default: word ?? s.default,
    range: s.range,
    whole: s.whole === true,
    time: s.time ?? null,
    choices,
  };
}

const parameterInfo = (p: Parameter): ParameterInfo => ({
  doc: p.doc,
  unit: p.unit,
  range: p.range,
  shape: p.shape,
  trainable: p.trainable,
  default: Number.isNaN(p.default) ? null : p.default,
  role: p.role ?? null,
  transform: p.transform.name,
  simplex: p.transform.simplex === true,
  needsFlow: p.needsFlow === true,
});
