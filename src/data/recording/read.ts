/** Floor 4. Recorded trades or tops of a file, whatever it is: text, columnar, or JSON. */
import { basename } from 'node:path';
import { UserError } from '../../errors.js';
import { readArrowTable, readParquetTable } from '../column-table.js';
import { readCsv, readFirstLines } from '../csv.js';
import type { CsvColumn, Words } from '../csv-rows.js';
import { onDisk } from '../on-disk.js';
import { detectContainer } from '../series.js';
import {
  type Field,
  formatOf,
  makerWords,
  type Places,
  type RecordFormat,
  type RecordFormatName,
  recordFormatNames,
  sideWords,
} from './formats.js';
import { isJson, readJson } from './json.js';
import { type RawColumns, type RawOptions, raw, symbolWords } from './raw.js';
import { missingOf, type Told, tellNames, tellRows } from './tell.js';

/** Reads a file (CSV and JSON also gzip or ZIP). Throws UserError, naming the place of what is wrong. */
export async function readRaw(path: string, o: RawOptions): Promise<RawColumns[]> {
  const container = await detectContainer(onDisk(path));
  if (container !== 'text') return [await readColumnar(path, container, o)];
  return (await isJson(path)) ? readJson(path, o) : [await readText(path, o)];
}

/** Whether a file has trades or tops rather than candles. Throws UserError where it cannot be read. */
export async function isRecorded(path: string, o: RawOptions): Promise<boolean> {
  const container = await detectContainer(onDisk(path));
  if (container === 'text') {
    return (await isJson(path)) || tellRows(path, (await readFirstLines(onDisk(path), o)).rows, o) !== null;
  }
  const table = await (container === 'arrow' ? readArrowTable(onDisk(path)) : readParquetTable(onDisk(path)));
  return tellNames(path, table.names, o) !== null;
}

const USED: readonly Field[] = ['time', 'price', 'size', 'side', 'maker', 'id', 'symbol', 'base', 'value'];
const OF_TOPS: readonly Field[] = ['time', 'bid', 'ask', 'bidSize', 'askSize', 'symbol'];

/** The fields of a format that a file has, each once; a side rather than what else tells it. */
function fieldsOf({ kind, ids }: RecordFormat, places: Places): Field[] {
  return (kind === 'trades' ? USED : OF_TOPS).filter(
    (field) =>
      places[field] !== undefined &&
      (field !== 'maker' || places.side === undefined) &&
      (field !== 'id' || ids !== undefined),
  );
}

async function readText(path: string, o: RawOptions): Promise<RawColumns> {
  let told: Told | undefined;
  const { words, symbols } = symbolWords();
  const kinds: Partial<Record<Field, CsvColumn['kind']>> = {
    time: 'time',
    side: sideWords,
    maker: makerWords,
    symbol: words,
  };
  let fields: Field[] = [];
  const { values, lines } = await readCsv(onDisk(path), o, ({ rows }) => {
    told = tellRows(path, rows, o) ?? refuse(path, rows[0] ?? [], o);
    const { places, format, hasHeader } = told;
    fields = fieldsOf(formatOf(format), places);
    const columns = fields.map((field): CsvColumn => {
      const index = places[field] as number;
      return { index, name: hasHeader ? rows[0][index] : field, kind: kinds[field] ?? 'number' };
    });
    return { columns, headerLines: hasHeader ? 1 : 0 };
  });
  const { format } = told as Told;
  return raw(path, format, Object.fromEntries(fields.map((field, c) => [field, values[c]])), symbols, lines, 'line');
}

async function readColumnar(path: string, container: 'arrow' | 'parquet', o: RawOptions): Promise<RawColumns> {
  const table = await (container === 'arrow' ? readArrowTable(onDisk(path)) : readParquetTable(onDisk(path)));
  const { format, places } = tellNames(path, table.names, o) ?? refuse(path, table.names, o);
  const { words, symbols } = symbolWords();
  const read = (field: Field): Float64Array => {
    const name = table.names[places[field] as number];
    if (field === 'time') return table.times(name);
    const known: Partial<Record<Field, Words>> = { side: sideWords, maker: makerWords, symbol: words };
    const meant = known[field];
    return meant === undefined ? table.numbers(name) : table.words(name, meant);
  };
  const values = Object.fromEntries(fieldsOf(formatOf(format), places).map((field) => [field, read(field)]));
  const rows = Int32Array.from({ length: table.rows }, (_, row) => row + 1);
  return raw(path, format, values, symbols, rows, 'row');
}

/** Says what is not there: of the format asked for, or of the one that the names come nearest to. */
function refuse(path: string, names: readonly string[], { format }: RawOptions): never {
  const known = format === undefined ? recordFormatNames : [format];
  const list = known.map((name) => `${name} (${formatOf(name).words})`).join('; ');
  const missing = format === undefined ? '' : lacking(path, names, format);
  throw new UserError(
    `${basename(path)}: expected ${list}, got ${names.slice(0, 12).join(', ')}${missing}; name columns that are called otherwise with --columns, such as price=px,side=dir`,
  );
}

function lacking(path: string, names: readonly string[], format: RecordFormatName): string {
  const { kind } = formatOf(format);
  const generic = tellNames(path, names, { format: kind });
  if (generic !== null) return `, which fits --format ${kind}`;
  const plain = names.map((name) => name.toLowerCase());
  const needed = missingOf(kind, {}).filter((field) => !plain.includes(field.toLowerCase()));
  return needed.length === 0 ? '' : ` without ${needed.join(', ')}`;
}
