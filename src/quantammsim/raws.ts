/**
 * Floor 5. Raw parameters of the Python simulator (its result files, and our reference cases) as ours and ours as theirs,
 * and gradients by ours as gradients by theirs.
 *
 * Theirs name the transform in the name (log_ and raw_: 2^x, but raw_exponents: squareplus;
 * sp_: squareplus; logit_: logistic; none: the value itself); ours have one
 * transform a parameter. Where the two differ the value is carried over, and gradients by the derivatives of both.
 */
import { own } from '../config/registry.js';
import type { LayoutEntry, ParameterLayout } from '../rollout/layout.js';

/** Raw parameters by their names. */
export type RawParameters = Readonly<Record<string, readonly number[]>>;

/** A value, its derivative by the raw number, and the raw number of a value. */
interface Form {
  readonly value: (x: number) => number;
  readonly slope: (x: number) => number;
  readonly inverse: (y: number) => number;
}

const powerOfTwo: Form = { value: (x) => 2 ** x, slope: (x) => Math.LN2 * 2 ** x, inverse: Math.log2 };
const root = (x: number) => Math.sqrt(x * x + 4);
const squareplus: Form = {
  value: (x) => (x < 0 ? 2 / (root(x) - x) : (x + root(x)) / 2),
  slope: (x) => squareplus.value(x) / root(x),
  inverse: (y) => y - 1 / y,
};
const logistic: Form = {
  value: (x) => 1 / (1 + Math.exp(-x)),
  slope: (x) => logistic.value(x) * logistic.value(-x),
  inverse: (y) => Math.log(y / (1 - y)),
};
const plain: Form = { value: (x) => x, slope: () => 1, inverse: (y) => y };

/** Our transforms that theirs have other forms of. */
const ours: Readonly<Record<string, Form>> = {
  '2^x': powerOfTwo,
  squareplus,
  'squareplus, at least 1': squareplus,
};

interface Meaning {
  /** Our parameter, without the rule's name; several take the same raw number, added to what others give. */
  readonly keys: readonly string[];
  /** null: our raw number itself. */
  readonly form: Form | null;
}

const of = (key: string, form: Form | null): Meaning => ({ keys: [key], form });

/** What they call the parameters of all rules … */
const MEANINGS: Readonly<Record<string, Meaning>> = {
  logit_lamb: of('memoryDays', null),
  log_k: of('k', powerOfTwo),
  sp_k: of('k', squareplus),
  k: of('k', plain),
  sp_exponents: of('exponent', squareplus),
  raw_exponents: of('exponent', squareplus),
  sp_pre_exp_scaling: of('scale', squareplus),
  logit_pre_exp_scaling: of('scale', logistic),
  raw_pre_exp_scaling: of('scale', powerOfTwo),
  sp_amplitude: of('amplitude', squareplus),
  log_amplitude: of('amplitude', powerOfTwo),
  sp_width: of('width', squareplus),
  raw_width: of('width', powerOfTwo),
};

/** … and where one of minimum variance differs: the second memory is the first and a difference. */
const OF_RULE: Readonly<Record<string, Readonly<Record<string, Meaning>>>> = {
  'minimum-variance': {
    logit_lamb: { keys: ['memoryDays', 'mixingMemoryDays'], form: null },
    logit_delta_lamb: of('mixingMemoryDays', null),
  },
};

/** Always present; without an effect where a rule has no second memory. */
export const IDLE = 'logit_delta_lamb';
export const WEIGHTS = 'initial_weights_logits';

const meaningOf = (rule: string, name: string): Meaning | undefined =>
  own(own(OF_RULE, rule) ?? {}, name) ?? own(MEANINGS, name);

/** A raw parameter that this build cannot read, or null. */
export function unknownParameter(params: RawParameters, rule: string, layout: ParameterLayout): string | null {
  const known = (name: string) => {
    const meaning = meaningOf(rule, name);
    if (meaning === undefined) return name === WEIGHTS || (name === IDLE && params[name].every((x) => x === 0));
    return meaning.keys.every((key) => layout.entries.some((e) => e.name === `${rule}.${key}`));
  };
  return Object.keys(params).find((name) => !known(name)) ?? null;
}

/** What the parameter `name` of the rule is, by our name without the rule's; undefined where it is none that they train. */
export const keyOf = (rule: string, name: string): string | undefined => meaningOf(rule, name)?.keys[0];

/** Half the gradient scale where none is given. */
const SCALE = 0.5;

/** Our raw parameters of theirs. */
export function rawOf(params: RawParameters, rule: string, layout: ParameterLayout): Float64Array {
  const raw = new Float64Array(layout.columns);
  const scale = layout.entries.find((e) => e.name === `${rule}.scale`);
  if (scale !== undefined) raw.set(scale.parameter.transform.inverse(new Array(scale.size).fill(SCALE)), scale.column);
  raw.set(params[WEIGHTS], layout.entry('tfmm.initialWeights').column);
  for (const [name, theirs] of Object.entries(params)) {
    const meaning = meaningOf(rule, name);
    for (const key of meaning?.keys ?? []) {
      const e = layout.entry(`${rule}.${key}`);
      theirs.forEach((x, i) => {
        raw[e.column + i] = meaning?.form == null ? raw[e.column + i] + x : converted(e, meaning.form, x);
      });
    }
  }
  return raw;
}

const converted = (e: LayoutEntry, form: Form, x: number): number =>
  ours[e.parameter.transform.name] === form ? x : e.parameter.transform.inverse([form.value(x)])[0];

/** The raw parameter `name` of theirs from ours of the layout entry that it means. */
export function theirsOf(rule: string, name: string, e: LayoutEntry, raw: readonly number[]): number[] {
  const form = meaningOf(rule, name)?.form ?? null;
  if (form === null || ours[e.parameter.transform.name] === form) return [...raw];
  return e.parameter.transform.forward(raw).map(form.inverse);
}

/** Our gradient by the raw parameter `name` of theirs; null where it is not read. */
export function gradientBy(
  params: RawParameters,
  rule: string,
  name: string,
  layout: ParameterLayout,
  raw: Float64Array,
  gradient: Float64Array,
): number[] | null {
  const meaning = meaningOf(rule, name);
  if (meaning === undefined) return null;
  return params[name].map((x, i) =>
    meaning.keys.reduce((total, key) => {
      const e = layout.entry(`${rule}.${key}`);
      const own = ours[e.parameter.transform.name];
      const chain =
        meaning.form === null || own === meaning.form ? 1 : meaning.form.slope(x) / own.slope(raw[e.column + i]);
      return total + gradient[e.column + i] * chain;
    }, 0),
  );
}
