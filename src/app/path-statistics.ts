/** Floor 5½. What a price generator shows along a path, in figures: prices, energy, momentum, deviation, exponents … */
import type { Generator } from '../../kernels/prices/index.js';
import type { Clock } from '../rollout/clock.js';
import { createRollout } from '../rollout/compiled.js';
import { watching } from '../rollout/watch.js';
import { wasm } from '../targets/wasm/index.js';

/** Of the rows of a path: at most some ten thousand of them, evenly spread, and the last. */
export interface Statistic {
  readonly last: number;
  readonly mean: number;
  readonly sd: number;
  readonly least: number;
  readonly greatest: number;
}

export interface PathStatistics {
  /** By the name of what is shown, then by asset; '' where there is one number for all. */
  readonly shown: Readonly<Record<string, Readonly<Record<string, Statistic>>>>;
  /** The largest Lyapunov exponent over so many steps, 1/year; null where the generator has none. */
  readonly lyapunov: { readonly exponent: number; readonly steps: number } | null;
}

interface Drawn {
  readonly model: Generator;
  readonly settings: Readonly<Record<string, number>>;
  readonly seed: number;
  readonly assets: readonly string[];
  readonly clock: Clock;
  readonly rows: number;
}

const SAMPLES = 20_000;
const LYAPUNOV = 'lyapunov';

/** The path of scenario 0 from these raw numbers, with all that the generator can report. */
export function statisticsOf(
  { model: plain, settings, seed, assets, clock, rows }: Drawn,
  raw: Float64Array,
): PathStatistics {
  const model = plain.reported?.() ?? plain;
  const rollout = createRollout(
    {
      assets,
      clock,
      source: { kind: 'drawn', model, settings, seed },
      system: watching(model.rows),
      objective: { name: 'unscored', doc: '', reads: ['prices'], every: 0, score: (c) => c.last.prices[0] },
      penalties: [],
      settings: {},
    },
    null,
    wasm,
    { threads: 1 },
  );
  try {
    const every = Math.max(1, Math.floor((rows - 1) / SAMPLES));
    const { observed } = rollout.path(raw, 0, rows, every, (rows - 1) % every);
    const { [LYAPUNOV]: exponents, ...rest } = observed;
    const shown = Object.entries(rest).map(([name, values]) => [name, byAsset(values, assets, model.rows[name])]);
    return {
      shown: Object.fromEntries(shown),
      lyapunov: exponents === undefined ? null : { exponent: exponents[exponents.length - 1], steps: rows - 1 },
    };
  } finally {
    rollout.dispose();
  }
}

function byAsset(values: Float64Array, assets: readonly string[], doc: string): Record<string, Statistic> {
  const each = doc.includes('one an asset') ? assets : [''];
  return Object.fromEntries(each.map((asset, i) => [asset, statistic(values.filter((_, k) => k % each.length === i))]));
}

function statistic(xs: Float64Array): Statistic {
  const mean = xs.reduce((a, b) => a + b, 0) / xs.length;
  return {
    last: xs[xs.length - 1],
    mean,
    sd: Math.sqrt(xs.reduce((s, x) => s + (x - mean) ** 2, 0) / xs.length),
    least: xs.reduce((a, b) => Math.min(a, b)),
    greatest: xs.reduce((a, b) => Math.max(a, b)),
  };
}

const digits = (x: number): string => String(Number(x.toPrecision(4)));

/** A line a figure. */
export function statisticLines({ shown, lyapunov }: PathStatistics): string[] {
  const lines = Object.entries(shown).flatMap(([name, each]) =>
    Object.entries(each).map(
      ([asset, s]) =>
        `  ${asset === '' ? name : `${name} of ${asset}`}: last ${digits(s.last)}, mean ${digits(s.mean)}, sd ${digits(s.sd)}, ${digits(s.least)} to ${digits(s.greatest)}`,
    ),
  );
  if (lyapunov === null) return lines;
  return [
    ...lines,
    `  Lyapunov exponent: ${digits(lyapunov.exponent)} 1/year over ${lyapunov.steps} steps, to O(1/steps)`,
  ];
}
