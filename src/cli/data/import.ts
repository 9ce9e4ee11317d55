/** Floor 6. `poolgrad data import`: a dataset of candle files, or a recording of files of trades and tops of the book. */
import { basename } from 'node:path';
import { Command } from 'commander';
import { formatNames } from '../../data/formats.js';
import { recordFormatNames } from '../../data/recording/formats.js';
import { UserError } from '../../errors.js';
import { delimiterOption, numberArgument, skipLinesOption } from './flags.js';
import { areRecorded, importRecorded, OF_RECORDINGS, type RecordingFlags } from './import-recording.js';
import { claimDataset, printDataset } from './output.js';

interface ImportFlags extends RecordingFlags {
  timeColumn?: string;
  closeColumn?: string;
  volumeColumn?: string;
  volumeUnit: string;
  span: string;
  fill: string;
  maxGap?: number;
  interval?: string;
  withNumeraire?: boolean;
}

export function importCommand(): Command {
  return new Command('import')
    .description(
      'make a dataset of candle files, or a recording of trades and tops of the book: CSV (also .gz and .zip), JSON, Feather/Arrow, Parquet',
    )
    .argument('<files...>', 'one or more, as NAME=file or file (the asset is then guessed from the file name)')
    .requiredOption('-o, --out <file>', 'the dataset to write (.arrow)')
    .option(
      '-f, --format <name>',
      `${formatNames.slice(0, -1).join(', ')}, or columns (by name or number); of trades and tops, which are told by what they hold: ${recordFormatNames.join(', ')}`,
    )
    .option(
      '--time-column <column>',
      'the time: epoch (s, ms, µs, ns) or ISO text, UTC; a name, or the number of the cell',
    )
    .option('--close-column <column>', 'the closing price, likewise')
    .option('--volume-column <column>', 'the traded volume, likewise')
    .option('--volume-unit <unit>', 'what that volume counts: base (the asset) or quote (the numéraire)', 'base')
    .addOption(delimiterOption())
    .addOption(skipLinesOption())
    .option('--span <span>', 'the time that all files share, or all time: intersection, union', 'intersection')
    .option('--fill <policy>', 'missing rows: forward (last close, volume 0) or refuse', 'forward')
    .option('--max-gap <minutes>', 'longest gap that may be filled', numberArgument)
    .option('--interval <duration>', 'time between rows, e.g. 1m, 5m (default: the most common spacing)')
    .option('--numeraire <name>', 'currency of all prices (default: what the file names say)')
    .option('--with-numeraire', 'make that currency an asset too, at price 1 (a pool of ETH and USDC of one file)')
    .option(
      '--columns <pairs>',
      'of trades and tops: columns that are called otherwise, e.g. price=px,size=sz,side=dir',
    )
    .option('--symbol <name>', 'of trades and tops: the market of files that have several')
    .option('--crossed <policy>', 'tops whose bid is not below their ask: refuse or drop (default: refuse)')
    .option('--json', 'print the report as JSON')
    .addHelpText(
      'after',
      `
Examples:
  $ poolgrad data import BTC=btc-2018.csv.gz ETH=eth-2018.csv.gz --format bitfinex-candles --out prices.arrow
  $ poolgrad data import BTCUSDT-1m-2024-*.zip ETHUSDT-1m-2024-*.zip --format binance-klines --out prices.arrow
  $ poolgrad data import ETHUSDC-1m.csv --with-numeraire --out prices.arrow
  $ poolgrad data import XBTUSD_1.csv ETHUSD_1.csv --time-column 1 --close-column 5 --out prices.arrow
  $ poolgrad data import ETH_BTC-5m.feather LTC_BTC-5m.feather --max-gap 60 --out prices.arrow
  $ poolgrad data import SOL=sol.parquet --time-column ts --close-column px --fill refuse --out prices.arrow
  $ poolgrad data import BTCUSDT-aggTrades-2024-01-*.zip BTCUSDT-bookTicker-2024-01-*.zip --out btc.arrow
  $ poolgrad data import BTC=hyperliquid.jsonl.gz --symbol BTC --out btc.arrow

Files of one asset (monthly archives) are put one after another. Missing rows are counted, reported and filled;
duplicate times, disorder, prices that are not positive numbers, and candles without low ≤ open, close ≤ high are
refused with their line. Files that run backwards as a whole are turned round.

A recording is of one market. Its sides are those of the aggressor: is_buyer_maker is true where a seller took.`,
    )
    .action(runImport);
}

