/** Floor 6. `poolgrad study`: known problems and printed claims, looked at from scratch and measured as they are published. */
import { Command } from 'commander';
import { interruptible } from './interruptible.js';
import { deviceOption, jsonOption, printOutput, wholeNumber } from './shared.js';

interface Flags {
  readonly law: string;
  readonly simulations: number;
  readonly seed: number;
  readonly generations?: number;
  readonly out: string;
  readonly device?: string;
  readonly json: boolean;
}

export function studyCommand(): Command {
  return new Command('study')
    .description('what others have published: a problem, with a policy trained from scratch; claims, with experiments')
    .addCommand(challengeCommand())
    .addCommand(paperCommand());
}

interface PaperFlags {
  readonly only?: readonly string[];
  readonly claims: readonly string[];
  readonly paths: number;
  readonly seed: number;
  readonly out: string;
  readonly device?: string;
  readonly json: boolean;
}

function paperCommand(): Command {
  return new Command('hmm-paper')
    .description('what the papers on Hamiltonian market makers say, each sentence with an experiment; writes one page')
    .option('--only <ids>', 'claims to look at, separated by commas (default: all)', (text) =>
      text.split(',').map((id) => id.trim()),
    )
    .option(
      '--claims <file>',
      'claims of your own, a .js file that is run; may be repeated',
      (file, before: string[]) => [...before, file],
      [],
    )
    .option('-n, --paths <n>', 'paths of drawn prices behind each mean', (x) => wholeNumber('--paths', x, 2), 64)
    .option('--seed <n>', 'of all draws', (x) => wholeNumber('--seed', x, 0), 0)
    .option('-o, --out <file>', 'the page to write', 'hmm-paper.html')
    .addOption(deviceOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Examples:
  $ poolgrad study hmm-paper
  $ poolgrad study hmm-paper --only recovery,lp-shares --json | jq '.claims[].verdict'
  $ poolgrad study hmm-paper --claims ./my-claim.js --paths 256 --seed 7`,
    )
    .action(async (flags: PaperFlags) => {
      const { runStudyPaper } = await import('../app/index.js');
      const output = await interruptible((signal) => runStudyPaper({ ...flags, signal }));
      printOutput(output, flags.json);
    });
}

function challengeCommand(): Command {
  return new Command('amm-challenge')
    .description('a fee law beside a pool at 30 bps: edge on fresh simulations, beside fixed fees; writes the policy')
    .option('-l, --law <name>', 'fixed, spike, recentre, smooth-recentre, posterior or rival', 'rival')
    .option(
      '-n, --simulations <n>',
      'fresh simulations of 10,000 steps',
      (x) => wholeNumber('--simulations', x, 2),
      1000,
    )
    .option('--seed <n>', 'of all draws', (x) => wholeNumber('--seed', x, 0), 0)
    .option('--generations <n>', 'of the search (default: 240)', (x) => wholeNumber('--generations', x, 3))
    .option('-o, --out <file>', 'the policy to write', 'checkpoints/amm-challenge.json')
    .addOption(deviceOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Examples:
  $ poolgrad study amm-challenge
  $ poolgrad study amm-challenge --law recentre --simulations 4000 --seed 7
  $ poolgrad study amm-challenge --law fixed --json | jq .values.fee
  $ poolgrad export checkpoints/amm-challenge.json --to amm-challenge`,
    )
    .action(async (flags: Flags) => {
      const { runStudyChallenge } = await import('../app/index.js');
      const output = await interruptible((signal) => runStudyChallenge({ ...flags, signal }));
      printOutput(output, flags.json);
    });
}
