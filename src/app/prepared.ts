/** Floor 5½. A config made ready to run on a target: roll-out, start values, what trains and within which bounds. */
import type { CodeFile } from '../config/own-models.js';
import { rawOfParameter } from '../config/parameters.js';
import type { ResolvedConfig } from '../config/resolve.js';
import type { OpenedConfig } from '../config/resolve-on.js';
import { UserError } from '../errors.js';
import type { Precision } from '../graph/index.js';
import type { ParameterLayout } from '../rollout/layout.js';
import { fewestRows, scoredBy } from '../rollout/spec.js';
import { precisionOf } from '../targets/precision.js';
import type { SynchronousTarget, Target } from '../targets/target.js';
import { type RawBounds, rawBounds, trainableColumns } from '../train/bounds.js';
import type { TrainOptions } from '../train/problem.js';
import { type Judge, judgeOf } from './judge.js';
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
  /** What sets are compared by where training is in float32; null where the roll-out does that itself. */
  readonly judge: Judge | null;
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

/** Where a session runs. */
export interface Ground {
  readonly target: Target;
  /** Why this target was taken; one sentence. */
  readonly why: string;
  /** What it is to compute in; absent: the first of the target's. */
  readonly precision?: Precision;
  /** How many threads may work at once here. */
  readonly cores: number;
  /** What is to be done in float64 at once: an exact target. It draws the prices that a pool runs on. */
  readonly exact: SynchronousTarget;
  /**
   * Whether it is for training: then all threads are up before the first of them is needed, and the exact target compares
   * sets where this one is in float32.
   */
  readonly training: boolean;
  /** Whether the config's device is the target's, and with it the route that the config asks for. */
  readonly asConfigured: boolean;
}

/** Throws a UserError where a file of the user's own cannot be rolled out. */
export function sessionOn(opened: OpenedConfig, ground: Ground): Session {
  const { config, code } = opened;
  const { target, why, cores, training, exact } = ground;
  const precision = precisionOf(target, ground.precision);
  const { threads, notes } = threadsOf(config.run.threads, training ? target : null, cores);
  const own = rolloutOf(
    opened,
    target,
    {
      threads,
      memory: config.run.memory,
      // a route is asked for on the device that the config names
      route: ground.asConfigured ? config.run.route : 'auto',
      precision,
    },
    exact,
  );
  const judge =
    ground.training && precision === 'float32'
      ? judgeOf(opened, own, exact, threadsOf(config.run.threads, exact, cores).threads)
      : null;
  const { layout } = own.rollout;
  const named = Object.entries(config.parameters);
  const initial = initialRaw(config, layout);
  if (code.length > 0) tryOut(judge?.on ?? own, config, initial, code);
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
    judge,
  };
}

/** Closes what a session holds. */
export function closeSession({ rollout, judge }: Session): void {
  rollout.dispose();
  judge?.on.rollout.dispose();
}

/** As many threads as are asked for (0: one a core), at most one a core; where a target is to start them, those that the system lets it. */
export function threadsOf(
  asked: number,
  target: Target | null,
  cores: number,
  name = 'run.threads',
): { readonly threads: number; readonly notes: string[] } {
  const wanted = Math.min(asked || cores, cores);
  const threads = target?.threads?.(wanted) ?? wanted;
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
