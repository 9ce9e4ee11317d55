/** Floor 6. `poolgrad data`: import, attach, inspect, synth, calibrate. Readers are imported when they run, not for --help. */
import { basename, resolve } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import type { ElasticFit } from '../data/calibrate.js';
import { UserError } from '../errors.js';
import { attachCommand } from './attach.js';

/** The `data` command with its subcommands. Actions throw UserError. */
export function dataCommand(): Command {
  return new Command('data')
    .description('make, look at and use price datasets')
    .addCommand(importCommand())
    .addCommand(attachCommand())
    .addCommand(inspectCommand())
    .addCommand(synthCommand())
    .addCommand(calibrateCommand());
}

interface ImportFlags {
  out: string;
  format?: string;
  timeColumn?: string;
  closeColumn?: string;
  volumeColumn?: string;
  volumeUnit: string;
  span: string;
  fill: string;
  maxGap?: number;
  interval?: string;
  numeraire?: string;
  json?: boolean;
}

function importCommand(): Command {
  return new Command('import')
    .description('make a dataset of candle files: CSV (also .gz), Feather/Arrow, Parquet')
    .argument('<files...>', 'one or more, as NAME=file or file (the asset is then guessed from the file name)')
    .requiredOption('-o, --out <file>', 'the dataset to write (.arrow)')
    .option('-f, --format <name>', 'bitfinex-candles, binance-klines, coinbase-candles, or columns (by name)')
    .option('--time-column <name>', 'column of the time: epoch (s, ms, µs, ns) or ISO text, UTC')
    .option('--close-column <name>', 'column of the closing price')
    .option('--volume-column <name>', 'column of the traded volume')
    .option('--volume-unit <unit>', 'what that volume counts: base (the asset) or quote (the numéraire)', 'base')
    .option('--span <span>', 'the time that all files share, or all time: intersection, union', 'intersection')
    .option('--fill <policy>', 'missing rows: forward (last close, volume 0) or refuse', 'forward')
    .option('--max-gap <minutes>', 'longest gap that may be filled', numberArgument)
    .option('--interval <duration>', 'time between rows, e.g. 1m, 5m (default: the most common spacing)')
    .option('--numeraire <name>', 'currency of all prices (default: what the file names say)')
    .option('--json', 'print the report as JSON')
    .addHelpText(
      'after',
      `
Examples:
  $ poolgrad data import BTC=btc-2018.csv.gz ETH=eth-2018.csv.gz --format bitfinex-candles --out prices.arrow
  $ poolgrad data import BTCUSDT-1m-2024-0*.csv ETHUSDT-1m-2024-0*.csv --format binance-klines --out prices.arrow
  $ poolgrad data import ETH_BTC-5m.feather LTC_BTC-5m.feather --max-gap 60 --out prices.arrow
  $ poolgrad data import SOL=sol.parquet --time-column ts --close-column px --fill refuse --out prices.arrow

Files of one asset (monthly archives) are put one after another. Missing rows are counted, reported and filled;
duplicate times, disorder, and prices that are not positive numbers are refused with their line.`,
    )
    .action(runImport);
}

async function runImport(files: string[], flags: ImportFlags): Promise<void> {
  const { importFiles, parseImportFile } = await import('../data/import.js');
  const { parseFormat } = await import('../data/formats.js');
  const { parseDuration } = await import('../data/time.js');
  const { saveDataset } = await import('../data/dataset.js');
  const sources = files.map(parseImportFile);
  if (sources.some(({ path }) => resolve(path) === resolve(flags.out))) {
    throw new UserError(`--out: ${flags.out} is one of the files to import; write to another file`, 2);
  }
  if (flags.maxGap !== undefined && !(flags.maxGap >= 0)) {
    throw new UserError(`--max-gap: expected a number of minutes ≥ 0, got ${flags.maxGap}`, 2);
  }
  const { dataset, report } = await importFiles(sources, {
    format: flags.format === undefined ? undefined : parseFormat(flags.format),
    columns: { time: flags.timeColumn, close: flags.closeColumn, volume: flags.volumeColumn },
    volumeUnit: choice('--volume-unit', flags.volumeUnit, ['base', 'quote']),
    span: choice('--span', flags.span, ['intersection', 'union']),
    fill: choice('--fill', flags.fill, ['forward', 'refuse']),
    maxGap: flags.maxGap === undefined ? undefined : flags.maxGap * 60_000,
    interval: flags.interval === undefined ? undefined : parseDuration(flags.interval, '--interval'),
    numeraire: flags.numeraire,
    recipe: importRecipe(files, flags),
  });
  await saveDataset(flags.out, dataset);
  if (flags.json) {
    const { rows, interval, start, hash, meta } = dataset;
    print(JSON.stringify({ out: flags.out, rows, interval, start, hash, meta, assets: report }, null, 2));
    return;
  }
  const { importReportText } = await import('../data/import-text.js');
  print(`${importReportText(dataset, report)}\nwrote ${flags.out}`);
}

