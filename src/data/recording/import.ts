/** Floor 4. Exchange files of trades and tops made into one recording, with an account of what was read and put right. */
import { basename } from 'node:path';
import { UserError } from '../../errors.js';
import type { ImportFile } from '../import-files.js';
import { marketsOf } from '../markets.js';
import { formatTime } from '../time.js';
import { type CheckOptions, checkedPart, type Part } from './checks.js';
import type { RecordFormatName } from './formats.js';
import type { RawOptions } from './raw.js';
import { readRaw } from './read.js';
import { createRecording, type Recording, type Tops, type Trades } from './recording.js';

export interface RecordingOptions extends RawOptions, CheckOptions {
  /** The currency of prices; undefined: what the data or the file names say. */
  readonly numeraire?: string;
  /** The command that asked for it, kept in the recording's meta. */
  readonly recipe?: string;
}

/** What was read of a file. */
export interface PartReport {
  readonly file: string;
  readonly format: RecordFormatName;
  readonly read: number;
}

export interface RecordingResult {
  readonly recording: Recording;
  readonly parts: readonly PartReport[];
  /** What was put right, and what is odd, a sentence each. */
  readonly warnings: readonly string[];
}

/**
 * Reads, checks and joins files of one market: trades, tops of the book, or both; those of one kind one after another (daily
 * archives). Throws UserError, before anything is written, for what would make a wrong market.
 */
export async function importRecording(
  files: readonly ImportFile[],
  options: RecordingOptions,
): Promise<RecordingResult> {
  const parts: Part[] = [];
  let symbol: string | undefined = options.symbol;
  for (const { path } of files) {
    for (const raw of await readRaw(path, options)) {
      if (raw.symbols.length === 1) symbol ??= raw.symbols[0];
      parts.push(checkedPart(raw, options));
    }
  }
  const { asset, quote } = marketOf(files, symbol, options.numeraire);
  const trades = joined(
    parts.filter((part) => part.trades !== null),
    (part) => part.trades as Trades,
  );
  const tops = joined(
    parts.filter((part) => part.tops !== null),
    (part) => sizedAlike(parts, part.tops as Tops),
  );
  const { recipe } = options;
  const meta = {
    source: files.map((file) => basename(file.path)).join(', '),
    ...(recipe === undefined ? {} : { recipe }),
  };
  const recording = createRecording({ asset, quote, trades, tops, meta });
  return {
    recording,
    parts: parts.map(({ path, format, read }) => ({ file: basename(path), format, read })),
    warnings: [...parts.flatMap((part) => part.notes), ...apart(recording), ...paused(recording)],
  };
}

/** The market by the names given, by what the data call it, or by the names of the files: one for all. */
function marketOf(files: readonly ImportFile[], symbol: string | undefined, numeraire: string | undefined) {
  const named = symbol === undefined ? files : files.map(({ asset }) => called(asset, symbol));
  const markets = marketsOf(named, numeraire);
  const [first] = markets;
  const other = markets.find((market) => market.asset !== first.asset);
  if (other !== undefined) {
    throw new UserError(
      `import: a recording is of one market, got files of ${first.asset} and ${other.asset}; import them one by one, or name them alike (NAME=file)`,
      2,
    );
  }
  return { asset: first.asset, quote: numeraire ?? first.quote };
}

/** A symbol of an exchange as the name of a file, which tells asset and currency alike. */
function called(asset: string | null, symbol: string): ImportFile {
  const path = symbol.toUpperCase().replaceAll('/', '-');
  const tells = /^(?:[A-Z]|\d+[A-Z]{3})[A-Z0-9]*/.test(path);
  return { asset: asset ?? (tells ? null : symbol), path };
}

type Columns = Trades | Tops;

function joined<C extends Columns>(parts: readonly Part[], of: (part: Part) => C): C | null {
  if (parts.length === 0) return null;
  const sorted = [...parts].sort((a, b) => of(a).time[0] - of(b).time[0]);
  for (let i = 1; i < sorted.length; i++) checkFollows(sorted[i - 1], sorted[i], (part) => of(part).time);
  if (sorted.length === 1) return of(sorted[0]);
  const names = Object.keys(of(sorted[0])) as (keyof C)[];
  const entries = names.map((name) => [name, concatenated(sorted.map((part) => of(part)[name] as Column | null))]);
  return Object.fromEntries(entries) as C;
}

type Column = Float64Array | Int8Array;

function concatenated(columns: readonly (Column | null)[]): Column | null {
  const there = columns.filter((column): column is Column => column !== null);
  if (there.length < columns.length) return null;
  const length = there.reduce((sum, column) => sum + column.length, 0);
  const all = there[0] instanceof Int8Array ? new Int8Array(length) : new Float64Array(length);
  let offset = 0;
  for (const column of there) {
    all.set(column, offset);
    offset += column.length;
  }
  return all;
}

function checkFollows(before: Part, after: Part, timeOf: (part: Part) => Float64Array): void {
  const end = timeOf(before)[timeOf(before).length - 1];
  const start = timeOf(after)[0];
  if (start >= end) return;
  const kind = before.trades === null ? 'tops' : 'trades';
  throw new UserError(
    `import: two files of ${kind} overlap: ${basename(before.path)} ends ${formatTime(end)}, ${basename(after.path)} starts ${formatTime(start)}; cut one, or name only one of them`,
  );
}

/** Sizes are known where all files have them. */
function sizedAlike(parts: readonly Part[], tops: Tops): Tops {
  const sized = parts.every((part) => part.tops === null || part.tops.bidSize !== null);
  return sized ? tops : { ...tops, bidSize: null, askSize: null };
}

/** Trades and tops of different days say nothing of each other. */
function apart({ trades, tops }: Recording): string[] {
  if (trades === null || tops === null) return [];
  const ends = (time: Float64Array) => [time[0], time[time.length - 1]];
  const [[a, b], [c, d]] = [ends(trades.time), ends(tops.time)];
  const shared = Math.min(b, d) - Math.max(a, c);
  if (shared > 0.5 * Math.min(b - a, d - c) || (a === b && c <= a && a <= d)) return [];
  const span = (from: number, to: number) => `${formatTime(from)} to ${formatTime(to)}`;
  return [`trades are of ${span(a, b)}, tops of ${span(c, d)}: they share less than half of that time`];
}

/** Shorter pauses are the market's. */
const LEAST_PAUSE = 60_000;

/** A pause that no market of so many events makes was the recorder's: orders of that time are not there. */
function paused({ trades, tops }: Recording): string[] {
  return [['trades', trades] as const, ['tops', tops] as const].flatMap(([kind, columns]) => {
    if (columns === null || columns.time.length < 100) return [];
    const { time } = columns;
    let longest = 1;
    for (let i = 2; i < time.length; i++) if (time[i] - time[i - 1] > time[longest] - time[longest - 1]) longest = i;
    const pause = time[longest] - time[longest - 1];
    // the longest of n independent waits is about ln n of their mean
    const usual = ((time[time.length - 1] - time[0]) / time.length) * Math.log(time.length);
    if (pause < Math.max(LEAST_PAUSE, 10 * usual)) return [];
    return [
      `no ${kind} for ${Math.round(pause / 1000)} s from ${formatTime(time[longest - 1])}: was the recorder down? a calibration takes it for a quiet market`,
    ];
  });
}
