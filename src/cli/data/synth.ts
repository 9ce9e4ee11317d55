/** Floor 6. `poolgrad data synth`: a synthetic dataset. */
import { basename } from 'node:path';
import { Command } from 'commander';
import { isName, NAME_RULE } from '../../data/names.js';
import type { SynthSpan } from '../../data/synth.js';
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
  model?: string;
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
    .option(
      '--model <file>',
      'draw from the price generator of a YAML file, {kind: hamiltonian, k: 4 …} (docs/prices.md), instead',
    )
    .option('--json', 'print the summary as JSON')
    .addHelpText(
      'after',
      `
Examples:
  $ poolgrad data synth --out walk.arrow --assets A,B --days 90 --seed 7
  $ poolgrad data synth --out trends.arrow --assets A,B,C --days 365 --drift 3 --drift-half-life 4
  $ poolgrad data synth --out swings.arrow --assets A,B --days 365 --interval 1h --model hamiltonian.yaml`,
    )
    .action(runSynth);
}

/** What `--model` says in the file. */
const OF_THE_WALK = ['correlation', 'volatility', 'dwell', 'drift', 'driftHalfLife', 'dailyVolume'] as const;

async function runSynth(flags: SynthFlags, command: Command): Promise<void> {
  const { encodeDataset } = await import('../../data/dataset-form.js');
  const { parseDuration, parseTimeText } = await import('../../data/time.js');
  const start = parseTimeText(flags.start);
  if (Number.isNaN(start)) throw new UserError(`--start: expected a date such as 2024-01-01, got '${flags.start}'`, 2);
  const span = {
    assets: assetNames(flags.assets),
    days: flags.days,
    seed: flags.seed,
    start,
    interval: parseDuration(flags.interval, '--interval'),
  };
  const output = await claimDataset(flags.out, flags.model === undefined ? [] : [flags.model]);
  const { dataset, notes, statistics } =
    flags.model === undefined ? await drawWalk(flags, span) : await drawModel(flags.model, flags, command, span);
  await output.write(await encodeDataset(dataset));
  const { rows, hash, assets, meta } = dataset;
  const { statisticLines } = await import('../../app/path-statistics.js');
  const lines = statistics === null ? [] : statisticLines(statistics);
  const text = [`${assets.join(', ')}: ${rows} rows`, ...lines, `hash: ${hash}`].join('\n');
  for (const note of notes) output.note(note);
  printDataset(
    output,
    { text, json: { assets, rows, hash, meta, ...(statistics === null ? {} : { statistics }) } },
    { asJson: flags.json },
  );
}

async function drawWalk(flags: SynthFlags, span: SynthSpan) {
  const { synthesize } = await import('../../data/synth.js');
  const dataset = synthesize({
    ...flags,
    ...span,
    volatility: numberPair('--volatility', flags.volatility),
    dwell: numberPair('--dwell', flags.dwell),
    recipe: synthRecipe(flags),
  });
  return { dataset, notes: [], statistics: null };
}

async function drawModel(model: string, flags: SynthFlags, command: Command, span: SynthSpan) {
  const given = OF_THE_WALK.find((key) => command.getOptionValueSource(key) === 'cli');
  if (given !== undefined) {
    const flag = command.options.find((o) => o.attributeName() === given)?.long;
    throw new UserError(`${flag}: expected without --model, got both; the file says all of the model`, 2);
  }
  const { drawFromModel } = await import('../../app/synth.js');
  return drawFromModel(model, { ...span, recipe: modelRecipe(model, flags) });
}

function assetNames(text: string): string[] {
  const names = text.split(',').map((name) => name.trim());
  const bad = names.find((name) => !isName(name));
  if (bad === undefined) return names;
  throw new UserError(`--assets: expected names with commas between, got '${bad}'; each is ${NAME_RULE}`, 2);
}

const recipe = (values: Readonly<Record<string, string | number>>): string =>
  `poolgrad data synth ${Object.entries(values)
    .map(([flag, value]) => `--${flag} ${value}`)
    .join(' ')}`;

const spanFlags = ({ assets, days, seed, start, interval }: SynthFlags) => ({ assets, days, seed, start, interval });

const modelRecipe = (model: string, f: SynthFlags): string =>
  recipe({ ...spanFlags(f), model: basename(model), out: basename(f.out) });

/** The command that draws the same numbers again, every flag written out so that it outlives the defaults. */
const synthRecipe = (f: SynthFlags): string =>
  recipe({
    ...spanFlags(f),
    correlation: f.correlation,
    volatility: f.volatility,
    dwell: f.dwell,
    drift: f.drift,
    'drift-half-life': f.driftHalfLife,
    'daily-volume': f.dailyVolume,
    out: basename(f.out),
  });

function numberPair(flag: string, text: string): [number, number] {
  const values = text.split(',').map(Number);
  if (values.length === 2 && values.every(Number.isFinite)) return [values[0], values[1]];
  throw new UserError(`${flag}: expected two numbers such as 0.45,1.1, got '${text}'`, 2);
}
