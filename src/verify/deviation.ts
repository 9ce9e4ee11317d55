/** Floor 5. How far computed numbers are from wanted ones. */

export interface Deviation {
  readonly field: string;
  /** The largest error, relative as `relativeTo` says. */
  readonly error: number;
  readonly tolerance: number;
  readonly count: number;
}

/**
 * The largest |got − wanted| relative to each wanted number (`each`), to the largest of them (`largest`), to each but at
 * least a thousandth of the largest (`floored`), to 1 + growth·|wanted|, or to a number.
 * A NaN that was not wanted is an infinite error.
 */
export function deviation(
  field: string,
  got: readonly number[],
  wanted: readonly number[],
  tolerance: number,
  relativeTo: 'each' | 'largest' | 'floored' | { readonly growth: number } | number = 'each',
): Deviation {
  const top = wanted.reduce((m, x) => Math.max(m, Math.abs(x)), 0);
  let error = got.length === wanted.length ? 0 : Number.POSITIVE_INFINITY;
  const scaleOf = (size: number): number => {
    if (typeof relativeTo === 'number') return relativeTo;
    if (typeof relativeTo === 'object') return 1 + relativeTo.growth * size;
    return { each: size, largest: top, floored: Math.max(size, 1e-3 * top) }[relativeTo];
  };
  wanted.forEach((w, i) => {
    const scale = scaleOf(Math.abs(w));
    const difference = Math.abs(got[i] - w);
    const e = difference === 0 ? 0 : difference / (scale === 0 ? 1 : scale);
    error = Math.max(error, Number.isNaN(e) ? Number.POSITIVE_INFINITY : e);
  });
  return { field, error, tolerance, count: wanted.length };
}

/** One line a field: the largest error of those with the same name. */
export function largest(all: readonly Deviation[]): Deviation[] {
  const byField = new Map<string, Deviation>();
  for (const d of all) {
    const known = byField.get(d.field);
    if (known === undefined || d.error > known.error) byField.set(d.field, d);
  }
  return [...byField.values()];
}
