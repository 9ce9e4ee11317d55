/** Floor 5. What a reader of an evaluation must be told: trained fees on minute prices, guards and bounds that bind. */
import type { LayoutEntry, ParameterLayout } from '../rollout/layout.js';
import type { Bounds } from './evaluate.js';
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
  const trained = layout.entries.filter((e) => isTrained(e, trainable));
  const fees = trained.filter((e) => e.parameter.needsFlow === true).map((e) => e.name);
  const found: string[] = [];
  if (fees.length > 0) {
    found.push(
      `${fees.join(', ')} ${fees.length === 1 ? 'was' : 'were'} trained on minute prices, which understate how often arbitrage hits a pool on a chain with faster blocks (at 30 bps about 0.12 against 0.24 trades a 12 s block): expect more loss to arbitrage than shown.`,
    );
  }
  for (const [name, share] of Object.entries(guards)) {
    if (share < LOUD_GUARD) continue;
    found.push(
      `The guard ${name} binds in ${percent(share)} of the rule steps: there it steers the weights, not the rule.`,
    );
  }
  for (const e of trained) found.push(...atBound(e, valuesOf(e, raw), bounds[e.name] ?? null));
  return found;
}

/** Whether any entry of a parameter was trained. */
export const isTrained = (e: LayoutEntry, trainable: Uint8Array): boolean =>
  trainable.subarray(e.column, e.column + e.size).includes(1);

function atBound(e: LayoutEntry, values: readonly number[], bounds: readonly [number, number] | null): string[] {
  if (bounds === null) return [];
  const [low, high] = bounds;
  const near = (value: number, bound: number) =>
    Math.abs(value - bound) <= AT_BOUND * Math.min(high - low, Math.abs(bound) || high - low);
  return values.flatMap((value, i) => {
    const side = near(value, low) ? 'lower' : near(value, high) ? 'upper' : null;
    if (side === null) return [];
    const of = e.labels.length > 0 ? ` of ${e.labels[i]}` : '';
    return [
      `${e.name}${of} stands at its ${side} bound ${side === 'lower' ? low : high}: the best value may lie beyond it.`,
    ];
  });
}
