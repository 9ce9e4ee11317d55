/** Floor 6. `poolgrad data import`: a dataset of candle files. */
import { basename } from 'node:path';
import { Command } from 'commander';
import { formatNames } from '../../data/formats.js';
import { UserError } from '../../errors.js';
import { delimiterOption, numberArgument, skipLinesOption } from './flags.js';
import { claimDataset, printDataset } from './output.js';

interface ImportFlags {
  out: string;
  format?: string;
  timeColumn?: string;
  closeColumn?: string;
  volumeColumn?: string;
  volumeUnit: string;
  delimiter?: string;
  skipLines?: number;
  span: string;
  fill: string;
  maxGap?: number;
  interval?: string;
  numeraire?: string;
  withNumeraire?: boolean;
  json?: boolean;
}

export function importCommand(): Command {
  return new Command('import')
    .description('make a dataset of candle files: CSV (also .gz and .zip), Feather/Arrow, Parquet')
    .argument('<files...>', 'one or more, as NAME=file or file (the asset is then guessed from the file name)')
    .requiredOption('-o, --out <file>', 'the dataset to write (.arrow)')
    .option('-f, --format <name>', `${formatNames.slice(0, -1).join(', ')}, or columns (by name or number)`)
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

Files of one asset (monthly archives) are put one after another. Missing rows are counted, reported and filled;
duplicate times, disorder, prices that are not positive numbers, and candles without low ≤ open, close ≤ high are
refused with their line. Files that run backwards as a whole are turned round.`,
    )
    .action(runImport);
}

async function runImport(files: string[], flags: ImportFlags): Promise<void> {
  const { importFiles, parseImportFile } = await import('../../data/import.js');
  const { parseFormat } = await import('../../data/formats.js');
  const { isStep, parseDuration } = await import('../../data/time.js');
  const { encodeDataset } = await import('../../data/dataset-file.js');
  const sources = files.map(parseImportFile);
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
function importRecipe(files: readonly string[], flags: ImportFlags): string {
  const { json: _, ...told } = { ...flags, out: basename(flags.out) };
  const words = Object.entries(told).map(([key, value]) => {
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
