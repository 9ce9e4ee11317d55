/**
 * Floor 7. A map of the objective over two of the numbers that train, all others as they are: a grid that is computed coarse
 * first, then finer, each level in batches of lanes. A level keeps the points of the one before.
 */
import { bySets, type LayoutEntry, nextTurn, type Session, UserError, valuesOfRaws, withTurns } from 'poolgrad/browser';
import { sharesWith } from '../scale.js';

/** One axis: a column among the raw parameters, from one value to another, evenly in values or in raw numbers. */
export interface Axis {
  readonly column: number;
  readonly scale: 'value' | 'raw';
  readonly from: number;
  readonly to: number;
}

export interface MapQuestion {
  readonly x: Axis;
  readonly y: Axis;
  /** Points along each axis of the finest level: 2^k + 1. */
  readonly points: number;
  /** Which split's windows the objective is of. */
  readonly on: 'training' | 'validation';
  /** The set that the map is a slice through: [columns]; null: the start values. */
  readonly through: Float64Array | null;
}

/** A level that is complete. */
export interface Level {
  readonly kind: 'level';
  readonly points: number;
  /** Values along the axes: [points]. */
  readonly x: Float64Array;
  readonly y: Float64Array;
  /** The same, finely: values at places as far from each other as the points are, from end to end. */
  readonly rulers: readonly [Float64Array, Float64Array];
  /** Row by row in y, NaN where there is none: [points][points]. */
  readonly objective: Float64Array;
  /** Where the slice goes through: values on the axes. */
  readonly at: readonly [number, number];
}

export interface MapShare {
  readonly kind: 'share';
  /** Points of the finest level that are computed, or under way by that much. */
  readonly done: number;
  readonly of: number;
  readonly points: number;
}

/** Points along each axis of the first level, where the finest has more. */
const COARSEST = 5;
/** Parameter sets at once: what a batch holds in memory stays small, and a device has enough to do. */
const AT_ONCE = 512;
/** Values of a ruler. */
const RULER = 257;
/** Milliseconds between two messages on shares at least. */
const EVERY = 100;

/** Levels up to so many points: 5, 9, 17 … */
export function levelsOf(points: number): number[] {
  if (points <= COARSEST || (points - 1) % 2 !== 0) return [points];
  return [...levelsOf((points - 1) / 2 + 1), points];
}

/** So many numbers from one to another, the last exactly that. */
const even = (from: number, to: number, count: number): number[] =>
  Array.from({ length: count }, (_, i) => (i === count - 1 ? to : from + ((to - from) * i) / (count - 1)));

/** The objective on a grid, level by level; null where the signal was aborted. */
export async function mapOf(
  session: Session,
  question: MapQuestion,
  signal: AbortSignal,
  tell: (told: Level | MapShare) => void,
): Promise<Level | null> {
  const slice = new Slice(session, question);
  const { windows, windowRows } = session.windows[question.on]();
  const rollout = bySets(session.rollout, AT_ONCE);
  const known = new Map<string, number>();
  const of = question.points ** 2;
  let lastTold = Number.NEGATIVE_INFINITY;
  const { x, y } = slice.values(RULER);
  const rulers = [x, y] as const;
  let level: Level | null = null;
  for (const points of levelsOf(question.points)) {
    const grid = slice.grid(points);
    const missing = grid.filter(({ key, raw }) => raw !== null && !known.has(key));
    const onShare = (share: number) => {
      const now = performance.now();
      if (now - lastTold < EVERY) return;
      lastTold = now;
      tell({ kind: 'share', done: known.size + share * missing.length, of, points });
    };
    if (missing.length > 0) {
      const raws = inColumns(missing.map(({ raw }) => raw as Float64Array));
      const found = await withTurns(rollout.resumable.value(raws, windows, windowRows), { signal, onShare });
      if (found === null) return null;
      missing.forEach(({ key }, s) => {
        known.set(key, found.objective[s]);
      });
    }
    // an abort comes as a message
    await nextTurn();
    if (signal.aborted) return null;
    const objective = Float64Array.from(grid, ({ key }) => finite(known.get(key)));
    level = { kind: 'level', points, ...slice.values(points), rulers, objective, at: slice.at };
    tell(level);
  }
  return level;
}

const finite = (x: number | undefined): number => (x !== undefined && Number.isFinite(x) ? x : Number.NaN);

/** Sets as they lie in memory: [columns][sets]. */
function inColumns(sets: readonly Float64Array[]): Float64Array {
  const raws = new Float64Array(sets.length * sets[0].length);
  sets.forEach((set, s) => {
    set.forEach((x, c) => {
      raws[c * sets.length + s] = x;
    });
  });
  return raws;
}

interface Point {
  /** The same for the same place on any level. */
  readonly key: string;
  /** null where no set has these values. */
  readonly raw: Float64Array | null;
}

