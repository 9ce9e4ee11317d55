/** Floor 7. Values that training came to, as a config takes them. */
import { formatQuantity } from 'poolgrad/browser';
import type { ParameterField } from './engine/models.js';

/** A raw number at the end of a range has a value there but for rounding. */
const ROUNDING = 1e-12;

/** Values as a config takes them: what lies beyond the parameter's range is its end, of which a sentence tells. */
export function withinRange(
  { name, range: [low, high], unit }: Pick<ParameterField, 'name' | 'range' | 'unit'>,
  values: readonly number[],
): { readonly values: readonly number[]; readonly warning: string | null } {
  const within = values.map((x) => Math.min(Math.max(x, low), high));
  const at = values.findIndex((x, i) => Math.abs(x - within[i]) > ROUNDING * Math.abs(x));
  if (at < 0) return { values: within, warning: null };
  const told = (x: number) => formatQuantity(x, unit);
  return {
    values: within,
    warning: `${name}: a config takes ${told(low)} to ${told(high)}, training came to ${told(values[at])}; it stands at ${told(within[at])}`,
  };
}
