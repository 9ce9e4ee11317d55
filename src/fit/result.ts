/** Floor 5. What a fit found: each number with its standard error, regimes as a matrix, and what one should know of it. */
import type { ResolvedGenerator } from '../config/generator.js';
import type { LayoutEntry, ParameterLayout } from '../rollout/layout.js';
import { inverse } from './linear.js';
import type { Values } from './starts.js';

export interface Estimate {
  /** The parameter's key. */
  readonly name: string;
  /** Of an asset or a pair; empty for one number. */
  readonly label: string;
  readonly value: number;
  /** Standard error; null where it was not fitted, stands at a bound, or is not determined. */
  readonly error: number | null;
  readonly start: number;
  readonly fitted: boolean;
  readonly unit: string;
  readonly doc: string;
}

/** The chain of hidden regimes. */
export interface Chain {
  /** P(to j | from i), [i][j], and their standard errors. */
  readonly transition: readonly (readonly number[])[];
  readonly errors: readonly (readonly (number | null)[])[];
  /** Share of time in each, in the long run. */
  readonly shares: readonly number[];
  /** Mean time in one visit, in ms. */
  readonly dwell: readonly number[];
}

export interface FitResult {
  readonly method: 'likelihood' | 'moments';
  readonly estimates: readonly Estimate[];
  /** All values by key. */
  readonly values: Values;
  readonly raw: Float64Array;
  readonly chain: Chain | null;
  /** ln L of log prices, and at the start; null for moments. */
  readonly logLikelihood: number | null;
  readonly startLogLikelihood: number | null;
  /** Σ of the squared distances of moments in standard errors; null for a likelihood. */
  readonly distance: number | null;
  /** Figures of data and fit side by side, where they were fitted. */
  readonly matched: readonly Matched[];
  readonly parameters: number;
  readonly rows: number;
  readonly iterations: number;
  readonly converged: boolean;
  readonly notes: readonly string[];
}

/** A moment of the data, its standard error, and that of the fit. */
export interface Matched {
  readonly name: string;
  readonly data: number;
  readonly error: number;
  readonly fit: number;
}

/** The covariance of raw numbers [free][free], NaN where a column stands at a bound or nothing is determined. */
export function covarianceOf(
  curvature: readonly (readonly number[])[],
  free: readonly number[],
  bound: readonly number[],
): number[][] {
  const inner = free.flatMap((k, i) => (bound.includes(k) ? [] : [i]));
  const found = inverse(inner.map((i) => inner.map((j) => curvature[i][j])));
  return free.map((_, i) =>
    free.map((_k, j) => {
      const [a, b] = [inner.indexOf(i), inner.indexOf(j)];
      return a < 0 || b < 0 || found === null ? Number.NaN : found[a][b];
    }),
  );
}

const H = 1e-5;

/** dvalue/draw of the i-th number of a parameter. */
function slopeOf({ parameter, column }: LayoutEntry, raw: Float64Array, i: number): number {
  const at = (d: number) => parameter.transform.forward([raw[column + i] + d])[0];
  return (at(H) - at(-H)) / (2 * H);
}

const finite = (x: number): number | null => (Number.isFinite(x) ? x : null);

/** Estimates with their errors by the delta method. */
export function estimatesOf(
  { model, declared }: ResolvedGenerator,
  layout: ParameterLayout,
  {
    raw,
    start,
    free,
    covariance,
  }: {
    readonly raw: Float64Array;
    readonly start: Float64Array;
    readonly free: readonly number[];
    readonly covariance: readonly (readonly number[])[];
  },
): readonly Estimate[] {
  const [values, starts] = [layout.values(raw), layout.values(start)];
  const own = layout.entries.filter(({ name }) => name.startsWith(`${model.name}.`));
  return own.flatMap((entry) =>
    values[entry.name].map((value, i) => {
      const at = free.indexOf(entry.column + i);
      const name = entry.name.slice(model.name.length + 1);
      const error = at < 0 ? Number.NaN : Math.abs(slopeOf(entry, raw, i)) * Math.sqrt(covariance[at][at]);
      return {
        name,
        label: entry.labels[i] ?? '',
        value,
        error: finite(error),
        start: starts[entry.name][i],
        fitted: at >= 0,
        unit: declared[name].unit,
        doc: declared[name].doc,
      };
    }),
  );
}

/** A, from the logits among values by key. */
export function transitionOf(values: Values, regimes: number, prefix = ''): number[][] {
  const all = Array.from({ length: regimes }, (_, k) => k);
  return all.map((i) => {
    const logits = all.map((j) => values[`${prefix}logit_${i}_${j}`][0]);
    const e = logits.map((x) => Math.exp(x - Math.max(...logits)));
    const total = e.reduce((a, b) => a + b, 0);
    return e.map((x) => x / total);
  });
}

/** The chain of a generator with regimes, with errors by the delta method; null where there is none. */
export function chainOf(
  generator: ResolvedGenerator,
  layout: ParameterLayout,
  raw: Float64Array,
  free: readonly number[],
  covariance: readonly (readonly number[])[],
  interval: number,
): Chain | null {
  const regimes = generator.model.hidden?.(generator.settings).regimes;
  if (regimes === undefined) return null;
  const all = Array.from({ length: regimes }, (_, k) => k);
  const column = (i: number, j: number) => layout.entry(`${generator.model.name}.logit_${i}_${j}`).column;
  const transition = transitionOf(layout.values(raw), regimes, `${generator.model.name}.`);
  const errors = all.map((i) =>
    all.map((j) => {
      // dA_ij/dlogit_ik = A_ij(1{j = k} − A_ik)
      const slope = all.map((k) => transition[i][j] * ((j === k ? 1 : 0) - transition[i][k]));
      const at = all.map((k) => free.indexOf(column(i, k)));
      const variance = all.reduce(
        (s, k) =>
          s +
          all.reduce((r, l) => r + (at[k] < 0 || at[l] < 0 ? 0 : slope[k] * slope[l] * covariance[at[k]][at[l]]), 0),
        0,
      );
      return at.every((k) => k < 0) ? null : finite(Math.sqrt(variance));
    }),
  );
  return {
    transition,
    errors,
    shares: stationary(transition),
    dwell: all.map((i) => interval / (1 - transition[i][i])),
  };
}

/** π with π = πA, by powers of A. */
export function stationary(transition: readonly (readonly number[])[]): number[] {
  let power = transition.map((row) => [...row]);
  for (let n = 0; n < 60; n++) {
    power = power.map((row) => row.map((_, j) => row.reduce((s, x, k) => s + x * power[k][j], 0)));
    // rounding must not add up over so many squares
    power = power.map((row) => {
      const total = row.reduce((a, b) => a + b, 0);
      return row.map((x) => x / total);
    });
  }
  return power[0];
}
