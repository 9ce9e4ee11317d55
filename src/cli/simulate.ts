/** Floor 6. `poolgrad simulate`: the path of a pool over the whole dataset, as an Arrow file. */
import { Command } from 'commander';
import { durationOf } from '../data/time.js';
import { UserError } from '../errors.js';
import { MINUTES } from '../rollout/clock.js';
import {
  allowCodeOption,
  deviceOption,
  jsonOption,
  lotOption,
  printOutput,
  queueOption,
  setOption,
  wholeNumber,
} from './shared.js';

interface Flags {
  readonly out: string;
  readonly every?: number;
  readonly through: boolean;
  readonly scenario?: number;
  readonly check: boolean;
  readonly data?: string;
  readonly queue?: number;
  readonly lot?: number;
  readonly set: string[];
  readonly device?: string;
  readonly allowCode: boolean;
  readonly json: boolean;
}

/** A time in minutes, of a number of these or of text such as 12s. */
function minutes(text: string): number {
  const time = /^\s*\d+(\.\d+)?\s*$/.test(text) ? Number(text) : (durationOf(text) ?? Number.NaN) / MINUTES.interval;
  if (time > 0) return time;
  throw new UserError(
    `--every: expected minutes above 0 or a time such as 12s, 5m or 1d, got '${text}'; for example --every 5m`,
    2,
  );
}

export function simulateCommand(): Command {
  return new Command('simulate')
    .description('roll a pool, or any other system, out over its prices; writes what it shows step by step')
    .argument('<source>', 'a config (its start values) or a checkpoint (its best set)')
    .requiredOption('-o, --out <file>', 'the file to write: Arrow, or .csv')
    .option(
      '--every <time>',
      'time between rows: minutes, or 12s, 5m, 1d (default: an hour; less where that gives under 100 rows)',
      minutes,
    )
    .option('--through', 'one pool through all rows; without it, one without a rule starts afresh at each split', false)
    .option('--scenario <n>', 'of drawn data: which scenario, from 0 (default: 0)', (text) =>
      wholeNumber('--scenario', text, 0),
    )
    .option('--check', 'whether the system keeps its identities, over its test windows', false)
    .option('--data <dataset>', 'prices in place of those of the source; of a maker also a recording of trades')
    .addOption(queueOption())
    .addOption(lotOption())
    .addOption(deviceOption())
    .addOption(setOption())
    .addOption(allowCodeOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Examples:
  $ poolgrad simulate checkpoints/momentum.json --out path.arrow
  $ poolgrad simulate checkpoints/momentum.json --set pool.fee=0.003 --out dearer.arrow
  $ poolgrad simulate hmm.yaml --set pool.rho=0.3 --every 1m --out minutes.arrow
  $ poolgrad simulate my-system.yaml --scenario 7 --out path.csv`,
    )
    .action(async (source: string, flags: Flags) => {
      const { runSimulate } = await import('../app/simulate.js');
      printOutput(await runSimulate({ ...flags, source }), flags.json);
    });
}
