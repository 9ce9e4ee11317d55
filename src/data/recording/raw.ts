/** Floor 4. The columns of recorded trades or tops as a file has them, before they are checked. */
import type { CsvDialect } from '../csv-head.js';
import type { Words } from '../csv-rows.js';
import type { Field, RecordFormatName } from './formats.js';
import type { Asked } from './tell.js';

export interface RawColumns {
  readonly path: string;
  readonly format: RecordFormatName;
  /** Equally long; `side` is that of the aggressor whichever column told it. */
  readonly values: Readonly<Partial<Record<Exclude<Field, 'maker' | 'symbol'>, Float64Array>>>;
  /** Markets in the file, and which a row is of; none where no column says. */
  readonly symbols: readonly string[];
  readonly symbol: Float64Array | null;
  /** Where each row stands in the file, and what that counts. */
  readonly places: Int32Array;
  readonly unit: 'line' | 'row' | 'record';
}

export interface RawOptions extends CsvDialect, Asked {}

/** Words for markets, which get their numbers as they come. */
export function symbolWords(): { readonly words: Words; readonly symbols: string[] } {
  const symbols: string[] = [];
  const known = new Map<string, number>();
  const numberOf = (text: string) => {
    const found = known.get(text);
    if (found !== undefined) return found;
    known.set(text, symbols.length);
    return symbols.push(text) - 1;
  };
  return { symbols, words: { numberOf, expected: () => 'a market' } };
}

/** Puts what was read together. */
export function raw(
  path: string,
  format: RecordFormatName,
  values: Readonly<Partial<Record<Field, Float64Array>>>,
  symbols: readonly string[],
  places: Int32Array,
  unit: RawColumns['unit'],
): RawColumns {
  const { maker, symbol = null, ...rest } = values;
  return {
    ...{ path, format, symbols, symbol, places, unit },
    values: maker === undefined ? rest : { ...rest, side: maker },
  };
}
