/**
 * Floor 7. Sliders of parameters: between which values they run (what is worth trying, which a range of all that makes sense is
 * not), and which value is where, on the scale of the transform.
 */
import type { Parameter } from 'poolgrad/browser';

type Span = readonly [number, number];

/** Of a fee, where its range does not end before: a hundredth of a basis point to a tenth. */
const FEES: Span = [1e-6, 0.1];
/** Of shares and of probabilities. */
const SHARES: Span = [0.001, 0.999];
/** How many times the default a positive number goes up and down. */
const RATIO = 64;
/** Above 1: how many times the excess of the default over 1 it goes up and down. */
const EXCESS_RATIO = 100;
/** Of an amount that may be 0 and is so by default. */
const AMOUNTS: Span = [0.01, 1e4];

function usualSpan({ transform, range: [least, most], default: middle, role }: Parameter): Span {
  const start = Number.isFinite(middle) ? middle : 1;
  switch (transform.name) {
    case 'logistic':
      return role === 'fee' ? FEES : SHARES;
    case 'softmax':
      return [0.01, 0.99];
    case '2^x':
    case 'squareplus':
      return [start / RATIO, start * RATIO];
    case '2^x or 0':
      return start > 0 ? [start / RATIO, start * RATIO] : AMOUNTS;
    case '1 + 2^x':
      return [1 + (start - 1) / EXCESS_RATIO, 1 + (start - 1) * EXCESS_RATIO];
    case 'x/√(1 + x²)':
      return [-0.99, 0.99];
    default: {
      const size = Math.max(1, Math.abs(start));
      return [Math.max(least, start - 4 * size), Math.min(most, start + 4 * size)];
    }
  }
}

/** The config's bounds where it has some, else what is usual within the range; what is set now is always within. */
function spanOf(parameter: Parameter, bounds: Span | null, values: readonly number[]): Span {
  const { range, transform } = parameter;
  const usual = usualSpan(parameter);
  const inRange = (x: number) => Math.min(Math.max(x, range[0]), range[1]);
  // a value of 0 may be infinitely far: the left end stands for it
  const isNear = (x: number) => transform.simplex === true || Number.isFinite(transform.inverse([x])[0]);
  const wanted = (bounds ?? usual).map((x, end) => (isNear(x) ? x : usual[end]));
  const ends = [...wanted.map(inRange), ...values.filter(isNear)];
  return [Math.min(...ends), Math.max(...ends)];
}

/** Steps of a slider from end to end: an arrow key takes one. */
const STEPS = 400;

export interface Scale {
  /** The value at each position, ascending. */
  readonly values: Float64Array;
  /** From one position to the next, in raw numbers; of shares, which are linked, in the share itself. */
  readonly step: number;
}

export function scaleOf(parameter: Parameter, bounds: Span | null, values: readonly number[]): Scale {
  const { transform, range } = parameter;
  const { forward, inverse } = transform.simplex === true ? LINEAR : transform;
  const [low, high] = spanOf(parameter, bounds, values).map((value) => inverse([value])[0]);
  const step = (high - low) / STEPS;
  const at = (k: number) => Number(forward([low + k * step])[0].toPrecision(DIGITS));
  return {
    values: Float64Array.from({ length: STEPS + 1 }, (_, k) => Math.min(Math.max(at(k), range[0]), range[1])),
    step,
  };
}

const LINEAR = { forward: (x: readonly number[]) => [...x], inverse: (x: readonly number[]) => [...x] };
/** A slider is no finer, and a config is read by people. */
const DIGITS = 4;
