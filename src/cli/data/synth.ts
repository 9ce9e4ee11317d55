/** Floor 6. `poolgrad data synth`: a synthetic dataset. */
import { basename } from 'node:path';
import { Command } from 'commander';
import { isName, NAME_RULE } from '../../data/names.js';
import { UserError } from '../../errors.js';
import { numberArgument } from './flags.js';
import { claimDataset, printDataset } from './output.js';

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

export function synthCommand(): Command {
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
  const { synthesize } = await import('../../data/synth.js');
  const { encodeDataset } = await import('../../data/dataset-file.js');
  const { parseDuration, parseTimeText } = await import('../../data/time.js');
  const start = parseTimeText(flags.start);
  if (Number.isNaN(start)) throw new UserError(`--start: expected a date such as 2024-01-01, got '${flags.start}'`, 2);
  const { out, json, ...rest } = flags;
  const output = await claimDataset(out);
  const dataset = synthesize({
    ...rest,
    assets: assetNames(flags.assets),
    start,
    interval: parseDuration(flags.interval, '--interval'),
    volatility: numberPair('--volatility', flags.volatility),
    dwell: numberPair('--dwell', flags.dwell),
    recipe: synthRecipe(flags),
  });
  await output.write(await encodeDataset(dataset));
  const { rows, hash, assets, meta } = dataset;
  const text = `${assets.join(', ')}: ${rows} rows\nhash: ${hash}`;
  printDataset(output, { text, json: { assets, rows, hash, meta } }, { asJson: json });
}

function assetNames(text: string): string[] {
  const names = text.split(',').map((name) => name.trim());
  const bad = names.find((name) => !isName(name));
  if (bad === undefined) return names;
  throw new UserError(`--assets: expected names with commas between, got '${bad}'; each is ${NAME_RULE}`, 2);
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

function numberPair(flag: string, text: string): [number, number] {
  const values = text.split(',').map(Number);
  if (values.length === 2 && values.every(Number.isFinite)) return [values[0], values[1]];
  throw new UserError(`${flag}: expected two numbers such as 0.45,1.1, got '${text}'`, 2);
}
