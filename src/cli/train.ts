/** Floor 6. `poolgrad train`: parameters of a pool from prices. */
import { Command } from 'commander';
import { DEVICES } from '../config/device-words.js';
import { UserError } from '../errors.js';
import type { Precision } from '../graph/index.js';
import { interruptible } from './interruptible.js';
import {
  allowCodeOption,
  deviceOption,
  entryOption,
  jsonOption,
  precisionOption,
  printOutput,
  seedOption,
  setOption,
  shippedConfig,
} from './shared.js';

interface Flags {
  readonly resume?: string;
  readonly initFrom?: string;
  readonly entry?: number;
  readonly out?: string;
  readonly device?: string;
  readonly set: string[];
  readonly seed?: number;
  readonly precision?: Precision;
  readonly memory?: string;
  readonly data?: string;
  readonly allowCode: boolean;
  readonly json: boolean;
}

export function trainCommand(): Command {
  return new Command('train')
    .description('train the parameters of a pool; writes a checkpoint')
    .argument('[config]', 'a YAML file (default: the shipped configs/momentum.yaml)')
    .option('-r, --resume <checkpoint>', 'go on from a checkpoint, as if it had not been interrupted')
    .option(
      '--init-from <run>',
      'start values of a checkpoint, or of a run_….json of quantammsim, in place of the config',
    )
    .addOption(entryOption())
    .option('-o, --out <file>', 'the checkpoint to write (default: checkpoints/<config>.json)')
    .addOption(deviceOption(DEVICES))
    .addOption(setOption())
    .addOption(seedOption())
    .addOption(precisionOption())
    .option('--memory <amount>', 'bound on the memory of a training step, such as 2GB (run.memory)')
    .option('--data <dataset>', 'the prices; with --resume where those of the checkpoint lie now (data.file)')
    .addOption(allowCodeOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Examples:
  $ poolgrad train
  $ poolgrad train hmm.yaml --set train.iterations=300 --set pool.rho.bounds=[0,0.8]
  $ poolgrad train momentum.yaml --device cuda --precision float32
  $ poolgrad train momentum.yaml --device wasm --seed 7 --out checkpoints/seed-7.json
  $ poolgrad train --resume checkpoints/seed-7.json
  $ poolgrad train --resume checkpoints/seed-7.json --set train.iterations=500
  $ poolgrad train more-data.yaml --init-from checkpoints/seed-7.json

Ctrl-C, SIGTERM and SIGHUP save what was reached and exit with 130, 143 and 129; --resume goes on from there.
The checkpoint of another training that is in the way is kept beside the new one, as <name>.previous.json.`,
    )
    .action(runTrainCommand);
}

async function runTrainCommand(config: string | undefined, flags: Flags): Promise<void> {
  if (flags.entry !== undefined && flags.initFrom === undefined) {
    throw new UserError('--entry: expected --init-from beside it, got none; name the run that has the entry', 2);
  }
  if (flags.resume !== undefined && flags.initFrom !== undefined) {
    throw new UserError(
      `--init-from: expected no --resume beside it, got '${flags.resume}'; a run that goes on has its values, leave one out`,
      2,
    );
  }
  if (flags.resume !== undefined && (config !== undefined || flags.seed !== undefined)) {
    const other = config !== undefined ? `the config '${config}'` : '--seed';
    throw new UserError(
      `--resume: expected no config besides the checkpoint's own, got ${other}; leave it out, or train anew without --resume`,
      2,
    );
  }
  const { runTrain } = await import('../app/train.js');
  const source = flags.resume === undefined ? { config: config ?? shippedConfig('momentum') } : {};
  const output = await interruptible((signal) => runTrain({ ...flags, ...source, signal }));
  printOutput({ ...output, text: `${output.text}\nnext: ${output.next}` }, flags.json);
}
