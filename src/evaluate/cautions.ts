/** Floor 5. What a reader of an evaluation must be told of the parameters: guards and bounds that bind. */
import { type LayoutEntry, type ParameterLayout, trainedRange } from '../rollout/layout.js';
import type { Bounds } from './input.js';
import { valuesOf } from './parameters.js';

/** Share of rule steps from which a guard that binds is worth a warning; below, it is only stated. */
const LOUD_GUARD = 0.01;
/** A trained value this close to a bound, as a part of it or of the room between the bounds, counts as being at it. */
const AT_BOUND = 1e-3;

const percent = (share: number): string => `${Number((share * 100).toPrecision(3))}%`;

/** One line a guard: how often it bound. */
export const guardFacts = (guards: Readonly<Record<string, number>>): [string, string][] =>
  Object.entries(guards).map(([name, share]) => [`${name} binds`, `in ${percent(share)} of the rule steps`]);

export function cautions(
  layout: ParameterLayout,
  raw: Float64Array,
  trainable: Uint8Array,
  { guards, bounds }: { guards: Readonly<Record<string, number>>; bounds: Bounds },
): string[] {
  const found: string[] = [];
  for (const [name, share] of Object.entries(guards)) {
    if (share < LOUD_GUARD) continue;
    found.push(
      `The guard ${name} binds in ${percent(share)} of the rule steps: there it steers the weights, not the rule.`,
    );
  }
  for (const e of trainedOf(layout, trainable)) found.push(...atBound(e, valuesOf(e, raw), bounds[e.name] ?? null));
  return found;
}

/** The parameters that were trained. */
export const trainedOf = (layout: ParameterLayout, trainable: Uint8Array): LayoutEntry[] =>
  layout.entries.filter((e) => isTrained(e, trainable));

/** Whether any entry of a parameter was trained. */
export const isTrained = (e: LayoutEntry, trainable: Uint8Array): boolean =>
  trainable.subarray(e.column, e.column + e.size).includes(1);

function atBound(e: LayoutEntry, values: readonly number[], bounds: readonly [number, number] | null): string[] {
  if (e.parameter.transform.simplex === true) return [];
  const [low, high] = bounds ?? trainedRange(e.parameter);
  const [shownLow, shownHigh] = bounds ?? e.parameter.range;
  const near = (value: number, bound: number) => {
    const scale = Math.min(high - low, Math.abs(bound) || high - low);
    return Math.abs(value - bound) <= (Number.isFinite(scale) ? AT_BOUND * scale : 0);
  };
  return values.flatMap((value, i) => {
    const side = near(value, low) ? 'lower' : near(value, high) ? 'upper' : null;
    if (side === null) return [];
    const of = e.labels.length > 0 ? ` of ${e.labels[i]}` : '';
    return [
      `${e.name}${of} stands at its ${side} bound ${side === 'lower' ? shownLow : shownHigh}: the best value may lie beyond it.`,
    ];
  });
}
