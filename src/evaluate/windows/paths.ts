/** Floor 5. What a set lets be observed on its way, over many windows: quantiles step by step, and a few single paths. */
import type { Names } from '../../rollout/model.js';
import type { Rollout } from '../../rollout/rollout.js';
import type { FixedWindows } from '../../train/windows.js';
import { quantile } from '../statistics.js';
import { labelsOf, type Named, QUANTILES } from './figures.js';

/** Windows whose paths are looked at, and of them those that are shown one by one. */
const MOST = 64;
const SHOWN = 3;
/** Samples of a path. */
const SAMPLES = 200;

export interface Fan {
  readonly name: string;
  readonly doc: string;
  /** By QUANTILES, then by sample; NaN where a path leaves the numbers. */
  readonly quantiles: readonly Float64Array[];
  readonly paths: readonly Float64Array[];
}

export interface Fans {
  /** Steps after the first row, by sample. */
  readonly steps: Float64Array;
  /** How many windows the quantiles are of. */
  readonly windows: number;
  readonly fans: readonly Fan[];
}

/** The paths of one set over the first windows; `onWindow` is called after each. */
export async function fansOf(
  rollout: Pick<Rollout, 'path'>,
  raw: Float64Array,
  { windows, windowRows }: FixedWindows,
  shown: Names,
  named: Named,
  onWindow: (share: number) => Promise<void>,
): Promise<Fans> {
  const every = Math.max(1, Math.ceil((windowRows - 1) / SAMPLES));
  const taken = Array.from(windows.subarray(0, MOST));
  const paths: Readonly<Record<string, Float64Array>>[] = [];
  for (const [i, window] of taken.entries()) {
    paths.push(rollout.path(raw, window, windowRows, every).observed);
    await onWindow((i + 1) / taken.length);
  }
  const samples = Math.floor((windowRows - 1) / every) + 1;
  const steps = Float64Array.from({ length: samples }, (_, t) => t * every);
  const fans = Object.entries(paths[0]).flatMap(([name, first]) =>
    labelsOf(name, first.length / samples, named).map((label, k, { length: width }): Fan => {
      const lines = paths.map((observed) => steps.map((_, t) => observed[name][t * width + k]));
      const at = (t: number) => Float64Array.from(lines, (line) => line[t]);
      const by = Array.from({ length: samples }, (_, t) => at(t));
      return {
        name: label,
        doc: shown[name],
        quantiles: QUANTILES.map((q) =>
          Float64Array.from(by, (values) => (values.every(Number.isFinite) ? quantile(values, q) : Number.NaN)),
        ),
        paths: lines.slice(0, SHOWN),
      };
    }),
  );
  return { steps, windows: taken.length, fans };
}
