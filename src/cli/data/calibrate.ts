/** Floor 6. `poolgrad data calibrate`: the price-elastic flow that recorded volume tells of; `maker` has a command of its own. */
import { Command, Option } from 'commander';
import type { ElasticFit } from '../../data/calibrate.js';
import { UserError } from '../../errors.js';
import { print } from '../streams.js';
import { calibrateMakerCommand } from './calibrate-maker.js';
import { numberArgument } from './flags.js';

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

export function calibrateCommand(): Command {
  return new Command('calibrate')
    .enablePositionalOptions()
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
    .addOption(
      new Option(
        '--tier <tier>',
        'a venue or fee tier, fee=<bps>,volume=<a day>,tvl=<amount>[,slippage=<bps>]; repeat it to fit b as well',
      )
        .argParser((value: string, previous: string[]) => [...previous, value])
        .default([], 'none'),
    )
    .option('--json', 'print the fit as JSON')
    .addHelpText(
      'after',
      `
Examples:
  $ poolgrad data calibrate prices.arrow --fee 30 --tvl 120e6
  $ poolgrad data calibrate --tier fee=5,volume=80e6,tvl=160e6 --tier fee=30,volume=31e6,tvl=90e6 \\
      --tier fee=100,volume=1.8e6,tvl=15e6

The flow trades v0·exp(-b·cost) of the pool's value a minute; cost = fee + slippage of an order of epsilon·value.
The market of a maker who quotes: poolgrad data calibrate maker --help.`,
    )
    .addCommand(calibrateMakerCommand())
    .action(runCalibrate);
}

async function runCalibrate(path: string | undefined, flags: CalibrateFlags): Promise<void> {
  const { flowSnippet } = await import('../../data/calibrate.js');
  const fit = flags.tier.length > 0 ? await fitFromTiers(path, flags) : await fitFromDataset(path, flags);
  if (flags.json) return print(JSON.stringify({ ...fit, snippet: flowSnippet(fit) }, null, 2));
  const error = (value: number | null) => (value === null ? 'no standard error' : `± ${value.toPrecision(3)}`);
  const ofB =
    flags.tier.length > 0 ? `fitted, ${error(fit.standardError.b)}` : 'stated, not fitted: try b/2 and 2b too';
  print(`v0 ${fit.v0.toPrecision(6)} a minute (${error(fit.standardError.v0)})\nb  ${fit.b.toPrecision(6)} (${ofB})`);
  print(`\n${flowSnippet(fit)}`);
}

/** Steps of a roll-out in a day: figures of tiers are given per day, v0 is per step. */
const MINUTES_PER_DAY = 1440;

async function fitFromTiers(path: string | undefined, flags: CalibrateFlags): Promise<ElasticFit> {
  const { fitTiers, parseTier } = await import('../../data/calibrate.js');
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
  const { fitVolume } = await import('../../data/calibrate.js');
  const { selectAssets } = await import('../../data/dataset.js');
  const { loadDataset } = await import('../../data/dataset-file.js');
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
  // v0 is of a minute, whatever the rows of these data
  const minutes = dataset.interval / 60_000;
  const perMinute = new Float64Array(dataset.rows);
  for (let i = 0; i < dataset.volume.length; i++) perMinute[Math.floor(i / n)] += dataset.volume[i] / minutes;
  return fitVolume(perMinute, {
    fee: flags.fee / 1e4,
    tvl: flags.tvl,
    slippage: flags.slippage === undefined ? undefined : flags.slippage / 1e4,
    b: flags.b ?? 150,
    epsilon: flags.epsilon,
    stepsPerDay: Math.max(1, Math.round(86_400_000 / dataset.interval)),
  });
}
