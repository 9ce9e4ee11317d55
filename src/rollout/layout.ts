/** Floor 2. Which raw column belongs to which parameter of a model, and conversions of whole parameter sets. */
import { UserError } from '../errors.js';
import type { Parameter, Parameters } from './model.js';

export interface LayoutEntry {
  /** Unique within the model, for example `momentum.memoryDays`. */
  readonly name: string;
  readonly parameter: Parameter;
  /** First raw column and how many. */
  readonly column: number;
  readonly size: number;
  /** Names of assets, of pairs of them or of its own, or empty for a scalar. */
  readonly labels: readonly string[];
}

type Named = Extract<Parameter['shape'], string>;

/** What the numbers of a parameter are called; a scalar has one without a name. */
const LABELS: Readonly<Record<Named, (assets: readonly string[]) => readonly string[]>> = {
  scalar: () => [],
  asset: (assets) => assets,
  pair: (assets) => assets.flatMap((asset, i) => assets.slice(0, i).map((other) => `${asset}·${other}`)),
};

/** Names of the numbers of a parameter: of the assets, of pairs of them, or its own; one without a name for a scalar. */
export const labelsOf = (shape: Parameter['shape'], assets: readonly string[]): readonly string[] =>
  typeof shape === 'string' ? LABELS[shape](assets) : shape;

/** What a transform leaves of a number that goes there and back. */
const ROUNDING = 1e-12;

/** The values that raw numbers stand for; where one is at an end of the range but for rounding, that end, if it has a raw number. */
export function valuesOfRaws({ transform, range }: Parameter, raws: readonly number[]): number[] {
  const isAt = (x: number, end: number) =>
    transform.simplex !== true &&
    Math.abs(x - end) <= ROUNDING * Math.abs(end) &&
    Number.isFinite(transform.inverse([end])[0]);
  return transform.forward(raws).map((x) => range.find((end) => isAt(x, end)) ?? x);
}

/** How near to an end of a range that has no raw number training comes: as a part of it, */
const SHORT = 2 ** -50;
/** or to 0: a normal number in float32 too, and above what a sigmoid takes for 0. */
const LEAST = 1e-37;

/**
 * The values that training keeps to, where no bounds are given: the range, but where an end has no raw number, such as the 1
 * of a sigmoid, the last number before it, so that what training ends at is a value that a config takes. An infinite end stays.
 */
export function trainedRange({ transform, range: [low, high] }: Parameter): readonly [number, number] {
  const within = (end: number, inwards: number) => {
    if (!Number.isFinite(end) || Number.isFinite(transform.inverse([end])[0])) return end;
    return end + inwards * (SHORT * Math.abs(end) || LEAST);
  };
  return [within(low, 1), within(high, -1)];
}

/** The raw parameters of a model in order: [columns][S] in memory. */
export class ParameterLayout {
  readonly entries: readonly LayoutEntry[];
  readonly columns: number;

  constructor(
    groups: readonly { readonly prefix: string; readonly parameters: Parameters }[],
    assets: readonly string[],
  ) {
    const entries: LayoutEntry[] = [];
    let column = 0;
    for (const { prefix, parameters } of groups) {
      for (const [key, parameter] of Object.entries(parameters)) {
        const labels = labelsOf(parameter.shape, assets);
        const size = parameter.shape === 'scalar' ? 1 : labels.length;
        entries.push({ name: `${prefix}.${key}`, parameter, column, size, labels });
        column += size;
      }
    }
    this.entries = entries;
    this.columns = column;
  }

  entry(name: string): LayoutEntry {
    const found = this.entries.find((e) => e.name === name);
    if (found === undefined) {
      throw new UserError(`parameters: one of ${this.entries.map((e) => e.name).join(', ')} was expected, got ${name}`);
    }
    return found;
  }

  /** The values of one set, by parameter name, from its raw column vector (length `columns`). */
  values(raw: ArrayLike<number>): Record<string, number[]> {
    return Object.fromEntries(
      this.entries.map((e) => [
        e.name,
        valuesOfRaws(
          e.parameter,
          Array.from({ length: e.size }, (_, i) => raw[e.column + i]),
        ),
      ]),
    );
  }

  /** The raw column vector of one set from values by name; absent ones take their default. */
  raws(values: Readonly<Record<string, readonly number[]>>): Float64Array {
    const raw = new Float64Array(this.columns);
    for (const e of this.entries) {
      const given = values[e.name] ?? new Array(e.size).fill(e.parameter.default);
      raw.set(e.parameter.transform.inverse(given), e.column);
    }
    return raw;
  }
}

/** Column vector of set s out of [columns][S]. */
export function columnOf(raw: Float64Array, sets: number, s: number): Float64Array {
  return setsOf(raw, sets, s, 1);
}

/** So many sets from `first` on out of [columns][S]: [columns][count]. */
export function setsOf(raw: Float64Array, sets: number, first: number, count: number): Float64Array {
  const columns = raw.length / sets;
  const own = new Float64Array(columns * count);
  for (let c = 0; c < columns; c++) for (let s = 0; s < count; s++) own[c * count + s] = raw[c * sets + first + s];
  return own;
}

/** Parts of one set or several, [columns][count] each, side by side: [columns][S]. Without `columns` each is one set. */
export function sideBySide(parts: readonly Float64Array[], columns = parts[0]?.length ?? 0): Float64Array {
  const all = new Float64Array(parts.reduce((sum, part) => sum + part.length, 0));
  let to = 0;
  for (let c = 0; c < columns; c++) {
    for (const part of parts) {
      const count = part.length / columns;
      for (let s = 0; s < count; s++) all[to++] = part[c * count + s];
    }
  }
  return all;
}
