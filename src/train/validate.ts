/** Floor 5. The fixed windows on which sets are compared, and the comparison. */
import type { Split } from '../data/windows.js';
import { UserError } from '../errors.js';
import type { Parts } from '../targets/parts.js';
import type { TrainableRollout } from './problem.js';

export interface ValidationWindows {
  readonly windows: Int32Array;
  readonly windowRows: number;
  /** The split they cover: `train` where no rows were set apart for validation. */
  readonly split: 'validation' | 'train';
}

/**
 * Windows one after another that cover the validation split, each as long as a training window; the last one ends with
 * the split and may overlap the one before. Starts are multiples of `alignTo`, so up to alignTo − 1 rows at either end
 * stay out. A split shorter than a window makes one window.
 */
export function validationWindows(split: Split, windowRows: number, alignTo: number): ValidationWindows {
  const name = split.validation[1] > split.validation[0] ? 'validation' : 'train';
  const [from, to] = split[name];
  const first = Math.ceil(from / alignTo) * alignTo;
  const rows = Math.min(windowRows, to - first);
  if (rows < 2) {
    throw new UserError(
      `validation: expected at least 2 rows from a start on a multiple of ${alignTo}, got rows ${from} to ${to}; give a larger validation fraction or a smaller alignment`,
    );
  }
  const stride = Math.max(alignTo, Math.floor(rows / alignTo) * alignTo);
  const starts: number[] = [];
  for (let start = first; start + rows <= to; start += stride) starts.push(start);
  const last = Math.floor((to - rows) / alignTo) * alignTo;
  if (last > starts[starts.length - 1]) starts.push(last);
  return { windows: Int32Array.from(starts), windowRows: rows, split: name };
}

/** The set with the largest finite objective over the windows (the first of equals); `found` is null where none is finite. */
export function* bestSet(
  rollout: TrainableRollout,
  raw: Float64Array,
  { windows, windowRows }: ValidationWindows,
): Parts<{ readonly found: { set: number; validation: number } | null }> {
  const { objective } = yield* rollout.inParts.value(raw, windows, windowRows);
  let best: { set: number; validation: number } | null = null;
  for (let set = 0; set < objective.length; set++) {
    const validation = objective[set] + 0;
    if (Number.isFinite(validation) && (best === null || validation > best.validation)) best = { set, validation };
  }
  return { found: best };
}