/** The command with the file names but not their folders, which are this machine's business. */
function importRecipe(files: readonly string[], flags: ImportFlags): string {
  const { json: _, ...told } = { ...flags, out: basename(flags.out) };
  const words = Object.entries(told).map(([key, value]) => {
    const flag = key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    return `--${flag} ${value}`;
  });
  const names = files.map((file) => file.replace(/^([A-Za-z0-9]+=)?.*[/\\]/, '$1'));
  return ['poolgrad data import', ...names, ...words].join(' ');
}

function inspectCommand(): Command {
  return new Command('inspect')
    .description('span, gaps, returns, volatility and correlations of a dataset, with a small plot')
    .argument('<dataset>', 'an Arrow file made by data import or data synth')
    .option('--json', 'print the figures as JSON')
    .addHelpText(
      'after',
      `
Examples:
  $ poolgrad data inspect datasets/two-assets-90d.arrow
  $ poolgrad data inspect prices.arrow --json`,
    )
    .action(async (path: string, flags: { json?: boolean }) => {
      const { loadDataset } = await import('../data/dataset.js');
      const { inspectDataset } = await import('../data/inspect.js');
      const dataset = await loadDataset(path);
      const inspection = inspectDataset(dataset);
      if (flags.json) return print(JSON.stringify(inspection, null, 2));
      const { inspectionText } = await import('../data/inspect-text.js');
      print(inspectionText(dataset, inspection));
    });
}

interface SynthFlags {
  out: string;
  assets: string;
  days: number;
  seed: number;
  start: string;
  interval: string;
  correlation: number;
  volatility: string;
  dwell: string;
  drift: number;
  driftHalfLife: number;
  dailyVolume: number;
  json?: boolean;
}

function synthCommand(): Command {
  return new Command('synth')
    .description('draw a synthetic dataset: correlated geometric Brownian motion with two volatility regimes')
    .requiredOption('-o, --out <file>', 'the dataset to write (.arrow)')
    .requiredOption('--assets <names>', 'comma-separated, e.g. A,B')
    .requiredOption('--days <n>', 'length in days', numberArgument)
    .option('--seed <n>', 'the same seed gives the same bits on every machine', numberArgument, 1)
    .option('--start <date>', 'time of the first row, UTC', '2024-01-01')
    .option('--interval <duration>', 'time between rows', '1m')
    .option('--correlation <c>', 'of the returns of any two assets, in [0, 1)', numberArgument, 0.6)
    .option('--volatility <calm,turbulent>', 'a year, in each regime', '0.45,1.1')
    .option('--dwell <calm,turbulent>', 'mean days spent in each regime', '3,0.75')
    .option(
      '--drift <x>',
      'standard deviation of a slowly varying drift, a year (0: nothing to find)',
      numberArgument,
      0,
    )
    .option('--drift-half-life <days>', 'days in which a drift fades to half', numberArgument, 4)
    .option('--daily-volume <amount>', 'mean volume of an asset in the calm regime', numberArgument, 50e6)
    .option('--json', 'print the summary as JSON')
    .addHelpText(
      'after',
      `
Examples:
  $ poolgrad data synth --out walk.arrow --assets A,B --days 90 --seed 7
  $ poolgrad data synth --out trends.arrow --assets A,B,C --days 365 --drift 3 --drift-half-life 4`,
    )
    .action(runSynth);
}

