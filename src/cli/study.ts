/** Floor 6. `poolgrad study`: known problems and printed claims, looked at from scratch and measured as they are published. */
import { Command } from 'commander';
import { UserError } from '../errors.js';
import { interruptible } from './interruptible.js';
import { deviceOption, jsonOption, printOutput, wholeNumber } from './shared.js';

interface Flags {
  readonly resume?: string;
  readonly law?: string;
  readonly simulations?: number;
  readonly seed?: number;
  readonly generations?: number;
  readonly out?: string;
  readonly device?: string;
  readonly threads: number;
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
      const { runStudyPaper } = await import('../app/study-paper.js');
      const output = await interruptible((signal) => runStudyPaper({ ...flags, signal }));
      printOutput(output, flags.json);
    });
}

function challengeCommand(): Command {
  return new Command('amm-challenge')
    .description('a fee law beside a pool at 30 bps: edge on fresh simulations, beside fixed fees; writes the policy')
    .option(
      '-l, --law <name>',
      'fixed, fixed-sides, spike, recentre, smooth-recentre, posterior, rival, table or network (default: rival)',
    )
    .option('-n, --simulations <n>', 'fresh simulations of 10,000 steps (default: 1000)', (x) =>
      wholeNumber('--simulations', x, 2),
    )
    .option('--seed <n>', 'of all draws (default: 0)', (x) => wholeNumber('--seed', x, 0))
    .option('--generations <n>', 'of the search (default: 240, or 300 for many numbers)', (x) =>
      wholeNumber('--generations', x, 3),
    )
    .option('--resume <file>', 'go on with a study that was stopped, to the bit')
    .option('-o, --out <file>', 'the policy to write (default: checkpoints/amm-challenge.json)')
    .option('--threads <n>', 'of the simulation; 0: one a core', (x) => wholeNumber('--threads', x, 0), 0)
    .addOption(deviceOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Examples:
  $ poolgrad study amm-challenge
  $ poolgrad study amm-challenge --law recentre --simulations 4000 --seed 7 --threads 2
  $ poolgrad study amm-challenge --resume checkpoints/amm-challenge.json
  $ poolgrad study amm-challenge --law fixed --json | jq .values.fee
  $ poolgrad export checkpoints/amm-challenge.json --to amm-challenge

Ctrl-C, SIGTERM and SIGHUP write what was reached in the place of the policy; --resume goes on from there.`,
    )
    .action(async (flags: Flags) => {
      const own = (['law', 'simulations', 'seed', 'generations'] as const).find((name) => flags[name] !== undefined);
      if (flags.resume !== undefined && own !== undefined) {
        throw new UserError(
          `--resume: expected no --${own} beside it, got ${flags[own]}; a study that goes on has its own, leave it out`,
          2,
        );
      }
      const { runStudyChallenge } = await import('../app/study-challenge.js');
      const output = await interruptible((signal) => runStudyChallenge({ ...flags, signal }));
      printOutput(output, flags.json);
    });
}
