/** Floor 6. `poolgrad evaluate`: how a checkpoint would have done on data that it was not trained on. */
import { dirname, join } from 'node:path';
import { Command } from 'commander';
import {
  allowCodeOption,
  deviceOption,
  entryOption,
  jsonOption,
  lotOption,
  printOutput,
  queueOption,
  setOfCheckpoint,
} from './shared.js';

interface Flags {
  readonly out?: string;
  readonly data?: string;
  readonly queue?: number;
  readonly lot?: number;
  readonly entry?: number;
  readonly set: string[];
  readonly device?: string;
  readonly allowCode: boolean;
  readonly json: boolean;
}

export function evaluateCommand(): Command {
  return new Command('evaluate')
    .description(
      'held-out figures of a checkpoint beside its baselines, or of several side by side; writes an HTML report',
    )
    .argument('<checkpoints...>', 'files that train wrote, or run_….json of quantammsim (with --data)')
    .option('-o, --out <file>', 'the report (default: beside the first checkpoint, .html; of several, comparison.html)')
    .option(
      '--data <dataset>',
      'prices in place of those that it was trained on; of a maker also a recording of trades',
    )
    .addOption(queueOption())
    .addOption(lotOption())
    .addOption(entryOption())
    .addOption(setOfCheckpoint())
    .addOption(deviceOption())
    .addOption(allowCodeOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Examples:
  $ poolgrad evaluate checkpoints/momentum.json
  $ poolgrad evaluate checkpoints/momentum.json --data 2019.arrow --out 2019.html
  $ poolgrad evaluate checkpoints/momentum.json checkpoints/seed-7.json --out seeds.html
  $ poolgrad evaluate checkpoints/momentum.json --json | jq .headline
  $ poolgrad evaluate checkpoints/maker.json --data trades.arrow --queue 0.5
  $ poolgrad evaluate run_4be1….json --data prices.arrow --entry 12`,
    )
    .action(async (checkpoints: string[], flags: Flags) => {
      const { runCompare, runEvaluate } = await import('../app/index.js');
      const [checkpoint] = checkpoints;
      const several = checkpoints.length > 1;
      const out =
        flags.out ??
        (several ? join(dirname(checkpoint), 'comparison.html') : `${checkpoint.replace(/\.json$/, '')}.html`);
      const job = several ? runCompare({ ...flags, checkpoints, out }) : runEvaluate({ ...flags, checkpoint, out });
      printOutput(await job, flags.json);
    });
}
