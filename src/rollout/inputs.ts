/**
 * Floor 2. What a roll-out refuses, before any program runs: compiled programs do not check what they load.
 *
 * Prices are looked at once a dataset; a run checks numbers of rows and sets and the windows' starts, nothing per step.
 */
import { UserError } from '../errors.js';
import { columnOf, type ParameterLayout } from './layout.js';
import type { Prices } from './recorded.js';
import { fewestRows, type RolloutSpec, scoredBy } from './spec.js';

/**
 * Refuses prices of other assets than the spec's or in another order, of another size, and such as have no logarithm.
 *
 * @param checked data whose numbers were looked at; these join them
 */
export function checkPrices(assets: readonly string[], data: Prices, checked?: WeakSet<Prices>): void {
  const n = assets.length;
  if (data.assets.length !== n || assets.some((a, i) => a !== data.assets[i])) {
    throw new UserError(
      `rollout: prices of ${assets.join(', ')} were expected, in this order, got ${data.assets.join(', ')}; choose the columns of the data with selectAssets`,
    );
  }
  if (checked?.has(data)) return;
  checkColumns('prices', data.prices, data, Number.MIN_VALUE, 'above 0');
  if (data.volume !== null) checkColumns('volumes', data.volume, data, 0, 'of at least 0');
  checked?.add(data);
}

function checkColumns(
  name: string,
  values: Float64Array,
  { assets, rows }: Prices,
  least: number,
  bound: string,
): void {
  const n = assets.length;
  if (!(rows >= 1) || values.length !== rows * n) {
    throw new UserError(
      `rollout: ${rows * n} ${name} were expected, ${n} in each of ${rows} rows, got ${values.length}; give as many as there are rows and assets`,
    );
  }
  // a loop without a call: some years of minutes, once for every roll-out
  let wrong = 0;
  while (wrong < values.length && values[wrong] >= least && values[wrong] < Number.POSITIVE_INFINITY) wrong++;
  if (wrong < values.length) {
    throw new UserError(
      `rollout: finite ${name} ${bound} were expected, got ${values[wrong]} of ${assets[wrong % n]} in row ${Math.floor(wrong / n)}; mend the data`,
    );
  }
}

/**
 * Refuses values with which a drawn source cannot be stepped, where no set has others: a training goes on without sets that
 * have left what can be.
 */
export function checkSource(spec: RolloutSpec, layout: ParameterLayout, raw: Float64Array, sets: number): void {
  if (spec.source.kind === 'recorded') return;
  const { model, settings } = spec.source;
  if (model.check === undefined) return;
  let fault: unknown;
  for (let s = 0; s < sets; s++) {
    const named = Object.entries(layout.values(columnOf(raw, sets, s)))
      .filter(([name]) => name.startsWith(`${model.name}.`))
      .map(([name, values]) => [name.slice(model.name.length + 1), values]);
    try {
      model.check(Object.fromEntries(named), spec.clock, settings);
      return;
    } catch (error) {
      fault ??= error;
    }
  }
  throw fault;
}

/** The number of sets in raw parameters [columns][S]; 1 where there are no parameters. */
export function countSets(raw: Float64Array, columns: number): number {
  if (columns === 0 && raw.length === 0) return 1;
  if (raw.length === 0 || raw.length % columns !== 0) {
    throw new UserError(
      `rollout: raw parameters were expected in ${columns} columns, got ${raw.length} numbers; give every set the columns of layout.entries`,
    );
  }
  return raw.length / columns;
}

/** Refuses the raws of more sets than one: a path is that of one lane. */
export function checkOneSet(raw: Float64Array, columns: number): void {
  if (raw.length !== columns) {
    throw new UserError(
      `rollout: one parameter set was expected for a path, ${columns} numbers, got ${raw.length}; take a set out with columnOf`,
    );
  }
}

/**
 * Refuses windows that are none, too short for the spec's objectives, or not within the `rows` rows of the data and one of
 * their pieces; scenarios (`rows` is null) that are no whole numbers from 0.
 */
export function checkWindows(
  spec: RolloutSpec,
  rows: number | null,
  windows: Int32Array | readonly number[],
  windowRows: number,
  pieceRows = rows ?? 0,
): void {
  if (windows.length === 0) {
    throw new UserError('rollout: at least one window was expected, got none; give the first row of each');
  }
  checkCount('rows in a window', windowRows, 1);
  for (const model of scoredBy(spec)) {
    const least = fewestRows(model, spec.clock);
    if (windowRows < least) {
      throw new UserError(
        `rollout: windows of at least ${least} rows were expected for ${model.name}, got ${windowRows}; use longer windows`,
      );
    }
  }
  for (const first of windows) {
    if (rows === null) checkCount('a scenario', first, 0);
    else if (!Number.isInteger(first) || first < 0 || first + windowRows > rows) {
      throw new UserError(
        `rollout: windows within the ${rows} rows of the data were expected, got rows ${first} to ${first + windowRows}; move or shorten the windows`,
      );
    } else if ((first % pieceRows) + windowRows > pieceRows) {
      throw new UserError(
        `rollout: windows within one of the pieces of ${pieceRows} rows were expected, got rows ${first} to ${first + windowRows}; move or shorten the windows`,
      );
    }
  }
}

/** Refuses all but whole numbers from `least`. */
export function checkCount(name: string, value: number, least: number): void {
  if (!Number.isInteger(value) || value < least) {
    throw new UserError(
      `rollout: a whole number of ${name} from ${least} was expected, got ${value}; round or raise it`,
    );
  }
}

/** Refuses what the objective and measures count in sets, unless there is a number for each: [1 + measures][S]. */
export function checkCounts(counts: Float64Array, measures: number, sets: number): void {
  if (counts.length === (1 + measures) * sets) return;
  throw new UserError(
    `rollout: what the objective and ${measures} measures count in ${sets} sets was expected, got ${counts.length} numbers; give one for each`,
  );
}

/**
 * Refuses a path that leaves the finite numbers: nothing can be said of such a pool, whose parameters are each a number.
 *
 * @param rows of the dataset; each part of the path is [rows][…]
 */
export function checkFinite(rows: ArrayLike<number>, path: Readonly<Record<string, Float64Array | null>>): void {
  for (const [name, values] of Object.entries(path)) {
    if (values === null) continue;
    // a loop, as in checkColumns: findIndex calls a function for each number
    let at = 0;
    while (at < values.length && Number.isFinite(values[at])) at++;
    if (at === values.length) continue;
    const row = rows[Math.floor((at * rows.length) / values.length)];
    throw new UserError(
      `rollout: finite ${name} of the pool were expected, got ${values[at]} in row ${row}; its parameters lead out of the numbers: change them, or train anew`,
    );
  }
}

/**
 * Fills what belongs to sets with a parameter that is not a number with NaN. Every comparison with NaN is false, so
 * that such a pool may merely never trade: it would pass for one that holds its assets, and could be taken for the best.
 *
 * @param raw [columns][S]
 * @param bySet arrays with the set fastest, [...][S]
 */
export function withholdBroken(raw: Float64Array, sets: number, ...bySet: readonly Float64Array[]): void {
  for (let i = 0; i < raw.length; i++) {
    if (!Number.isNaN(raw[i])) continue;
    for (const values of bySet) for (let at = i % sets; at < values.length; at += sets) values[at] = Number.NaN;
  }
}
