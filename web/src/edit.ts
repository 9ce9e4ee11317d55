/** Floor 7. Changes of the config by the form: one parameter or setting of a section at a time, whatever form it was given in. */
import type { ParameterField } from './engine/models.js';
import { type Section, sectionOf, setSection } from './state.js';

type Spec = { readonly value?: unknown; readonly raw?: unknown; readonly train?: boolean; readonly bounds?: unknown };

const isMap = (x: unknown): x is Readonly<Record<string, unknown>> =>
  typeof x === 'object' && x !== null && !Array.isArray(x);

const SPEC_KEYS = ['value', 'raw', 'train', 'bounds', 'series'];

/** What the config says of a parameter, apart from its value; by assets or as a bare number it says nothing. */
function specOf(given: unknown, labels: readonly string[]): Spec {
  const isSpec = isMap(given) && !Object.keys(given).some((key) => labels.includes(key));
  return isSpec && Object.keys(given).every((key) => SPEC_KEYS.includes(key)) ? given : { value: given };
}

/** The values that the config has now, where they are plain numbers: a form is one answer behind while a slider is dragged. */
export function valuesNow(section: string, { key, labels, value }: ParameterField): readonly number[] {
  const given = specOf(sectionOf(section)[key], labels).value;
  if (typeof given === 'number') return value.map(() => given);
  if (Array.isArray(given) && given.length === value.length && given.every((x) => typeof x === 'number')) return given;
  if (isMap(given) && labels.every((label) => typeof given[label] === 'number')) {
    return labels.map((label) => given[label] as number);
  }
  return value;
}

/** Specs of parameters that were said to train, at values from which no gradient leads: they train again once they are elsewhere. */
const held = new WeakSet<object>();

/** Whether no gradient leads from the value that the config has now, so that it cannot train. */
export const isDeadEnd = (section: string, field: ParameterField): boolean =>
  valuesNow(section, field).some((x) => field.deadEnds.includes(x));

/**
 * Puts values in the place of those of a parameter; whether it trains, and its bounds, stay. Where no gradient leads from a
 * value, it does not train as long as it is there.
 */
export function setValues(section: string, field: ParameterField, values: readonly number[]): void {
  const before = specOf(sectionOf(section)[field.key], field.labels);
  const { raw: _raw, value: _value, train: said, ...others } = before;
  const train = held.has(before) ? true : said;
  const isHeld = train === true && values.some((x) => field.deadEnds.includes(x));
  const value = field.labels.length === 0 ? values[0] : [...values];
  const spec: Spec = { value, ...(train === undefined || isHeld ? {} : { train }), ...others };
  if (isHeld) held.add(spec);
  put(section, field.key, !isHeld && Object.keys(spec).length === 1 ? value : spec);
}

/** Whether it trains as the config has it now; where that says nothing, as the form has it. */
export const trainNow = (section: string, { key, labels, train }: ParameterField): boolean =>
  specOf(sectionOf(section)[key], labels).train ?? train;

/** Says whether a parameter trains. */
export const setTrain = (section: string, field: ParameterField, train: boolean): void =>
  specify(section, field, ({ bounds }) => ({ train, bounds }));

/** The bounds that the config has now, where they are plain numbers, right or wrong; null where it has none. */
export function boundsNow(section: string, { key, labels, bounds }: ParameterField): readonly [number, number] | null {
  const given = specOf(sectionOf(section)[key], labels).bounds;
  if (given === undefined) return null;
  const isPlain = Array.isArray(given) && given.length === 2 && given.every((x) => typeof x === 'number');
  return isPlain ? [given[0], given[1]] : bounds;
}

/** Bounds a parameter's training; null: by its range alone. */
export const setBounds = (section: string, field: ParameterField, bounds: readonly [number, number] | null): void =>
  specify(section, field, ({ train }) => ({ train, bounds: bounds ?? undefined }));

/** Says anew how a parameter trains; its value stays as it is given. */
function specify(
  section: string,
  field: ParameterField,
  change: (given: Spec) => Pick<Spec, 'train' | 'bounds'>,
): void {
  const given = specOf(sectionOf(section)[field.key], field.labels);
  const values = valuesNow(section, field);
  const start =
    given.raw === undefined ? { value: field.labels.length === 0 ? values[0] : [...values] } : { raw: given.raw };
  const spec: Spec = Object.fromEntries(
    Object.entries({ ...start, ...change(given) }).filter(([, x]) => x !== undefined),
  );
  if (held.has(given) && spec.train === undefined) held.add(spec);
  put(section, field.key, spec);
}

/** Leaves a parameter or a setting to its default. */
export function leaveOut(section: string, key: string): void {
  const { [key]: _, ...rest } = sectionOf(section);
  setSection(section, rest as Section);
}

export const put = (section: string, key: string, value: unknown): void =>
  setSection(section, { ...sectionOf(section), [key]: value });

/** The assets that the config names; null where it takes all. */
export function assetsChosen(): readonly string[] | null {
  const { assets } = sectionOf('data');
  return Array.isArray(assets) ? assets : null;
}

/** Takes these assets of those that there are; all are none named. */
export const chooseAssets = (assets: readonly string[], available: readonly string[]): void =>
  setSection('data', assets.length === available.length ? null : { assets });

/** Takes another model for a section: what the sections of both mean alike stays, the fee of a pool for one. */
export function takeKind(
  section: string,
  kind: string | null,
  { kept = [], start = {} }: { readonly kept?: readonly string[]; readonly start?: Section } = {},
): void {
  if (kind === null) {
    setSection(section, null);
    return;
  }
  const before = sectionOf(section);
  if (before.kind === kind) return;
  const shared = Object.fromEntries(Object.entries(before).filter(([key]) => kept.includes(key)));
  setSection(section, { ...start, ...shared, kind });
}
