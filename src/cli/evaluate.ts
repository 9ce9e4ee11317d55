/** Floor 6. `poolgrad evaluate`: how a checkpoint would have done on data that it was not trained on. */
import { dirname, join } from 'node:path';
import { Command } from 'commander';
import type { JobOutput } from '../app/options.js';
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
      const job = checkpoints.length > 1 ? compareAll(checkpoints, flags) : evaluateOne(checkpoints[0], flags);
      printOutput(await job, flags.json);
    });
}

async function compareAll(checkpoints: string[], flags: Flags): Promise<JobOutput> {
  const { runCompare } = await import('../app/compare.js');
  return runCompare({ ...flags, checkpoints, out: flags.out ?? join(dirname(checkpoints[0]), 'comparison.html') });
}

async function evaluateOne(checkpoint: string, flags: Flags): Promise<JobOutput> {
  const { runEvaluate } = await import('../app/evaluate.js');
  return runEvaluate({ ...flags, checkpoint, out: flags.out ?? `${checkpoint.replace(/\.json$/, '')}.html` });
}
