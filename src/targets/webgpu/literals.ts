/** Floor 1, webgpu target. Numbers as WGSL literals. */

/**
 * A float64 narrowed to float32. Its decimal digits stand for that float32 exactly. WGSL has no literal of an infinity or
 * of NaN, nor an expression of constants that gives one: they come from the run's parameters.
 */
export function literal(value: number): string {
  const x = Math.fround(value);
  if (Number.isNaN(x)) return 'bitcast<f32>(run.nan)';
  if (x === Number.POSITIVE_INFINITY) return 'bitcast<f32>(run.infinity)';
  if (x === Number.NEGATIVE_INFINITY) return '(-bitcast<f32>(run.infinity))';
  return x < 0 || Object.is(x, -0) ? `(-${-x}f)` : `${x}f`;
}

export function integerLiteral(value: number): string {
  if (value === -(2 ** 31)) return 'i32(-2147483648)';
  return value < 0 ? `(${value}i)` : `${value}i`;
}