/** Flags that mean nothing to a recording. */
const OF_CANDLES = [
  'timeColumn',
  'closeColumn',
  'volumeColumn',
  'volumeUnit',
  'span',
  'fill',
  'maxGap',
  'interval',
  'withNumeraire',
];

const longFlag = (command: Command, key: string) => command.options.find((o) => o.attributeName() === key)?.long ?? key;

/** The flags that were given. */
const told = (command: Command, flags: ImportFlags): Partial<ImportFlags> =>
  Object.fromEntries(Object.entries(flags).filter(([key]) => command.getOptionValueSource(key) === 'cli'));

async function runImport(files: string[], flags: ImportFlags, command: Command): Promise<void> {
  const { importFiles, parseImportFile } = await import('../../data/import-files.js');
  const { parseFormat } = await import('../../data/formats.js');
  const { isStep, parseDuration } = await import('../../data/time.js');
  const { encodeDataset } = await import('../../data/dataset-form.js');
  const sources = files.map(parseImportFile);
  if (await areRecorded(sources, flags)) {
    const ofCandles = OF_CANDLES.find((key) => command.getOptionValueSource(key) === 'cli');
    const recipe = importRecipe(files, told(command, flags));
    return importRecorded(sources, flags, { recipe, ofCandles: ofCandles && longFlag(command, ofCandles) });
  }
  const stray = OF_RECORDINGS.find((key) => flags[key] !== undefined);
  if (stray !== undefined) {
    throw new UserError(`--${stray}: expected with trades or tops of a book only, got candles; leave it out`, 2);
  }
  if (flags.maxGap !== undefined && !(flags.maxGap >= 0)) {
    throw new UserError(`--max-gap: expected a number of minutes ≥ 0, got ${flags.maxGap}`, 2);
  }
  const output = await claimDataset(
    flags.out,
    sources.map(({ path }) => path),
  );
  const { dataset, report, warnings } = await importFiles(sources, {
    format: flags.format === undefined ? undefined : parseFormat(flags.format),
    columns: { time: flags.timeColumn, close: flags.closeColumn, volume: flags.volumeColumn },
    delimiter: flags.delimiter,
    skipLines: flags.skipLines,
    volumeUnit: choice('--volume-unit', flags.volumeUnit, ['base', 'quote']),
    span: choice('--span', flags.span, ['intersection', 'union']),
    fill: choice('--fill', flags.fill, ['forward', 'refuse']),
    maxGap: flags.maxGap === undefined ? undefined : flags.maxGap * 60_000,
    interval: flags.interval === undefined ? undefined : parseDuration(flags.interval, '--interval'),
    numeraire: flags.numeraire,
    withNumeraire: flags.withNumeraire,
    recipe: importRecipe(files, flags),
  });
  await output.write(await encodeDataset(dataset));
  const { shownMeta } = await import('../../data/fills.js');
  const { importReportText } = await import('../../data/import-text.js');
  const { rows, interval, start, hash } = dataset;
  const text = importReportText(dataset, report, warnings);
  const json = { rows, interval, start, hash, meta: shownMeta(dataset.meta), assets: report, warnings };
  // of rows that make no whole day no pool is made
  const next = isStep(interval) ? `poolgrad init my-pool.yaml --data ${output.path}` : undefined;
  printDataset(output, { text, json }, { asJson: flags.json, next });
}

/** The command with the file names but not their folders, which are this machine's business. */
function importRecipe(files: readonly string[], flags: Partial<ImportFlags>): string {
  const { json: _, ...shown } = { ...flags, out: basename(flags.out ?? '') };
  const words = Object.entries(shown).map(([key, value]) => {
    const flag = key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    return value === true ? `--${flag}` : `--${flag} ${quoted(String(value))}`;
  });
  const names = files.map((file) => file.replace(/^([^=/\\]+=)?.*[/\\]/, '$1'));
  return ['poolgrad data import', ...names, ...words].join(' ');
}

/** A word as a shell takes it, where it is more than a name or a number. */
function quoted(word: string): string {
  if (/^[\p{L}\p{N}._:/-]+$/u.test(word)) return word;
  return `'${word.replaceAll('\t', '\\t').replaceAll("'", "'\\''")}'`;
}

function choice<T extends string>(flag: string, value: string, allowed: readonly T[]): T {
  if ((allowed as readonly string[]).includes(value)) return value as T;
  throw new UserError(`${flag}: expected ${allowed.join(' or ')}, got '${value}'`, 2);
}