async function runSynth(flags: SynthFlags): Promise<void> {
  const { synthesize } = await import('../data/synth.js');
  const { saveDataset } = await import('../data/dataset.js');
  const { parseDuration, parseTimeText } = await import('../data/time.js');
  const start = parseTimeText(flags.start);
  if (Number.isNaN(start)) throw new UserError(`--start: expected a date such as 2024-01-01, got '${flags.start}'`, 2);
  const { out, json, ...rest } = flags;
  const dataset = synthesize({
    ...rest,
    assets: assetNames(flags.assets),
    start,
    interval: parseDuration(flags.interval, '--interval'),
    volatility: numberPair('--volatility', flags.volatility),
    dwell: numberPair('--dwell', flags.dwell),
    recipe: synthRecipe(flags),
  });
  await saveDataset(out, dataset);
  const { rows, hash, assets, meta } = dataset;
  if (json) return print(JSON.stringify({ out, assets, rows, hash, meta }, null, 2));
  print(`${assets.join(', ')}: ${rows} rows\nhash: ${hash}\nwrote ${out}`);
}

function assetNames(text: string): string[] {
  const names = text.split(',').map((name) => name.trim());
  const bad = names.find((name) => !/^[A-Za-z0-9]+$/.test(name));
  if (bad === undefined) return names;
  throw new UserError(`--assets: expected names of letters and digits, comma-separated, got '${bad}'`, 2);
}

/** The command that draws the same numbers again, every flag written out so that it outlives the defaults. */
function synthRecipe(f: SynthFlags): string {
  const values = {
    assets: f.assets,
    days: f.days,
    seed: f.seed,
    start: f.start,
    interval: f.interval,
    correlation: f.correlation,
    volatility: f.volatility,
    dwell: f.dwell,
    drift: f.drift,
    'drift-half-life': f.driftHalfLife,
    'daily-volume': f.dailyVolume,
    out: basename(f.out),
  };
  const words = Object.entries(values).map(([flag, value]) => `--${flag} ${value}`);
  return `poolgrad data synth ${words.join(' ')}`;
}

interface CalibrateFlags {
  fee?: number;
  tvl?: number;
  slippage?: number;
  asset?: string;
  b?: number;
  epsilon: number;
  tier: string[];
  json?: boolean;
}

function calibrateCommand(): Command {
  return new Command('calibrate')
    .description('fit v0, and b where several fee tiers are given, of the price-elastic flow to recorded volume')
    .argument('[dataset]', 'a dataset with volume, for one venue')
    .option('--fee <bps>', "the venue's fee in basis points", numberArgument)
    .option('--tvl <amount>', "the venue's mean pool value, in the numéraire", numberArgument)
    .option(
      '--slippage <bps>',
      'cost of an order of ε·tvl beside the fee (default: constant-product pool)',
      numberArgument,
    )
    .option('--asset <name>', "that asset's volume only (default: all assets added up)")
    .option('--b <x>', 'elasticity per unit of cost, stated: one venue does not show it (default: 150)', numberArgument)
    .option('--epsilon <x>', 'size of an order as a fraction of the pool value', numberArgument, 0.01)
    .option(
      '--tier <fee=bps,volume=perDay,tvl=amount[,slippage=bps]>',
      'a venue or fee tier; repeat it to fit b as well',
      (value: string, previous: string[]) => [...previous, value],
      [],
    )
    .option('--json', 'print the fit as JSON')
    .addHelpText(
      'after',
      `
Examples:
  $ poolgrad data calibrate prices.arrow --fee 30 --tvl 120e6
  $ poolgrad data calibrate --tier fee=5,volume=80e6,tvl=160e6 --tier fee=30,volume=31e6,tvl=90e6 \\
      --tier fee=100,volume=1.8e6,tvl=15e6

The flow trades v0·exp(-b·cost) of the pool's value a minute; cost = fee + slippage of an order of epsilon·value.`,
    )
    .action(runCalibrate);
}

