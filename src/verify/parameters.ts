/**
 * Floor 5. Raw parameters of the case files as ours, and gradients by ours as gradients by theirs.
 *
 * Theirs name the transform in the name (log_ and raw_: 2^x; sp_: squareplus; none: the value itself); ours have one
 * transform a parameter. Where the two differ the value is carried over, and gradients by the derivatives of both.
 */
import type { LayoutEntry, ParameterLayout } from '../rollout/layout.js';
import type { TfmmCase } from './cases.js';

/** A value and its derivative by the raw number. */
interface Form {
  readonly value: (x: number) => number;
  readonly slope: (x: number) => number;
}

const powerOfTwo: Form = { value: (x) => 2 ** x, slope: (x) => Math.LN2 * 2 ** x };
const root = (x: number) => Math.sqrt(x * x + 4);
const squareplus: Form = {
  value: (x) => (x < 0 ? 2 / (root(x) - x) : (x + root(x)) / 2),
  slope: (x) => squareplus.value(x) / root(x),
};
const plain: Form = { value: (x) => x, slope: () => 1 };

/** Slopes of our transforms that case files have other forms of. */
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

/** What the case files call the parameters of all rules … */
const MEANINGS: Readonly<Record<string, Meaning>> = {
  logit_lamb: of('memoryDays', null),
  log_k: of('k', powerOfTwo),
  sp_k: of('k', squareplus),
  k: of('k', plain),
  sp_exponents: of('exponent', squareplus),
  sp_pre_exp_scaling: of('scale', squareplus),
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

/** Present in all cases; without an effect where a rule has no second memory. */
const IDLE = 'logit_delta_lamb';
const WEIGHTS = 'initial_weights_logits';

const meaningOf = (rule: string, name: string): Meaning | undefined => OF_RULE[rule]?.[name] ?? MEANINGS[name];

/** A raw parameter of the case that this build cannot read, or null. */
export function unknownParameter(c: TfmmCase, rule: string, layout: ParameterLayout): string | null {
  const known = (name: string) => {
    const meaning = meaningOf(rule, name);
    if (meaning === undefined) return name === WEIGHTS || (name === IDLE && c.params[name].every((x) => x === 0));
    return meaning.keys.every((key) => layout.entries.some((e) => e.name === `${rule}.${key}`));
  };
  return Object.keys(c.params).find((name) => !known(name)) ?? null;
}

/** Half the gradient scale of a case that gives none. */
const SCALE = 0.5;

/** Our raw parameters of a case. */
export function rawOf(c: TfmmCase, rule: string, layout: ParameterLayout): Float64Array {
  const raw = new Float64Array(layout.columns);
  const scale = layout.entries.find((e) => e.name === `${rule}.scale`);
  if (scale !== undefined) raw.set(scale.parameter.transform.inverse(new Array(scale.size).fill(SCALE)), scale.column);
  raw.set(c.params[WEIGHTS], layout.entry('tfmm.initialWeights').column);
  for (const [name, theirs] of Object.entries(c.params)) {
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

/** Our gradient by the raw parameter `name` of the case; null where it is not read. */
export function gradientBy(
  c: TfmmCase,
  rule: string,
  name: string,
  layout: ParameterLayout,
  raw: Float64Array,
  gradient: Float64Array,
): number[] | null {
  const meaning = meaningOf(rule, name);
  if (meaning === undefined) return null;
  return c.params[name].map((x, i) =>
    meaning.keys.reduce((total, key) => {
      const e = layout.entry(`${rule}.${key}`);
      const own = ours[e.parameter.transform.name];
      const chain =
        meaning.form === null || own === meaning.form ? 1 : meaning.form.slope(x) / own.slope(raw[e.column + i]);
      return total + gradient[e.column + i] * chain;
    }, 0),
  );
}
