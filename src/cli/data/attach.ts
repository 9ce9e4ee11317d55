/** Floor 6. `poolgrad data attach`: further series beside the prices of a dataset. */
import { basename } from 'node:path';
import { Command } from 'commander';
import type { AttachResult } from '../../data/attach.js';
import { UserError } from '../../errors.js';
import { delimiterOption, skipLinesOption } from './flags.js';
import { claimDataset, printDataset } from './output.js';

interface AttachFlags {
  out: string;
  timeColumn?: string;
  valueColumn?: string;
  delimiter?: string;
  skipLines?: number;
  backfill: boolean;
  trades?: string;
  json?: boolean;
}

export function attachCommand(): Command {
  return new Command('attach')
    .description('put further series beside the prices: supplies of assets, fees, gas, trades with the pool')
    .argument('<dataset>', 'an Arrow file made by data import or data synth')
    .argument('[series...]', 'NAME=file: CSV (also .gz and .zip), Feather/Arrow or Parquet with a time and a value')
    .requiredOption('-o, --out <file>', 'the dataset to write (.arrow)')
    .option(
      '--time-column <column>',
      'the time: epoch (s, ms, µs, ns) or ISO text, UTC; a name, or the number of the cell',
    )
    .option(
      '--value-column <column>',
      'the value, likewise (default: called as the series, or value, or the only other)',
    )
    .addOption(delimiterOption())
    .addOption(skipLinesOption())
    .option('--backfill', 'let the first value stand for the rows before it', false)
    .option('--trades <file>', 'trades of others with the pool: CSV with the columns time, in, out, amount')
    .option('--json', 'print the report as JSON')
    .addHelpText(
      'after',
      `
Examples:
  $ poolgrad data attach prices.arrow supply.BTC=btc-supply.csv supply.ETH=eth-supply.csv --out caps.arrow
  $ poolgrad data attach prices.arrow gas=gas-usd.csv fee=fees.parquet --value-column x --out costs.arrow
  $ poolgrad data attach prices.arrow --trades swaps.csv --out flow.arrow

A row gets the last value at or before its time. What a config does with them:
  rule: {kind: market-cap}          reads supply.<ASSET>
  pool: {gas: {series: gas}, …}     a parameter of the pool that follows a series
  pool: {trades: true, …}           the pool executes the trades
  pool: {supply: shares, …}         shares of the pool that are out, which gas and trades are shared by`,
    )
    .action(run);
}

async function run(path: string, named: string[], flags: AttachFlags): Promise<void> {
  const { attachSeries, parseSeriesFile } = await import('../../data/attach.js');
  const { loadDataset } = await import('../../data/dataset-file.js');
  const { encodeDataset } = await import('../../data/dataset-form.js');
  if (named.length === 0 && flags.trades === undefined) {
    throw new UserError(
      'attach: expected NAME=file or --trades, got neither; for example supply.BTC=btc-supply.csv',
      2,
    );
  }
  const files = named.map(parseSeriesFile);
  const read = [path, ...files.map((file) => file.path), ...(flags.trades === undefined ? [] : [flags.trades])];
  const output = await claimDataset(flags.out, read);
  const { timeColumn, valueColumn, delimiter, skipLines, backfill, trades } = flags;
  const recipe = recipeOf(path, named, flags);
  const result = await attachSeries(await loadDataset(path), files, {
    timeColumn,
    valueColumn,
    delimiter,
    skipLines,
    backfill,
    trades,
    recipe,
  });
  await output.write(await encodeDataset(result.dataset));
  const { rows, hash } = result.dataset;
  const json = { rows, hash, series: result.series, trades: result.trades };
  printDataset(output, { text: reportLines(result).join('\n'), json }, { asJson: flags.json });
}

/** The command with the file names but not their folders, which are this machine's business. */
function recipeOf(path: string, named: readonly string[], flags: AttachFlags): string {
  const words = [
    ...named.map((text) => text.replace(/=.*[/\\]/, '=')),
    ...(flags.timeColumn === undefined ? [] : ['--time-column', flags.timeColumn]),
    ...(flags.valueColumn === undefined ? [] : ['--value-column', flags.valueColumn]),
    ...(flags.delimiter === undefined ? [] : ['--delimiter', `'${flags.delimiter.replace('\t', '\\t')}'`]),
    ...(flags.skipLines === undefined ? [] : ['--skip-lines', String(flags.skipLines)]),
    ...(flags.backfill ? ['--backfill'] : []),
    ...(flags.trades === undefined ? [] : ['--trades', basename(flags.trades)]),
  ];
  return ['poolgrad data attach', basename(path), ...words, '--out', basename(flags.out)].join(' ');
}

function reportLines({ series, trades }: AttachResult): string[] {
  const lines = series.map(
    (s) =>
      `${s.name}: ${s.used} of ${s.read} values from ${s.file}${s.backfilled > 0 ? `; the first stands for ${s.backfilled} rows before it` : ''}`,
  );
  if (trades === null) return lines;
  const { file, read, outside, delayed, longestDelay } = trades;
  const late = delayed > 0 ? `; ${delayed} wait for a free row, ${longestDelay} rows at most` : '';
  const out = outside > 0 ? `; ${outside} lie outside the dataset` : '';
  return [...lines, `trades: ${read - outside} of ${read} from ${file}${late}${out}`];
}