async function runCalibrate(path: string | undefined, flags: CalibrateFlags): Promise<void> {
  const { flowSnippet } = await import('../data/calibrate.js');
  const fit = flags.tier.length > 0 ? await fitFromTiers(path, flags) : await fitFromDataset(path, flags);
  if (flags.json) return print(JSON.stringify({ ...fit, snippet: flowSnippet(fit) }, null, 2));
  const error = (value: number | null) => (value === null ? 'no standard error' : `± ${value.toPrecision(3)}`);
  const ofB =
    flags.tier.length > 0 ? `fitted, ${error(fit.standardError.b)}` : 'stated, not fitted: try b/2 and 2b too';
  print(`v0 ${fit.v0.toPrecision(6)} a step (${error(fit.standardError.v0)})\nb  ${fit.b.toPrecision(6)} (${ofB})`);
  print(`\n${flowSnippet(fit)}`);
}

/** Steps of a roll-out in a day: figures of tiers are given per day, v0 is per step. */
const MINUTES_PER_DAY = 1440;

async function fitFromTiers(path: string | undefined, flags: CalibrateFlags): Promise<ElasticFit> {
  const { fitTiers, parseTier } = await import('../data/calibrate.js');
  const clash = (['fee', 'tvl', 'slippage', 'asset', 'b'] as const).find((name) => flags[name] !== undefined);
  if (path !== undefined || clash !== undefined) {
    const other = path === undefined ? `--${clash}` : `the dataset ${path}`;
    throw new UserError(`calibrate: expected either --tier or a dataset with its flags, got --tier and ${other}`, 2);
  }
  return fitTiers(
    flags.tier.map((text) => parseTier(text, MINUTES_PER_DAY)),
    flags.epsilon,
  );
}

async function fitFromDataset(path: string | undefined, flags: CalibrateFlags): Promise<ElasticFit> {
  const { fitVolume } = await import('../data/calibrate.js');
  const { loadDataset, selectAssets } = await import('../data/dataset.js');
  if (path === undefined) throw new UserError('calibrate: expected a dataset with volume, or --tier; got neither', 2);
  if (flags.fee === undefined || flags.tvl === undefined) {
    const missing = flags.fee === undefined ? "--fee (the venue's fee in basis points)" : '--tvl (its mean pool value)';
    throw new UserError(`calibrate: ${missing} is missing; recorded volume alone does not give v0`, 2);
  }
  const whole = await loadDataset(path);
  const dataset = flags.asset === undefined ? whole : selectAssets(whole, [flags.asset]);
  if (dataset.volume === null) {
    throw new UserError(`calibrate: ${path} has no recorded volume; import it with its volume column, or give --tier`);
  }
  const n = dataset.assets.length;
  const perStep = new Float64Array(dataset.rows);
  for (let i = 0; i < dataset.volume.length; i++) perStep[Math.floor(i / n)] += dataset.volume[i];
  return fitVolume(perStep, {
    fee: flags.fee / 1e4,
    tvl: flags.tvl,
    slippage: flags.slippage === undefined ? undefined : flags.slippage / 1e4,
    b: flags.b ?? 150,
    epsilon: flags.epsilon,
    stepsPerDay: Math.max(1, Math.round(86_400_000 / dataset.interval)),
  });
}

/** Commander's parser of a numeric flag. */
function numberArgument(text: string): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (!Number.isFinite(value)) throw new InvalidArgumentError(`expected a number, got '${text}'.`);
  return value;
}

function numberPair(flag: string, text: string): [number, number] {
  const values = text.split(',').map(Number);
  if (values.length === 2 && values.every(Number.isFinite)) return [values[0], values[1]];
  throw new UserError(`${flag}: expected two numbers such as 0.45,1.1, got '${text}'`, 2);
}

function choice<T extends string>(flag: string, value: string, allowed: readonly T[]): T {
  if ((allowed as readonly string[]).includes(value)) return value as T;
  throw new UserError(`${flag}: expected ${allowed.join(' or ')}, got '${value}'`, 2);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
