/** Floor 6. `poolgrad simulate`: the path of a pool over the whole dataset, as an Arrow file. */
import { Command } from 'commander';
import { allowCodeOption, deviceOption, jsonOption, printOutput, setOption, wholeNumber } from './shared.js';

interface Flags {
  readonly out: string;
  readonly every: number;
  readonly through: boolean;
  readonly data?: string;
  readonly set: string[];
  readonly device?: string;
  readonly allowCode: boolean;
  readonly json: boolean;
}

export function simulateCommand(): Command {
  return new Command('simulate')
    .description('roll a pool out over its prices; writes value, reserves, weights and fees')
    .argument('<source>', 'a config (its start values) or a checkpoint (its best set)')
    .requiredOption('-o, --out <file>', 'the file to write: Arrow, or .csv')
    .option('--every <minutes>', 'minutes between rows', (text) => wholeNumber('--every', text, 1), 60)
    .option('--through', 'one pool through all rows; without it, one without a rule starts afresh at each split', false)
    .option('--data <dataset>', 'prices in place of those of the source')
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
  $ poolgrad simulate hmm.yaml --set pool.rho=0.3 --every 1 --out minutes.arrow`,
    )
    .action(async (source: string, flags: Flags) => {
      const { runSimulate } = await import('../app/index.js');
      printOutput(await runSimulate({ ...flags, source }), flags.json);
    });
}
