/** Floor 6. `poolgrad weights`: what a live pool does next, given the latest prices. */
import { Command } from 'commander';
import { allowCodeOption, deviceOption, jsonOption, printOutput, setOfCheckpoint } from './shared.js';

interface Flags {
  readonly data?: string;
  readonly set: string[];
  readonly at?: string;
  readonly weights?: string;
  readonly path?: string;
  readonly device?: string;
  readonly allowCode: boolean;
  readonly json: boolean;
}

export function weightsCommand(): Command {
  return new Command('weights')
    .description('what a live pool does next: target weights and their change a minute')
    .argument('<checkpoint>', 'a file that train wrote, of a pool with a rule')
    .option(
      '--data <dataset>',
      'the latest prices, at least two memories of the rule long (default: those that it was trained on)',
    )
    .option('--at <time>', 'as if the data ended there, UTC')
    .option('--weights <list>', "the live pool's weights at the last rule step, in the order of its assets")
    .option('--path <file>', 'also write every rule step, Arrow or .csv: weights, outputs of the rule, its estimator')
    .addOption(deviceOption())
    .addOption(setOfCheckpoint())
    .addOption(allowCodeOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Examples:
  $ poolgrad weights checkpoints/momentum.json --data latest.arrow
  $ poolgrad weights checkpoints/momentum.json --data latest.arrow --weights 0.4,0.6
  $ poolgrad weights checkpoints/momentum.json --data latest.arrow --path steps.csv
  $ poolgrad weights checkpoints/momentum.json --at 2024-03-30T12:00Z --json | jq .target`,
    )
    .action(async (checkpoint: string, flags: Flags) => {
      const { runWeights } = await import('../app/weights.js');
      printOutput(await runWeights({ ...flags, checkpoint }), flags.json);
    });
}
