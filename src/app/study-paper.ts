/** Floor 5½. `study hmm-paper`: the claims of the papers, each with its experiment; a page, and a document for machines. */
import { openForFigures } from '../config/index.js';
import { UserError } from '../errors.js';
import { claimOutput } from '../files/output.js';
import { type Claim, examine, type Finding, VERDICTS, verdictText } from '../paper/claim.js';
import { claims } from '../paper/claims/index.js';
import { Lab } from '../paper/lab.js';
import { chosenClaims, claimsFrom } from '../paper/own-claims.js';
import { renderStudy } from '../paper/report/index.js';
import { nextTurn } from '../targets/turn.js';
import { inline, printToStderr } from '../terminal.js';
import { duration } from '../train/event-text.js';
import { VERSION } from '../version.js';
import type { JobOutput } from './options.js';

export interface StudyPaperOptions {
  /** Ids of the claims to look at; all where left out. */
  readonly only?: readonly string[];
  /** Files with claims of one's own. */
  readonly claims: readonly string[];
  /** Paths behind each mean. */
  readonly paths: number;
  readonly seed: number;
  readonly out: string;
  readonly device?: string;
  readonly json: boolean;
  readonly signal: AbortSignal;
}

/** Seconds between lines of progress within a claim. */
const INTERVAL = 5;

export async function runStudyPaper(options: StudyPaperOptions): Promise<JobOutput> {
  const { seed, paths, signal, json } = options;
  const own = (await Promise.all(options.claims.map(claimsFrom))).flat();
  const list = chosenClaims(claims, own, options.only);
  const { target, why } = await openForFigures(options.device ?? 'auto');
  const output = await claimOutput({ path: options.out, kind: 'report', flag: '--out', inputs: options.claims });
  const began = performance.now();
  const progress = teller(json, list.length);
  const lab = new Lab({ ...{ target, seed, paths }, tell: progress.within, turn: () => breathe(signal) });
  const findings: Finding[] = [];
  try {
    for (const claim of list) {
      await breathe(signal);
      progress.begin(claim, findings.length);
      findings.push(await examine(claim, lab));
    }
  } finally {
    lab.dispose();
  }
  const took = duration((performance.now() - began) / 1000);
  const facts = [
    ['paths behind a mean of drawn prices', String(paths)],
    ['seed', String(seed)],
    ['device', `${target.name}: ${why}`],
    ['took', took],
    ['definitions', 'docs/hmm-paper.md'],
  ] as const;
  await output.write(
    await renderStudy({ findings, facts, version: VERSION, generated: new Date().toISOString().slice(0, 10) }),
  );
  const width = Math.max(...findings.map((f) => f.id.length));
  const counts = VERDICTS.map((v) => `${findings.filter((f) => f.verdict === v).length} ${v}`);
  const lines = [
    ...findings.map((f) => `  ${f.id.padEnd(width)}  ${verdictText(f)}`),
    `${findings.length} claims in ${took}: ${counts.join(', ')}`,
    ...output.notes,
    `report ${output.path}`,
  ];
  return {
    text: lines.join('\n'),
    json: { seed, paths, device: target.name, out: output.path, notes: output.notes, claims: findings },
  };
}

/** Gives the event loop its turn, so that Ctrl-C is heard. */
async function breathe(signal: AbortSignal): Promise<void> {
  await nextTurn();
  if (signal.aborted) throw new UserError('study: a whole run was expected, got an interruption; start it again');
}

/** Lines of progress on stderr: one a claim, and within a long one some. */
function teller(quiet: boolean, of: number) {
  let last = 0;
  let at = '';
  const say = (text: string) => {
    last = performance.now() / 1000;
    if (!quiet) printToStderr(inline(text));
  };
  return {
    begin(claim: Claim, done: number): void {
      at = `${done + 1}/${of} · ${claim.id}`;
      say(at);
    },
    within(text: string): void {
      if (performance.now() / 1000 - last >= INTERVAL) say(`${at}: ${text}`);
    },
  };
}
