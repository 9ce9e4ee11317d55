/** Floor 5½. `hjb solve`: the optimal quotes of a maker, what they are for, and what else is worth, printed and drawn. */
import { basename } from 'node:path';
import { ConfigError } from '../config/explain.js';
import { readConfigFile } from '../config/load.js';
import { type MakerProblem, makerProblem } from '../config/maker-problem.js';
import { applyOverride, parseOverride } from '../config/overrides.js';
import { UserError } from '../errors.js';
import { claimOutput } from '../files/output.js';
import { crossingsOf } from '../solve/crossings.js';
import { renderSolved } from '../solve/report/index.js';
import { type Solved, solveMaker } from '../solve/solve.js';
import { solvedText } from '../solve/text.js';
import { VERSION } from '../version.js';
import { withNotes } from './files.js';
import type { JobOutput } from './options.js';

export interface HjbSolveJob {
  /** Path of a config with the market of a maker. */
  readonly config: string;
  /** Path of the page. */
  readonly out?: string;
  /** `a.b=c` each. */
  readonly set: readonly string[];
}

export async function runHjbSolve(job: HjbSolveJob): Promise<JobOutput> {
  const document = await readConfigFile(job.config);
  const problem = stated(job, document);
  const output = await claimOutput({
    path: job.out ?? `${job.config.replace(/\.ya?ml$/, '')}.quotes.html`,
    kind: 'report',
    flag: '--out',
    inputs: [job.config],
  });
  const solved = solution(job, problem);
  const subject = subjectOf(problem, solved);
  await output.write(
    await renderSolved({
      title: basename(job.config).replace(/\.ya?ml$/, ''),
      subject,
      solved,
      facts: [['config', job.config], ...factsOf(problem)],
      version: VERSION,
      generated: new Date().toISOString().slice(0, 10),
    }),
  );
  const text = [`${basename(job.config)}: ${subject}`, ...solvedText(solved, problem.mid), `report ${output.path}`];
  return withNotes({ text: text.join('\n'), json: { out: output.path, ...jsonOf(solved) } }, output.notes);
}

/** Mistakes come out with the file or the flag that brought them. */
function stated({ config, set }: HjbSolveJob, document: unknown): MakerProblem {
  const flags = set.map(parseOverride);
  try {
    return makerProblem(flags.reduce((whole: unknown, flag) => applyOverride(whole, flag), document));
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const at = error.path.join('.');
    const isFlag = flags.some(({ path }) => at === path.join('.') || at.startsWith(`${path.join('.')}.`));
    throw new UserError(isFlag ? `--set ${error.message}` : `${basename(config)}: ${error.message}`, isFlag ? 2 : 1);
  }
}

function solution({ config }: HjbSolveJob, problem: MakerProblem): Solved {
  try {
    return solveMaker(problem);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new UserError(`${basename(config)}: ${error.message}`);
  }
}

function subjectOf({ market, horizon }: MakerProblem, { longRun }: Solved): string {
  const span = [...(longRun === null ? [] : ['the long run']), ...(horizon === null ? [] : [`${horizon} s`])].join(
    ' and ',
  );
  if (market.kind === 'many') return `a maker of ${market.names.join(', ')}, ${span}`;
  const { qMin, qMax, states } = market.one;
  const many = states.length > 1 ? `, ${states.length} states of the market` : '';
  const utility = market.kind === 'utility' ? ', exponential utility' : '';
  return `a maker of one asset, inventory ${qMin} to ${qMax}${many}${utility}, ${span}`;
}

const factsOf = ({ horizon, mid }: MakerProblem): [string, string][] => [
  ...(horizon === null ? [] : [['horizon', `${horizon} s`] as [string, string]]),
  ...(mid === null ? [] : [['mid', String(mid)] as [string, string]]),
];

/** An infinite rate of taking is "unlimited": JSON has no infinity. */
const rates = (xs: readonly number[]): (number | 'unlimited')[] =>
  xs.map((x) => (Number.isFinite(x) ? x : 'unlimited'));

function jsonOf(solved: Solved) {
  const { longRun, quoted, parts, rivals, laws, notes, assets, inventories, marketStates } = solved;
  return {
    assets,
    inventories,
    marketStates,
    value: longRun?.value ?? null,
    income: longRun?.flows === null || longRun === null ? null : { ...longRun.flows, law: [...longRun.flows.law] },
    quotes: quoted.map(({ buys, sells, ...row }) => ({
      ...row,
      buys: rates(buys),
      sells: rates(sells),
      crossings: Array.from({ length: marketStates }, (_, state) => crossingsOf(solved, { buys, sells }, state)),
    })),
    parts,
    rivals,
    laws,
    warnings: notes,
  };
}
