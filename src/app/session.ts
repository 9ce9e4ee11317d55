/** Floor 5½. A config made ready to run: data, target, roll-out, start values, what trains and within which bounds. */
import { availableParallelism } from 'node:os';
import { type CodeFile, type OpenedConfig, openTarget, type ResolvedConfig, rawOfParameter } from '../config/index.js';
import { UserError } from '../errors.js';
import type { Precision } from '../graph/index.js';
import type { ParameterLayout } from '../rollout/layout.js';
import { fewestRows, scoredBy } from '../rollout/spec.js';
import { precisionOf } from '../targets/precision.js';
import type { Target } from '../targets/target.js';
import { type RawBounds, rawBounds, trainableColumns } from '../train/bounds.js';
import type { TrainOptions } from '../train/problem.js';
import { type PoolOnRows, rolloutOf, type SystemOnWindows } from './rollout.js';

/** What a roll-out is run with. */
interface Prepared {
  readonly target: Target;
  /** Why this target was taken; one sentence. */
  readonly why: string;
  /** What the roll-out is computed in. */
  readonly precision: Precision;
  readonly threads: number;
  /** Raw start values of set 0: [columns]. */
  readonly initial: Float64Array;
  readonly trainable: Uint8Array;
  readonly bounds: RawBounds;
  /** The files of the user's own that the models come from. */
  readonly code: readonly CodeFile[];
  /** What was done in another way than the config asks for; one line each. */
  readonly notes: readonly string[];
}

export type PoolSession = PoolOnRows & Prepared;
export type SystemSession = SystemOnWindows & Prepared;
export type Session = PoolSession | SystemSession;

/** A session of a pool on recorded prices, for what is done with these only. Throws a UserError for any other. */
export function poolSession(session: Session, command = 'session'): PoolSession {
  if (session.kind === 'pool') return session;
  session.rollout.dispose();
  const { config } = session;
  const data = config.data.kind === 'drawn' ? ' on drawn prices' : '';
  throw new UserError(
    `${command}: a pool on recorded prices was expected, got ${config.title}${data}; name another; evaluate (of one checkpoint), simulate and export --to json take any system`,
  );
}

/**
 * @param training whether the config's sets and windows are to run side by side, which `auto` weighs, in the config's
 * precision; all else takes the first of the device's
 * @param asked a precision of training in place of the config's
 */
export async function openSession(
  opened: OpenedConfig,
  device?: string,
  training = false,
  asked?: Precision,
): Promise<Session> {
  const { config, code } = opened;
  const lanes = training ? config.train.sets * config.train.windows : 1;
  const wanted = training ? (asked ?? config.run.precision) : undefined;
  const { target, why } = await openTarget(device ?? config.run.device, lanes, wanted);
  const precision = precisionOf(target, wanted);
  const { threads, notes } = threadsOf(config.run.threads, target);
  const own = rolloutOf(opened, target, {
    threads,
    memory: config.run.memory,
    // a route is asked for on the device that the config names
    route: device === undefined ? config.run.route : 'auto',
    precision,
  });
  const { layout } = own.rollout;
  const named = Object.entries(config.parameters);
  const initial = initialRaw(config, layout);
  if (code.length > 0) tryOut(own, config, initial, code);
  return {
    ...own,
    target,
    why,
    precision,
    threads,
    initial,
    trainable: trainableColumns(layout, Object.fromEntries(named.map(([name, p]) => [name, p.train]))),
    bounds: rawBounds(
      layout,
      Object.fromEntries(
        named.flatMap(([name, { bounds: b }]) => (b === null ? [] : [[name, { low: b[0], high: b[1] }]])),
      ),
    ),
    code,
    notes,
  };
}

/** As many threads as are asked for (0: one a core), at most one a core, and those that the system lets start. */
export function threadsOf(
  asked: number,
  target: Target,
  name = 'run.threads',
): { readonly threads: number; readonly notes: string[] } {
  const cores = availableParallelism();
  const wanted = Math.min(asked || cores, cores);
  const threads = target.threads?.(wanted) ?? wanted;
  const notes = [
    ...(asked > cores ? [`${name}: ${asked} is cut to the ${cores} cores that this process may use`] : []),
    ...(threads < wanted
      ? [
          `threads: the system refused this process more than ${threads} of ${wanted} (ulimit -u): it goes on with those`,
        ]
      : []),
  ];
  return { threads, notes };
}

/** Rolls the shortest window out once, so that a mistake in a file of the user's own is told as theirs, before any work. */
function tryOut(
  { rollout, windows, spec }: PoolOnRows | SystemOnWindows,
  { title, clock }: ResolvedConfig,
  raw: Float64Array,
  code: readonly CodeFile[],
): void {
  const rows = Math.max(2, ...scoredBy(spec).map((model) => fewestRows(model, clock)));
  const [first] = windows.draw(1, () => 0);
  try {
    rollout.value(raw, Int32Array.of(first), rows);
    rollout.path(raw, first, rows, rows - 1);
  } catch (error) {
    rollout.dispose();
    if (error instanceof UserError) throw error;
    const files = code.map(({ path }) => path).join(', ');
    const what = String((error as Error).message ?? error).split('\n')[0];
    const mistake = new UserError(
      `models: ${title} with code of ${files} cannot be rolled out: ${what}; mend that code (POOLGRAD_DEBUG=1 shows where)`,
    );
    mistake.cause = error;
    throw mistake;
  }
}

/** Raw start numbers of a config, [columns]: those of its values, or the raw ones that it gives. */
export function initialRaw({ parameters }: ResolvedConfig, layout: ParameterLayout): Float64Array {
  const raw = new Float64Array(layout.columns);
  for (const { name, parameter, column } of layout.entries) {
    raw.set(rawOfParameter(parameter, parameters[name]), column);
  }
  return raw;
}

/** What `train` is to do, from the config's train section. */
export function trainOptionsOf({ train }: ResolvedConfig): TrainOptions {
  return {
    sets: train.sets,
    windows: train.windows,
    iterations: train.iterations,
    optimizer: {
      name: train.optimizer,
      learningRate: train.learningRate,
      momentum: train.momentum,
      beta2: train.beta2,
      weightDecay: train.weightDecay,
    },
    schedule: { name: train.schedule, warmup: train.warmup },
    clipNorm: train.clipNorm,
    seed: train.seed,
    starts: train.starts,
    validateEvery: train.validateEvery,
    patience: train.patience === 0 ? null : train.patience,
    checkpointEvery: train.checkpointEvery,
  };
}
