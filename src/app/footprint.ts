/**
 * Floor 5½. What a job will hold in memory, estimated before it starts and held against `run.memory`: a run that ends for
 * want of memory after an hour, or takes the machine with it, is worse than one that is refused.
 *
 * The tapes of a training step have a plan of their own (rollout/memory.ts), and a GPU goes by its own memory: here is what
 * the host holds beside them. Datasets are not counted: they have been read.
 */
import type { ResolvedConfig } from '../config/index.js';
import { UserError } from '../errors.js';
import type { RolloutSpec } from '../rollout/spec.js';
import { amount } from '../train/event-text.js';
import { NUMBER, refuseBeyond } from './bound.js';
import type { PoolSession, Session } from './prepared.js';
import { cadenceOf } from './rollout.js';

/**
 * Bytes for each parameter of each set: the float32 variable and two moments of the optimiser and their temporary tensors,
 * raws and gradients in float64 on this side and in the target's memory. Measured: 400,000 sets of 6 held 2.9 GB, for which
 * this file says 2.7 GB.
 */
const TRAINED = 200;

/** Characters for each in a checkpoint: base64 of a float64 and three float32. Texts of it at once: parts, hashed, whole, bytes. */
const WRITTEN = 27;
const TEXTS = 4;

/** The longest string that V8 has is of 2^29 − 24 characters. */
const LONGEST_TEXT = 2 ** 29 - 24;

/** Bytes of an iteration in the history: an object of six numbers and its JSON. */
const ITERATION = 500;

/** Bytes of a set's start among points that fill a cube, besides its numbers. */
const POINT = 100;

/** Throws a UserError with the figures and the remedy where the training of a session would hold more than it may. */
export function checkTraining(session: Session): void {
  const { config, spec, target, rollout } = session;
  const { sets, windows, iterations } = config.train;
  const { columns } = rollout.layout;
  const n = spec.assets.length;
  const size = `${sets} sets × ${windows} windows × ${columns} parameters`;
  const text = sets * columns * WRITTEN;
  if (text > LONGEST_TEXT) {
    throw new UserError(
      `memory: a checkpoint of at most ${amount(LONGEST_TEXT)}B was expected, got train.sets: ${sets} of ${columns} parameters, which take ${amount(text)}B; take fewer sets`,
    );
  }
  const cadence = cadenceOf(session);
  const validations = session.windows.validation().windows.length;
  const drawn = session.kind === 'system' ? session.scenarios : null;
  // a judge holds its own
  const atOnce = session.judge === null ? Math.max(windows, validations) : windows + validations;
  const rows = session.dataset?.rows ?? (drawn === null ? 0 : atOnce * drawn.pieceRows);
  const steps = Math.floor(rows / cadence);
  const stepsOfWindow = Math.ceil(config.windowRows / cadence) || 0;
  // the device keeps its own account of what it holds
  const isHost = target.memory === undefined;
  const perLane = columns + 4 + (isHost && cadence < Number.POSITIVE_INFINITY ? stepsOfWindow * n : 0);
  const { data } = config;
  if (drawn !== null && data.kind === 'drawn') drawn.check(data.scenarios.train + data.scenarios.validation, atOnce);
  refuseBeyond(config.run.memory, size, 'take fewer sets, windows or iterations, or a longer chunkPeriod', [
    { what: 'parameters and moments', bytes: sets * (columns * (TRAINED + NUMBER) + POINT) },
    { what: 'scores and gradients by window', bytes: 2 * sets * (windows * perLane + validations) * NUMBER },
    { what: 'outputs of the rule', bytes: isHost ? 4 * steps * n * sets * NUMBER : 0 },
    { what: 'the text of a checkpoint', bytes: text * TEXTS },
    { what: 'the history', bytes: iterations * ITERATION },
  ]);
}

/**
 * Throws a UserError where recording a path of one set would hold more than the session may.
 *
 * @param every steps between the rows that are recorded
 * @param copies how many paths are held at once, in this memory and the target's
 */
export function checkRecording({ config, spec, dataset }: PoolSession, every: number, copies: number): void {
  const n = spec.assets.length;
  const rows = Math.ceil(dataset.rows / every);
  // value, three sums; reserves (of some pools two an asset), weights, quotes and their depths
  const numbers = 4 + 5 * n;
  refuseBeyond(
    config.run.memory,
    `a path of ${rows} rows of ${n} assets`,
    every === 1 ? 'take fewer rows' : 'take fewer rows, or a larger --every',
    [{ what: `${numbers} numbers a row, ${copies} times`, bytes: rows * numbers * NUMBER * copies }],
  );
}

/** Throws a UserError where the paths of one set over so many rows would hold more than the session may. */
export function checkPaths({ run }: ResolvedConfig, { assets, system }: RolloutSpec, rows: number): void {
  const names = Object.keys(system.observes).length;
  refuseBeyond(run.memory, `a path of ${rows} rows`, 'take fewer rows', [
    { what: `${names} observations a row`, bytes: rows * names * assets.length * NUMBER },
  ]);
}
