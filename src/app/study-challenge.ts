/** Floor 5½. `study amm-challenge`: a fee law trained from its defaults, and what it earns on fresh simulations. */
import { availableParallelism } from 'node:os';
import type { Figures } from '../challenge/figures.js';
import { encodePolicy, lawNamed } from '../challenge/policy.js';
import { encodeStudy, loadStudy, type Stage, type Studied, type StudyState, study } from '../challenge/study.js';
import { effortOf } from '../challenge/train.js';
import { openForFigures } from '../config/index.js';
import { UserError } from '../errors.js';
import { claimOutput } from '../files/output.js';
import { nextTurn } from '../targets/turn.js';
import { inline, printToStderr } from '../terminal.js';
import { duration } from '../train/event-text.js';
import type { JobOutput } from './options.js';
import { threadsOf } from './prepared.js';

export interface StudyOptions {
  /** A study that was stopped; law, simulations, seed and generations are then its own. */
  readonly resume?: string;
  readonly law?: string;
  /** Fresh simulations for the figures. */
  readonly simulations?: number;
  readonly seed?: number;
  readonly generations?: number;
  /** The policy; absent: the file that is resumed, else `checkpoints/amm-challenge.json`. */
  readonly out?: string;
  readonly device?: string;
  /** 0: one a core. */
  readonly threads: number;
  readonly json: boolean;
  readonly signal: AbortSignal;
}

/** Seconds between lines of progress. */
const INTERVAL = 5;

/** Lines of progress on stderr, at most one in some seconds, each with what is left of its stage. */
function teller(quiet: boolean) {
  let [stage, began, first, last] = ['', 0, 0, Number.NEGATIVE_INFINITY];
  return ({ name, done, of, text }: Stage) => {
    const now = performance.now() / 1000;
    if (name !== stage) [stage, began, first] = [name, now, done];
    if (quiet || (now - last < INTERVAL && done < of)) return;
    last = now;
    const left = done > first ? ` · ${duration(((now - began) / (done - first)) * (of - done))} left` : '';
    printToStderr(inline(`${name} ${done}/${of} · ${text}${left}`));
  };
}

async function opened(options: StudyOptions): Promise<StudyState> {
  if (options.resume !== undefined) return loadStudy(options.resume);
  const law = lawNamed(options.law ?? 'rival');
  if (law.knowing !== undefined) {
    throw new UserError(
      `--law: a law that a pool can follow was expected, got '${law.name}', a bound; take another`,
      2,
    );
  }
  const { seed = 0, simulations = 1000, generations } = options;
  const effort = effortOf(law);
  return { law, seed, simulations, effort: { ...effort, generations: generations ?? effort.generations } };
}

export async function runStudyChallenge(options: StudyOptions): Promise<JobOutput> {
  const from = await opened(options);
  const { target, why } = await openForFigures(options.device ?? 'auto');
  const { threads, notes } = threadsOf(options.threads, target, availableParallelism(), '--threads');
  const path = options.out ?? options.resume ?? 'checkpoints/amm-challenge.json';
  const output = await claimOutput({ path, kind: 'export', flag: '--out', inputs: [] });
  const tell = teller(options.json);

  const run = study(from, { target, threads });
  let studied: Studied;
  for (let at = run.next(); ; at = run.next()) {
    if (at.done === true) {
      studied = at.value;
      break;
    }
    const { stage, state } = at.value;
    tell(stage);
    await nextTurn(); // Ctrl-C is heard between stages
    if (!options.signal.aborted) continue;
    await output.write(encodeStudy(state));
    const next = `poolgrad study amm-challenge --resume ${output.path}`;
    return {
      text: [`stopped: ${stage.name} ${stage.done}/${stage.of}`, ...notes, ...output.notes, `next: ${next}`].join('\n'),
      json: {
        ...{
          stopped: 'signal',
          law: from.law.name,
          seed: from.seed,
          stage: stage.name,
          done: stage.done,
          of: stage.of,
        },
        ...{ out: output.path, next, notes: [...notes, ...output.notes] },
      },
    };
  }
  const { values, figures } = studied;
  const { law, seed, simulations } = from;
  await output.write(encodePolicy({ law, values, seed }, { simulations, figures }));
  const lines = [
    `${law.name}: ${law.doc}`,
    `device ${target.name}: ${why}`,
    ...Object.entries(values).map(([name, x]) => `  ${name.padEnd(12)} ${[x].flat().map(short).join(' ')}`),
    table(simulations, figures),
    ...notes,
    ...output.notes,
    `policy ${output.path}`,
    `next: poolgrad export ${output.path} --to amm-challenge`,
  ];
  return {
    text: lines.join('\n'),
    json: {
      ...{ law: law.name, values, seed, simulations, figures, device: target.name, threads, out: output.path },
      notes: [...notes, ...output.notes],
    },
  };
}

const short = (x: number): number => Number(x.toPrecision(6));

function table(simulations: number, figures: readonly Figures[]): string {
  const head = `  ${`mean of ${simulations} fresh simulations`.padEnd(34)} ${'edge'.padStart(16)}   ${'over 75 bps, paired'.padStart(20)}`;
  const row = (f: Figures) =>
    `  ${f.name.padEnd(34)} ${`${f.edge.toFixed(2)} ± ${f.standardError.toFixed(2)}`.padStart(16)}   ${`${f.overFixed75.toFixed(2)} ± ${f.overFixed75StandardError.toFixed(2)}`.padStart(20)}`;
  return [head, ...figures.map(row)].join('\n');
}
