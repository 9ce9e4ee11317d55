/** Floor 5½. `study amm-challenge`: a fee law trained from its defaults, and what it earns on fresh simulations. */
import { laws } from '../../kernels/competition/laws/index.js';
import { type Contender, edgesOf, type Figures, figuresOf } from '../challenge/figures.js';
import { encodePolicy, lawNamed } from '../challenge/policy.js';
import { TRAINING, trainFixed, trainLaw, type Values } from '../challenge/train.js';
import { openTarget } from '../config/index.js';
import { UserError } from '../errors.js';
import { claimOutput } from '../files/output.js';
import { inline, printToStderr } from '../terminal.js';
import { duration } from '../train/progress.js';
import type { JobOutput } from './options.js';

export interface StudyOptions {
  readonly law: string;
  /** Fresh simulations for the figures. */
  readonly simulations: number;
  readonly seed: number;
  readonly out: string;
  readonly device?: string;
  readonly generations?: number;
  readonly json: boolean;
  readonly signal: AbortSignal;
}

const FIXED = [30, 50, 75, 80];
/** Simulations of the best fixed fee: its error is then .3 bps. */
const FIXED_SIMULATIONS = 400;
/** Seconds between lines of progress. */
const INTERVAL = 5;

/** Lines of progress on stderr, at most one in some seconds. */
function teller(quiet: boolean) {
  const began = performance.now() / 1000;
  let last = Number.NEGATIVE_INFINITY;
  return (done: number, of: number, text: string) => {
    const now = performance.now() / 1000;
    if (quiet || (now - last < INTERVAL && done < of)) return;
    last = now;
    const left = ((now - began) / done) * (of - done);
    printToStderr(inline(`${done}/${of} · ${text} · ${duration(left)} left`));
  };
}

const stopped = (signal: AbortSignal): void => {
  if (signal.aborted) throw new UserError('study: a whole training was expected, got an interruption; start it again');
};

/** Gives the event loop its turn, so that Ctrl-C is heard. */
const breathe = () => new Promise<void>((done) => setImmediate(done));

export async function runStudyChallenge(options: StudyOptions): Promise<JobOutput> {
  const law = lawNamed(options.law);
  if (law.knowing !== undefined) {
    throw new UserError(
      `--law: a law that a pool can follow was expected, got '${law.name}', a bound; take another`,
      2,
    );
  }
  const { target, why } = await openTarget(options.device ?? 'auto');
  const { seed, simulations, signal } = options;
  const output = await claimOutput({ path: options.out, kind: 'export', flag: '--out', inputs: [] });
  const on = { target, seed };

  let fee: Values = {};
  const fixed = trainFixed({ ...on, simulations: FIXED_SIMULATIONS });
  for (let at = fixed.next(); ; at = fixed.next()) {
    if (at.done === true) {
      fee = at.value;
      break;
    }
    await breathe();
    stopped(signal);
  }
  let values: Values = fee;
  if (law.name !== 'fixed') {
    const tell = teller(options.json);
    const generations = options.generations ?? TRAINING.generations;
    const training = trainLaw(law, { ...on, ...TRAINING, generations });
    for (let at = training.next(); ; at = training.next()) {
      if (at.done === true) {
        values = at.value;
        break;
      }
      const { generation, better } = at.value;
      tell(generation, generations, `${law.name}: edge of ${TRAINING.steps} steps ${better.toFixed(2)}`);
      await breathe();
      stopped(signal);
    }
  }

  const fixedLaw = laws[0];
  const contenders: Contender[] = [
    ...FIXED.map((bps) => ({ name: `fixed ${bps} bps`, law: fixedLaw, values: { fee: bps / 1e4 } })),
    { name: `fixed ${(1e4 * fee.fee).toFixed(1)} bps, trained`, law: fixedLaw, values: fee },
    ...(law.name === 'fixed' ? [] : [{ name: `${law.name}, trained`, law, values }]),
  ];
  const edges: Float64Array[] = [];
  const count = teller(options.json);
  for (const [i, contender] of contenders.entries()) {
    edges.push(edgesOf(contender, on, simulations));
    count(i + 1, contenders.length, `${simulations} fresh simulations of ${contender.name}`);
    await breathe();
    stopped(signal);
  }
  const base = edges[FIXED.indexOf(75)];
  const figures = contenders.map(({ name }, i) => figuresOf(name, edges[i], base));
  await output.write(encodePolicy({ law, values, seed }, { simulations, figures }));
  const lines = [
    `${law.name}: ${law.doc}`,
    `device ${target.name}: ${why}`,
    ...Object.entries(values).map(([name, x]) => `  ${name.padEnd(12)} ${Number(x.toPrecision(6))}`),
    table(simulations, figures),
    ...output.notes,
    `policy ${output.path}`,
    `next: poolgrad export ${output.path} --to amm-challenge`,
  ];
  return {
    text: lines.join('\n'),
    json: {
      law: law.name,
      values,
      seed,
      simulations,
      figures,
      device: target.name,
      out: output.path,
      notes: output.notes,
    },
  };
}

function table(simulations: number, figures: readonly Figures[]): string {
  const head = `  ${`mean of ${simulations} fresh simulations`.padEnd(34)} ${'edge'.padStart(16)}   ${'over 75 bps, paired'.padStart(20)}`;
  const row = (f: Figures) =>
    `  ${f.name.padEnd(34)} ${`${f.edge.toFixed(2)} ± ${f.standardError.toFixed(2)}`.padStart(16)}   ${`${f.overFixed75.toFixed(2)} ± ${f.overFixed75StandardError.toFixed(2)}`.padStart(20)}`;
  return [head, ...figures.map(row)].join('\n');
}
