/** Floor 2. The objective and its gradient at values by their names: chain rule through the transforms of the parameters. */
import { UserError } from '../errors.js';
import { buffer, emit, gradientOf, load, trace } from '../graph/index.js';
import { reference } from '../targets/reference/index.js';
import type { LayoutEntry } from './layout.js';
import type { Rollout } from './rollout.js';
import { simplex } from './transforms.js';

/** Numbers by the names of parameters: one for each of the parameter's labels, one for a scalar. */
export type NamedValues = Readonly<Record<string, readonly number[]>>;

/**
 * The objective of one set over its windows, and its gradient with respect to the values (not the raw numbers) of all
 * parameters; those left out stand at their default. Of values that sum to 1 the gradient is that along the simplex: it
 * sums to 0, and what moves from one value to another changes the objective by the difference of theirs. Where a value stands at an
 * end that no raw number leads away from (a fee of 0), its gradient is 0.
 *
 * @throws UserError for unknown names, other than as many values as a parameter has, values that it cannot have, and
 * transforms of one's own that couple values
 */
export function valueAndGrad(
  rollout: Rollout,
  values: NamedValues,
  windows: Int32Array,
  windowRows: number,
): { readonly value: number; readonly gradient: Record<string, number[]> } {
  const { layout } = rollout;
  for (const [name, given] of Object.entries(values)) check(layout.entry(name), given);
  const raw = layout.raws(values);
  const { objective, gradient } = rollout.gradient(raw, windows, windowRows);
  const ofValues = layout.entries.map((e): [string, number[]] => {
    const at = (xs: Float64Array) => Array.from(xs.subarray(e.column, e.column + e.size));
    return [e.name, gradientOfValues(e, at(raw), at(gradient))];
  });
  return { value: objective[0], gradient: Object.fromEntries(ofValues) };
}

function check({ name, size, parameter }: LayoutEntry, given: readonly number[]): void {
  if (given.length !== size) {
    throw new UserError(
      `parameters: ${size} ${size === 1 ? 'value' : 'values'} of ${name} ${size === 1 ? 'was' : 'were'} expected, got ${given.length}; give one a number of it`,
    );
  }
  const { transform, range } = parameter;
  const bad = transform.inverse(given).findIndex(Number.isNaN);
  if (bad < 0) return;
  throw new UserError(
    `parameters: values of ${name} in [${range[0]}, ${range[1]}] were expected, got ${given.join(', ')}; give others`,
  );
}

/** From the cotangents of a parameter's raw numbers to those of its values: x with Jᵀ·x = g, J the transform's Jacobian. */
function gradientOfValues(e: LayoutEntry, raw: readonly number[], g: readonly number[]): number[] {
  const n = e.size;
  const { transform } = e.parameter;
  if (transform === simplex) {
    // J = diag(w) − w·wᵀ: x_j = g_j/w_j up to a constant, which is the one with Σx = 0
    const w = transform.forward(raw);
    const x = g.map((gj, j) => gj / w[j]);
    const mean = x.reduce((sum, xj) => sum + xj, 0) / n;
    return x.map((xj) => xj - mean);
  }
  const jacobian = jacobianAt(e, raw);
  if (jacobian.some((slope, k) => slope !== 0 && k % (n + 1) !== 0)) {
    throw new UserError(
      `parameters: a transform of each value for itself, or simplex, was expected of ${e.name}, got ${transform.name}; take the gradient of its raw numbers by rollout.gradient`,
    );
  }
  return g.map((x, i) => (x === 0 ? 0 : x / jacobian[i * (n + 1)]));
}

/** ∂value_i/∂raw_j [i][j], of the transform as programs apply it. */
function jacobianAt({ parameter, size }: LayoutEntry, raw: readonly number[]): Float64Array {
  const program = trace('jacobian', () => {
    const given = buffer('set', 'raw', size);
    const out = buffer('output', 'jacobian', size * size);
    const xs = Array.from({ length: size }, (_, i) => load(given, i));
    parameter.transform.apply(xs).forEach((y, i) => {
      gradientOf(y, xs).forEach((slope, j) => {
        emit(out, i * size + j, slope);
      });
    });
  });
  const executable = reference.compile(program);
  const inputs = { sets: 1, windows: 1, run: {}, window: {}, buffers: { raw: Float64Array.from(raw) } };
  return executable.run(inputs).jacobian;
}
