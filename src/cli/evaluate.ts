/** Floor 6. `poolgrad evaluate`: how a checkpoint would have done on data that it was not trained on. */
import { Command } from 'commander';
import { allowCodeOption, deviceOption, entryOption, jsonOption, printOutput } from './shared.js';

interface Flags {
  readonly out?: string;
  readonly data?: string;
  readonly entry?: number;
  readonly device?: string;
  readonly allowCode: boolean;
  readonly json: boolean;
}

export function evaluateCommand(): Command {
  return new Command('evaluate')
    .description('held-out figures of a checkpoint beside its baselines; writes an HTML report')
    .argument('<checkpoint>', 'a file that train wrote, or a run_….json of quantammsim (with --data)')
    .option('-o, --out <file>', 'the report (default: beside the checkpoint, .html)')
    .option('--data <dataset>', 'prices other than those of the config')
    .addOption(entryOption())
    .addOption(deviceOption())
    .addOption(allowCodeOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Examples:
  $ poolgrad evaluate checkpoints/momentum.json
  $ poolgrad evaluate checkpoints/momentum.json --data 2019.arrow --out 2019.html
  $ poolgrad evaluate checkpoints/momentum.json --json | jq .headline
  $ poolgrad evaluate run_4be1….json --data prices.arrow --entry 12`,
    )
    .action(async (checkpoint: string, flags: Flags) => {
      const { runEvaluate } = await import('../app/index.js');
      const out = flags.out ?? `${checkpoint.replace(/\.json$/, '')}.html`;
      printOutput(await runEvaluate({ ...flags, checkpoint, out }), flags.json);
    });
}
