/**
 * Floor 5. What windows or scenarios came to, measure by measure: means with their standard errors, quantiles, and by how much
 * a tuned set differs from the start, window by window, since both were given the same draws.
 */
import type { Names } from '../../rollout/model.js';
import type { Figures, Rollout } from '../../rollout/rollout.js';
import type { RolloutSpec } from '../../rollout/spec.js';
import type { Resumable } from '../../targets/resumable.js';
import type { FixedWindows } from '../../train/windows.js';
import { meanWithError, quantile } from '../statistics.js';

/** Which quantiles are told. */
export const QUANTILES = [0.05, 0.25, 0.5, 0.75, 0.95] as const;

export interface Summary {
  /** Of all windows; null where a number is not finite. */
  readonly mean: number | null;
  /** Of that mean: the windows' standard deviation over √(number of windows); null for one window. */
  readonly standardError: number | null;
  /** At QUANTILES. */
  readonly quantiles: readonly number[] | null;
}

export interface Figure {
  /** A model's name, or what was observed; with its label where it is several numbers: `inventory A`. */
  readonly name: string;
  readonly doc: string;
  /** A score of the objective, of a penalty (without its weight) or of what is constrained, or what was observed at the last row. */
  readonly kind: 'objective' | 'penalty' | 'measured' | 'observed';
  readonly tuned: Summary;
  readonly start: Summary;
  /** tuned − start by window. */
  readonly difference: Summary;
  /** By window. */
  readonly values: { readonly tuned: Float64Array; readonly start: Float64Array };
}

/** What the windows of two sets are measured by. */
export interface Measured {
  readonly rollout: Rollout;
  /** The objective first, then the penalties and what is measured beside them, each with its sentence. */
  readonly scored: readonly Pick<Figure, 'name' | 'doc' | 'kind'>[];
  /** What the system lets be observed, at the last row or as an outcome. */
  readonly shown: Names;
  readonly named: Named;
  readonly windows: FixedWindows;
  /** One set each: [columns]. */
  readonly raw: Float64Array;
  readonly initial: Float64Array;
}

/** The figures of a tuned set beside those of the start. */
export function* figuresOf(m: Measured): Resumable<readonly Figure[]> {
  const { rollout, windows, raw, initial } = m;
  const both = new Float64Array(2 * raw.length);
  raw.forEach((x, c) => {
    both.set([x, initial[c]], 2 * c);
  });
  const found = yield* rollout.resumable.figures(both, windows.windows, windows.windowRows);
  const own = scores(m, found);
  // what is constrained may be what is observed
  const isNew = ({ name }: Figure) => own.every((f) => f.name !== name);
  return [...own, ...observed(m, found).filter(isNew)];
}

const scores = ({ scored }: Measured, { scores: by }: Figures): Figure[] =>
  // what is charged for may be what is maximised
  scored
    .filter(({ name }, i) => scored.findIndex((other) => other.name === name) === i)
    .map(({ name, doc, kind }) => figureOf(name, doc, kind, by[name]));

function observed({ shown, named, windows }: Measured, { last }: Figures): Figure[] {
  const lanes = 2 * windows.windows.length;
  return Object.entries(last).flatMap(([name, values]) =>
    labelsOf(name, values.length / lanes, named).map((label, k) =>
      figureOf(label, shown[name], 'observed', values.subarray(k * lanes, (k + 1) * lanes)),
    ),
  );
}

/** Whose numbers are named: a spec. */
export type Named = Pick<RolloutSpec, 'system' | 'settings' | 'assets'>;

/** What the numbers of a name are called: as the system has it, else by the assets where there is one for each, else by their places. */
export function labelsOf(name: string, numbers: number, { system, settings, assets }: Named): string[] {
  if (numbers === 1) return [name];
  const own = system.labels?.(name, settings, assets) ?? null;
  const labels = own ?? (numbers === assets.length ? assets : null);
  return Array.from({ length: numbers }, (_, k) => `${name} ${labels?.[k] ?? k + 1}`);
}

/** @param values of both sets by window: [W][2] */
export function figureOf(name: string, doc: string, kind: Figure['kind'], values: Float64Array): Figure {
  const of = (set: number) => Float64Array.from({ length: values.length / 2 }, (_, w) => values[2 * w + set]);
  const [tuned, start] = [of(0), of(1)];
  const difference = tuned.map((x, w) => x - start[w]);
  return {
    name,
    doc,
    kind,
    tuned: summary(tuned),
    start: summary(start),
    difference: summary(difference),
    values: { tuned, start },
  };
}

export function summary(values: Float64Array): Summary {
  if (!values.every(Number.isFinite)) return { mean: null, standardError: null, quantiles: null };
  const { mean, error } = meanWithError(values);
  return {
    mean,
    standardError: values.length < 2 ? null : error,
    quantiles: QUANTILES.map((q) => quantile(values, q)),
  };
}
