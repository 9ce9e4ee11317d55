/** Floor 5. The study of a fee law, step by step: the best fixed fee, the law's training, figures on fresh simulations. */
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { FeeLaw } from '../../kernels/competition/law.js';
import { fixed } from '../../kernels/competition/laws/fixed.js';
import { readingFailed } from '../data/read-file.js';
import { UserError } from '../errors.js';
import type { SynchronousTarget } from '../targets/target.js';
import type { Generation, SearchState } from '../train/evolution.js';
import { type Contender, edgesOf, type Figures, figuresOf } from './figures.js';
import { lawNamed } from './policy.js';
import type { Values } from './rollout.js';
import { type Effort, trainFixed, trainLaw } from './train.js';

/** What is asked for, and how far it has come: nothing else is needed to go on, to the bit. */
export interface StudyState {
  readonly law: FeeLaw;
  readonly seed: number;
  /** Fresh simulations for the figures. */
  readonly simulations: number;
  readonly effort: Effort;
  /** The best fixed fee, once it is known. */
  readonly fee?: number;
  /** Where the training stands. */
  readonly search?: SearchState;
  /** The trained values, once they are. */
  readonly values?: Values;
}

export interface Stage {
  readonly name: 'fixed fee' | 'training' | 'figures';
  readonly done: number;
  readonly of: number;
  readonly text: string;
}

export interface StudyStep {
  readonly state: StudyState;
  readonly stage: Stage;
}

export interface Studied {
  readonly fee: number;
  readonly values: Values;
  readonly figures: readonly Figures[];
}

const FIXED = [30, 50, 75, 80];
/** Simulations of the best fixed fee: its error is then .3 bps. */
const FIXED_SIMULATIONS = 400;
/** Steps that its search takes as a rule, each over 400 simulations in 8 parts. */
const FIXED_STEPS = 64;
/** Simulations of figures between two turns of who waits for them. */
const CHUNK = 250;

export interface StudyOn {
  readonly target: SynchronousTarget;
  readonly threads: number;
}

export function* study(from: StudyState, device: StudyOn): Generator<StudyStep, Studied> {
  const on = { ...device, seed: from.seed };
  let state = from;
  if (state.fee === undefined) state = yield* fixedFee(state, on);
  if (state.values === undefined) state = yield* trained(state, on);
  const { fee = 0, values = {} } = state;
  return { fee, values, figures: yield* measured(state, fee, values, on) };
}

type On = StudyOn & { readonly seed: number };

function* fixedFee(state: StudyState, on: On): Generator<StudyStep, StudyState> {
  let done = 0;
  const run = trainFixed({ ...on, simulations: FIXED_SIMULATIONS });
  for (let at = run.next(); ; at = run.next()) {
    if (at.done === true) return { ...state, fee: at.value.fee };
    const text = `${(1e4 * at.value.fee).toFixed(1)} bps`;
    yield { state, stage: { name: 'fixed fee', done: ++done, of: Math.max(done, FIXED_STEPS), text } };
  }
}

function* trained(state: StudyState, on: On): Generator<StudyStep, StudyState> {
  const { law, effort, search, fee = 0 } = state;
  if (law === fixed) return { ...state, values: { fee } };
  const run: Generator<Generation, Values> = trainLaw(law, { ...on, ...effort }, search);
  for (let at = run.next(); ; at = run.next()) {
    if (at.done === true) return { ...state, values: at.value };
    const { generation, better, state: reached } = at.value;
    const text = `${law.name}: edge of ${effort.steps} steps ${better.toFixed(2)}`;
    yield {
      state: { ...state, search: reached },
      stage: { name: 'training', done: generation, of: effort.generations, text },
    };
  }
}

function* measured(state: StudyState, fee: number, values: Values, on: On): Generator<StudyStep, Figures[]> {
  const { law, simulations } = state;
  const contenders: Contender[] = [
    ...FIXED.map((bps) => ({ name: `fixed ${bps} bps`, law: fixed, values: { fee: bps / 1e4 } })),
    { name: `fixed ${(1e4 * fee).toFixed(1)} bps, trained`, law: fixed, values: { fee } },
    ...(law === fixed ? [] : [{ name: `${law.name}, trained`, law, values }]),
  ];
  const edges: Float64Array[] = [];
  const of = contenders.length * simulations;
  for (const [i, contender] of contenders.entries()) {
    const run = edgesOf(contender, on, simulations, CHUNK);
    for (let at = run.next(); ; at = run.next()) {
      if (at.done === true) {
        edges.push(at.value);
        break;
      }
      const text = `fresh simulations of ${contender.name}`;
      yield { state, stage: { name: 'figures', done: i * simulations + at.value, of, text } };
    }
  }
  const base = edges[FIXED.indexOf(75)];
  return contenders.map(({ name }, i) => figuresOf(name, edges[i], base));
}

const FORMAT = 'poolgrad/challenge-training';

const numbers = z.array(z.number());
const schema = z.object({
  format: z.literal(FORMAT),
  version: z.literal(1),
  law: z.string(),
  seed: z.number().int().nonnegative(),
  simulations: z.number().int().min(2),
  effort: z.object({ generations: z.number(), population: z.number(), simulations: z.number(), steps: z.number() }),
  fee: z.number().optional(),
  search: z.object({ generation: z.number().int(), numbers: z.record(z.string(), numbers) }).optional(),
  values: z.record(z.string(), z.union([z.number(), numbers])).optional(),
});

/** The text of an unfinished study: what `--resume` reads. */
export const encodeStudy = ({ law, ...rest }: StudyState): string =>
  `${JSON.stringify({ format: FORMAT, version: 1, law: law.name, ...rest })}\n`;

export async function loadStudy(path: string): Promise<StudyState> {
  const text = await readFile(path, 'utf8').catch(readingFailed(path));
  let json: unknown = null;
  try {
    json = JSON.parse(text);
  } catch {
    // told below, as everything that is no study
  }
  const parsed = schema.safeParse(json);
  if (!parsed.success) {
    throw new UserError(
      `--resume: a file that poolgrad study amm-challenge left when it was stopped was expected, got '${path}'; start the study without --resume`,
      2,
    );
  }
  const { format: _, version: __, ...state } = parsed.data;
  return { ...state, law: lawNamed(state.law, path) };
}
