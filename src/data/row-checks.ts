/** Floor 4. What every row of a candle file must be, checked as it is read. */
import { UserError } from '../errors.js';
import type { VolumeUnit } from './formats.js';
import { formatTime } from './time.js';

const CAUSE = 'mend or remove it (a missing minute is a gap, which can be filled)';

/** NaN stands for what the file has not. */
export interface CandleRow {
  readonly time: number;
  readonly close: number;
  readonly volume: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
}

/**
 * Refuses what would silently make wrong prices; each error names file, row, value and remedy. Times may run forwards or
 * backwards, but one way through the whole file.
 */
export class RowChecks {
  #rows = 0;
  #way = 0;
  #before = Number.NaN;
  #whereBefore = 0;

  /** @param unit what `where` of a row counts */
  constructor(
    readonly file: string,
    readonly unit: 'line' | 'row',
    readonly volumeUnit: VolumeUnit,
  ) {}

  /** Rows seen so far. */
  get rows(): number {
    return this.#rows;
  }

  /** Whether the newest row came first. */
  get backwards(): boolean {
    return this.#way < 0;
  }

  add({ time, close, volume, open, high, low }: CandleRow, where: number): void {
    if (!(close > 0)) this.#refuse(where, `expected a price > 0, got ${close}; ${CAUSE}`);
    const value = this.volumeUnit === 'base' ? volume * close : volume;
    if (value < 0) this.#refuse(where, `expected a volume ≥ 0, got ${value}; ${CAUSE}`);
    if (value === Number.POSITIVE_INFINITY) {
      this.#refuse(where, `expected volume · close to be a finite number, got ${volume} · ${close}; ${CAUSE}`);
    }
    if (this.#rows > 0) this.#order(time, where);
    // comparisons with NaN are false
    if (low > high || low > open || low > close || high < open || high < close) {
      const got = Object.entries({ open, high, low, close }).filter(([, price]) => !Number.isNaN(price));
      const prices = got.map((words) => words.join(' ')).join(', ');
      this.#refuse(where, `expected low ≤ open, close ≤ high, got ${prices}; ${CAUSE}`);
    }
    this.#before = time;
    this.#whereBefore = where;
    this.#rows++;
  }

  #order(time: number, where: number): void {
    const way = Math.sign(time - this.#before);
    if (this.#way === 0) this.#way = way;
    if (way === this.#way && way !== 0) return;
    const [now, before] = [formatTime(time), formatTime(this.#before)];
    const [here, there] = [`${this.unit} ${where}`, `${this.unit} ${this.#whereBefore}`];
    if (way === 0) this.#refuse(where, `time ${now} occurs twice (also ${there}); remove one of the two`);
    if (this.#way > 0) {
      this.#refuse(where, `time ${now} comes after ${before} (${there}); sort the rows by time, oldest first`);
    }
    throw new UserError(
      `${this.file} ${here}: time ${now} is later than ${before} (${there}), but the times above run backwards; sort the rows by time, oldest first`,
    );
  }

  #refuse(where: number, what: string): never {
    throw new UserError(`${this.file} ${this.unit} ${where}: ${what}`);
  }
}