/** A place on an axis, as value and as raw number. */
interface Place {
  readonly column: number;
  readonly entry: LayoutEntry;
  readonly value: number;
  readonly raw: number | null;
}

/** The sets that differ in two numbers. */
class Slice {
  private readonly through: Float64Array;
  private readonly entries: readonly [LayoutEntry, LayoutEntry];

  constructor(
    private readonly session: Session,
    private readonly question: MapQuestion,
  ) {
    this.through = question.through ?? session.initial;
    const { x, y } = question;
    const { columns } = session.rollout.layout;
    if (this.through.length !== columns) {
      throw new UserError(
        `map: a set of ${columns} parameters was expected, got ${this.through.length}, of another config; train anew, or take the sliders`,
      );
    }
    if (x.column === y.column) {
      throw new UserError('map: two different parameters were expected, got the same one twice; choose another');
    }
    this.entries = [this.entryOf(x), this.entryOf(y)];
    const [first, second] = this.entries;
    if (first === second && first.parameter.transform.simplex === true && first.size === 2) {
      throw new UserError(
        `map: two parameters that move by themselves were expected, got both of ${first.name}, which add up to 1; choose another`,
      );
    }
  }

  /** Its own place on the axes, in values. */
  get at(): readonly [number, number] {
    const own = this.session.rollout.layout.values(this.through);
    const { x, y } = this.question;
    const valueAt = ({ column }: Axis, entry: LayoutEntry) => own[entry.name][column - entry.column];
    return [valueAt(x, this.entries[0]), valueAt(y, this.entries[1])];
  }

  values(points: number): { readonly x: Float64Array; readonly y: Float64Array } {
    const [x, y] = this.axes(points);
    return { x: Float64Array.from(x, (p) => p.value), y: Float64Array.from(y, (p) => p.value) };
  }

  /** Row by row in y. */
  grid(points: number): Point[] {
    const [xs, ys] = this.axes(points);
    const step = (this.question.points - 1) / (points - 1);
    return ys.flatMap((y, j) => xs.map((x, i) => ({ key: `${i * step},${j * step}`, raw: this.set(x, y) })));
  }

  private axes(points: number): readonly [Place[], Place[]] {
    const { x, y } = this.question;
    return [this.places(x, this.entries[0], points), this.places(y, this.entries[1], points)];
  }

  private entryOf({ column, scale, from, to }: Axis): LayoutEntry {
    const entry = this.session.rollout.layout.entries.find((e) => e.column <= column && column < e.column + e.size);
    if (entry === undefined) throw new UserError(`map: a parameter was expected, got column ${column}; choose another`);
    const [least, most] = entry.parameter.range;
    if (!(from >= least && from < to && to <= most)) {
      throw new UserError(
        `map: ${entry.name}: two values in [${least}, ${most}], the smaller first, were expected, got ${from} and ${to}; choose others`,
      );
    }
    const far = [from, to].find((value) => !Number.isFinite(rawOf(entry, value)));
    if (scale === 'raw' && far !== undefined) {
      throw new UserError(
        `map: ${entry.name}: values that training can reach were expected, got ${far}, which is infinitely far; choose another, or an axis that is even in values`,
      );
    }
    return entry;
  }

  private places({ column, scale, from, to }: Axis, entry: LayoutEntry, points: number): Place[] {
    const isShare = entry.parameter.transform.simplex === true;
    if (scale === 'value') {
      return even(from, to, points).map((value) => ({
        column,
        entry,
        value,
        raw: isShare ? null : rawOf(entry, value),
      }));
    }
    const toValue = isShare
      ? (u: number) => 1 / (1 + Math.exp(-u))
      : (u: number) => valuesOfRaws(entry.parameter, [u])[0];
    return even(rawOf(entry, from), rawOf(entry, to), points).map((raw) => ({
      column,
      entry,
      value: toValue(raw),
      raw: isShare ? null : raw,
    }));
  }

  /** The set with these two numbers. */
  private set(x: Place, y: Place): Float64Array | null {
    const raw = this.through.slice();
    for (const place of [x, y]) if (place.raw !== null) raw[place.column] = place.raw;
    const shares = [x, y].filter((place) => place.raw === null);
    for (const entry of new Set(shares.map((place) => place.entry))) {
      const own = shares.filter((place) => place.entry === entry);
      const values = sharesWith(
        entry.parameter.transform.forward(Array.from(this.through.subarray(entry.column, entry.column + entry.size))),
        own.map(({ column, value }) => [column - entry.column, value]),
      );
      if (values === null) return null;
      raw.set(entry.parameter.transform.inverse(values), entry.column);
    }
    return raw.some(Number.isNaN) ? null : raw;
  }
}

/** The raw number of a value; of a share w of a whole ln(w/(1 − w)), which it has where the others together have 0. */
const rawOf = ({ parameter: { transform } }: LayoutEntry, value: number): number =>
  transform.simplex === true ? Math.log(value / (1 - value)) : transform.inverse([value])[0];
