/** Floor 6. `poolgrad export`: a checkpoint in the form that a chain or a bot takes. */
import { Command } from 'commander';
import { UserError } from '../errors.js';
import { allowCodeOption, deviceOption, jsonOption, printOutput, setOfCheckpoint } from './shared.js';

interface Flags {
  readonly to: string;
  readonly out?: string;
  readonly template?: string;
  readonly strict: boolean;
  readonly data?: string;
  readonly set: string[];
  readonly device?: string;
  readonly allowCode: boolean;
  readonly json: boolean;
}

export function exportCommand(): Command {
  return new Command('export')
    .description('write the trained pool in the form that a chain or a bot takes')
    .argument('<checkpoint>', 'a file that train wrote')
    .requiredOption(
      '-t, --to <target>',
      'json, quantamm, hmm-solidity, balancer-weighted, quantammsim; of a maker: hjb; of a study: amm-challenge',
    )
    .option('-o, --out <file>', 'the file to write (default: beside the checkpoint)')
    .option('--template <file>', 'YAML or JSON with what training cannot know: addresses, salts, names')
    .option('--strict', 'refuse to write a file in which something is left to fill in', false)
    .option('--data <dataset>', 'prices in place of those that it was trained on: figures and averages are theirs')
    .addOption(deviceOption())
    .addOption(setOfCheckpoint())
    .addOption(allowCodeOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Examples:
  $ poolgrad export checkpoints/momentum.json --to json
  $ poolgrad export checkpoints/momentum.json --to quantamm --template mainnet.yaml --strict
  $ poolgrad export checkpoints/hmm.json --to hmm-solidity --out hmm-pool.json
  $ poolgrad export checkpoints/compute-market.json --to hmm-solidity
  $ poolgrad export checkpoints/maker.json --to hjb`,
    )
    .action(async (checkpoint: string, flags: Flags) => {
      await checkTarget(flags.to);
      const { runExport } = await import('../app/export.js');
      printOutput(await runExport({ ...flags, checkpoint }), flags.json);
    });
}

async function checkTarget(to: string): Promise<void> {
  const { targetNames: names } = await import('../export/index.js');
  if (names.includes(to)) return;
  const { nearestName } = await import('../data/names.js');
  throw new UserError(`--to: expected ${names.join(', ')}, got '${to}'; did you mean '${nearestName(to, names)}'?`, 2);
}
