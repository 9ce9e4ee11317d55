/** Floor 5. Which columns train and between which raw bounds, from what the config says of parameters by name. */
import { UserError } from '../errors.js';
import { type LayoutEntry, type ParameterLayout, trainedRange } from '../rollout/layout.js';

/** Bounds of a parameter's values (not raws); every asset's has the same. */
export interface ValueBounds {
  readonly low?: number;
  readonly high?: number;
}

/** Raw bounds [columns] each, ±Infinity where no end of a range can be reached. */
export interface RawBounds {
  readonly low: Float64Array;
  readonly high: Float64Array;
}

/**
 * Raw bounds from bounds of values by parameter name, within what training keeps to anyway (`trainedRange`), for a config takes
 * no value beyond it. All transforms of single numbers ascend, so the ends stay ends.
 *
 * Throws a UserError for an unknown parameter, for one on the simplex, for bounds that no value has, and where low > high.
 */
export function rawBounds(layout: ParameterLayout, bounds: Readonly<Record<string, ValueBounds>>): RawBounds {
  const low = new Float64Array(layout.columns).fill(-Infinity);
  const high = new Float64Array(layout.columns).fill(Infinity);
  for (const { parameter, column, size } of layout.entries) {
    if (parameter.transform.simplex === true) continue;
    const [from, to] = trainedRange(parameter).map((end) => parameter.transform.inverse([end])[0]);
    if (!Number.isNaN(from)) low.fill(from, column, column + size);
    if (!Number.isNaN(to)) high.fill(to, column, column + size);
  }
  for (const [name, { low: from, high: to }] of Object.entries(bounds)) {
    const entry = layout.entry(name);
    if (entry.parameter.transform.simplex === true) {
      throw new UserError(
        `bounds: ${name} lies on the simplex (its values add up to 1) and cannot be bounded one by one; freeze it, or use the minimum weight of the rule`,
      );
    }
    if (from !== undefined && to !== undefined && !(from < to)) {
      throw new UserError(`bounds: ${name}: low < high was expected, got ${from} and ${to}; swap or widen them`);
    }
    if (from !== undefined) narrow(low, entry, from, Math.max);
    if (to !== undefined) narrow(high, entry, to, Math.min);
  }
  return { low, high };
}

/** Puts the raw numbers of a bound in the place of a parameter's ends, where they are the inner ones. */
function narrow(ends: Float64Array, entry: LayoutEntry, value: number, inner: (a: number, b: number) => number): void {
  for (const [i, raw] of rawValues(entry, value).entries()) {
    ends[entry.column + i] = inner(raw, ends[entry.column + i]);
  }
}

function rawValues(entry: LayoutEntry, value: number): number[] {
  const raw = entry.parameter.transform.inverse(new Array(entry.size).fill(value));
  if (raw.some(Number.isNaN)) {
    const [from, to] = entry.parameter.range;
    throw new UserError(`bounds: ${entry.name}: a value from ${from} to ${to} was expected, got ${value}`);
  }
  return raw;
}

/** 1 for each column that trains: the parameter's own choice unless `overrides` names it. UserError for unknown names. */
export function trainableColumns(layout: ParameterLayout, overrides: Readonly<Record<string, boolean>>): Uint8Array {
  const mask = new Uint8Array(layout.columns);
  for (const name of Object.keys(overrides)) layout.entry(name);
  for (const { name, parameter, column, size } of layout.entries) {
    mask.fill((overrides[name] ?? parameter.trainable) ? 1 : 0, column, column + size);
  }
  return mask;
}
