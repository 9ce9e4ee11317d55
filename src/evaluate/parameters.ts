/** Floor 5. Parameter sets with a few values changed, which the baselines and the sensitivity are made of. */

import { poolSeries } from '../pools/series.js';
import { feeKey, type PoolSpec } from '../pools/spec.js';
import { type LayoutEntry, type ParameterLayout, valuesOfRaws } from '../rollout/layout.js';

/** A copy of a raw column vector with the named parameters at these values (not raws). */
export function withValues(
  layout: ParameterLayout,
  raw: Float64Array,
  values: Readonly<Record<string, readonly number[]>>,
): Float64Array {
  const changed = raw.slice();
  for (const [name, value] of Object.entries(values)) {
    const { parameter, column } = layout.entry(name);
    changed.set(parameter.transform.inverse(value), column);
  }
  return changed;
}

/** The parameter `key` of the spec's pool, or undefined. */
export const poolEntry = (spec: PoolSpec, layout: ParameterLayout, key: string): LayoutEntry | undefined =>
  layout.entries.find((e) => e.name === `${spec.pool.name}.${key}`);

/** The parameter that is the pool's fee for every trade (HMM: the market fee), or undefined where there is none or it follows a series. */
export function feeEntry(spec: PoolSpec, layout: ParameterLayout): LayoutEntry | undefined {
  const key = feeKey(spec.pool, spec.pool.parameters(spec.settings));
  return key === null || poolSeries(spec).parameters[key] !== undefined ? undefined : poolEntry(spec, layout, key);
}

/** Whether the roll-out uses the pool's closed forms, which know no fee whatever the parameter says. */
export const usesClosedForm = (spec: PoolSpec): boolean =>
  spec.zeroFee && spec.flow === null && spec.pool.path !== undefined && spec.pool.zeroFee !== undefined;

/** The fee that a roll-out charges, a fraction of what is paid in. */
export function feeOf(spec: PoolSpec, layout: ParameterLayout, raw: Float64Array): number {
  const entry = feeEntry(spec, layout);
  return entry === undefined || usesClosedForm(spec) ? 0 : valuesOf(entry, raw)[0];
}

/** Values of one parameter. */
export const valuesOf = (entry: LayoutEntry, raw: Float64Array): number[] =>
  valuesOfRaws(entry.parameter, Array.from(raw.subarray(entry.column, entry.column + entry.size)));
