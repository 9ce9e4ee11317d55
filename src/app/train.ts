/** Floor 5½. `train`: from a config or a checkpoint to a checkpoint. */
import { basename, extname, join } from 'node:path';
import { registry } from '../../kernels/index.js';
import { changedCode, loadConfig } from '../config/index.js';
import { UserError } from '../errors.js';
import { claimOutput, type Output } from '../files/output.js';
import { aggregateText } from '../rollout/aggregate.js';
import { columnOf } from '../rollout/layout.js';
import type { MemoryPlan } from '../rollout/memory.js';
import { printToStderr } from '../terminal.js';
import { type Checkpoint, checkBelongs, encodeCheckpoint } from '../train/checkpoint.js';
import type { Held } from '../train/constraints.js';
import { amount, describeGuards, duration } from '../train/event-text.js';
import { Journal } from '../train/journal.js';
import { risingText } from '../train/outcome.js';
import { progressRenderer } from '../train/progress.js';
import { type TrainResult, train } from '../train/train.js';
import { pathFrom } from './checkpoint-data.js';
import { checkpointOf, datasetOf } from './checkpoint-of.js';
import { dataText, lanesText } from './data-text.js';
import { inputsOf } from './files.js';
import { checkTraining } from './footprint.js';
import { startFrom } from './initial.js';
import type { TrainOptions, TrainOutput } from './options.js';
import { closeSession, type Session, trainOptionsOf } from './prepared.js';
import { openSession } from './session.js';
import { openCheckpoint } from './source.js';
import { courseNotes, digits, doubtsOf, findingsOf, problemOf, stepsName } from './training.js';

export async function runTrain(options: TrainOptions): Promise<TrainOutput> {
  const { session, from, out, notes } = await begin(options);
  const { config, rollout, spec } = session;
  checkTraining(session);
  const progress = options.json
    ? null
    : await progressRenderer(process.stderr, {
        metric: spec.objective.name,
        steps: stepsName(session),
        constraints: config.constraints.map((c) => c.name),
        ...(session.judge === null ? {} : { validation: 'validation in float64' }),
      });
  const output = await claimOutput({
    ...{ path: out, kind: 'checkpoint', flag: '--out', continues: options.resume },
    inputs: [options.config, options.initFrom, ...inputsOf(session)],
    tell: (note) => progress?.note(`note: ${note}`),
  });
  const asked = trainOptionsOf(config);
  const plan = rollout.plan(asked.sets, asked.windows, config.windowRows);
  const doubts = doubtsOf(session);
  if (!options.json) {
    const warnings = doubts.map((text) => `warning: ${text}`);
    printToStderr(...introduction(session, plan, options.initFrom), ...warnings, ...config.notes, ...notes);
  }
  const dataset = datasetOf(session, (file) => pathFrom(out, file));
  if (from !== null) checkBelongs(from, dataset, rollout.layout);
  const journal = await beginJournal(session, output, from);
  try {
    const result = await train(problemOf(session), asked, {
      signal: options.signal,
      resume: from?.state,
      onEvent: (event) => {
        progress?.onEvent(event);
        journal?.tell(event);
      },
      save: async (state) => {
        try {
          await output.write(encodeCheckpoint(checkpointOf(session, state, dataset)));
        } catch (error) {
          // a disk that takes no checkpoint is left as it was
          await journal?.end();
          throw error;
        }
        journal?.tell({ kind: 'saved', checkpoint: basename(output.path), iteration: state.iteration });
      },
    });
    await journal?.end();
    progress?.stop();
    await output.settle();
    const { text, json } = summary(session, result, output, doubts);
    return {
      text,
      json: { ...json, notes: [...config.notes, ...notes, ...output.notes] },
      checkpoint: output.path,
      next: nextCommand(session, result, output.path),
    };
  } catch (error) {
    // who stopped it knows
    if (options.signal.aborted) await journal?.end();
    else await journal?.fail((error as Error).message);
    throw error;
  } finally {
    progress?.stop();
    closeSession(session);
  }
}

interface Beginning {
  readonly session: Session;
  /** To go on from. */
  readonly from: Checkpoint | null;
  /** The file to write. */
  readonly out: string;
  readonly notes: readonly string[];
}

async function begin(options: TrainOptions): Promise<Beginning> {
  if (options.resume !== undefined) {
    const memory = options.memory === undefined ? [] : [`run.memory=${options.memory}`];
    const { session, checkpoint, notes } = await openCheckpoint(options.resume, {
      ...options,
      set: [...options.set, ...memory],
      purpose: 'resume',
    });
    const changed = changedCode(checkpoint.code ?? [], session.code);
    if (changed.length > 0) {
      closeSession(session);
      throw new UserError(
        `resume: ${changed.join('; ')}; give the code that it was trained with, or train anew by --init-from`,
      );
    }
    const out = options.out ?? options.resume;
    const { iterations } = checkpoint.config.train as { readonly iterations: number };
    const course = courseNotes(session, { state: checkpoint.state, iterations });
    return { session, from: checkpoint, out, notes: [...notes, ...course] };
  }
  if (options.config === undefined) throw new UserError('train: a config or --resume was expected', 2);
  const { config, initFrom } = options;
  const opened = await loadConfig(config, registry, options);
  const started = initFrom === undefined ? opened : await startFrom(initFrom, opened, options.entry);
  const session = await openSession(started, undefined, true);
  const name = basename(config, extname(config));
  const out = options.out ?? join('checkpoints', `${name}.json`);
  return { session, from: null, out, notes: session.notes };
}

/** What others can watch while it runs. */
async function beginJournal(session: Session, output: Output, from: Checkpoint | null): Promise<Journal | null> {
  const { config, spec, target } = session;
  const about = {
    title: config.title,
    assets: config.assets,
    objective: spec.objective.name,
    device: target.name,
    steps: stepsName(session),
    iterations: config.train.iterations,
  };
  const journal = await Journal.begin(output.path, about, (note) => output.note(note));
  if (from !== null) journal?.tell({ kind: 'history', history: from.state.history });
  return journal;
}

function introduction(
  { spec, config, dataset, target, why, precision, threads, judge }: Session,
  plan: MemoryPlan,
  initFrom: string | undefined,
): string[] {
  // a target without threads of its own ignores how many there may be
  const workers = target.threads === undefined ? [] : [threads === 1 ? '1 thread' : `${threads} threads`];
  const on = [target.name, ...(precision === 'float64' ? [] : [precision]), ...workers];
  const keeps = plan.segment === 0 ? 'all carries kept' : `segments of ${plan.segment} steps`;
  return [
    `${config.title} on ${dataText(config, dataset)}, objective ${[spec.objective.name, aggregateText(config.over)].filter((part) => part !== null).join(', ')}`,
    `${config.train.sets} sets × ${lanesText(config)}, at most ${config.train.iterations} iterations`,
    ...(initFrom === undefined ? [] : [`start values of ${initFrom}`]),
    `device ${on.join(', ')}: ${why}`,
    ...(judge === null
      ? []
      : [
          `validation in float64 on ${judge.target.name}: sets are compared, and the best one chosen, without the rounding of float32`,
        ]),
    `memory of a training step: ${amount(plan.bytes)}B of tape (${keeps}), bound ${amount(plan.bound)}B`,
  ];
}

/** What to do with the checkpoint: go on where the run was stopped, else look at it. */
function nextCommand({ code }: Session, { stopped }: TrainResult, checkpoint: string): string {
  const command = `poolgrad ${stopped === 'signal' ? 'train --resume' : 'evaluate'} ${checkpoint}`;
  return code.length === 0
    ? command
    : `${command} --allow-code, since it runs ${code.map((file) => file.path).join(', ')}`;
}

/** `  clientCost at most that of the start: 42.4 (start 42.4) in training, 42.8 (start 42.71, 0.08 ± 0.11 beyond) in validation` */
const constraintLines = ({ constraints }: TrainResult): string[] =>
  constraints.map(({ training, validation }) => {
    const at = ({ measure, limit, bound, violation, standardError, tolerance }: Held) => {
      const start = bound === 'start' ? [`start ${digits(limit)}`] : [];
      const beyond = violation > tolerance ? [`${short(violation)} ± ${short(standardError)} beyond`] : [];
      const notes = [...start, ...beyond];
      return `${digits(measure)}${notes.length === 0 ? '' : ` (${notes.join(', ')})`}`;
    };
    const { name, kind, bound } = training;
    return `  ${name} ${kind === 'atMost' ? 'at most' : 'at least'} ${bound === 'start' ? 'that of the start' : digits(bound)}: ${at(training)} in training, ${at(validation)} in validation`;
  });

const short = (x: number): string => String(Number(x.toPrecision(2)));

function summary(
  session: Session,
  result: TrainResult,
  { path, kept }: Output,
  doubts: readonly string[],
): { text: string; json: object } {
  const { layout } = session.rollout;
  const { state } = result;
  const { best } = state;
  const start = layout.values(session.initial);
  const tuned = layout.values(best.raw);
  const show = (values: readonly number[]) => values.map((v) => Number(v.toPrecision(5))).join(', ');
  const table = layout.entries.flatMap(({ name, column, size, parameter }) => {
    // pairs of one asset
    if (size === 0) return [];
    const { series } = session.config.parameters[name];
    if (series !== undefined) return `  ${name.padEnd(26)} follows the series ${series}`;
    const trained = session.trainable[column] === 1;
    const course = trained ? `${show(start[name])} → ${show(tuned[name])}` : `${show(tuned[name])} (frozen)`;
    return `  ${name.padEnd(26)} ${course}${parameter.unit === '1' ? '' : ` ${parameter.unit}`}`;
  });
  const before = result.before === null ? '' : `, ${result.before.toPrecision(5)} before training`;
  const { unmoved, ofSet, withoutGradient } = findingsOf(session, result);
  const chosen = `${session.spec.objective.name} ${best.validation.toPrecision(5)} on ${result.selectedOn}${before}: set ${best.set + 1} of ${state.sets}, iteration ${best.iteration}`;
  const guards = describeGuards(result.guards);
  const lines = [
    `${state.iteration} iterations in ${duration(result.seconds)}, ${amount(result.stepsPerSecond)} ${stepsName(session)}/s (value and gradient); ended by ${result.stopped}`,
    `best ${chosen}`,
    ...constraintLines(result),
    ...unmoved.map((text) => `warning: ${text}`),
    ...(result.stillRising === null ? [] : [`note: ${risingText(result.stillRising)}`]),
    ...ofSet.map((text) => `warning: ${text}`),
    ...table,
    ...(guards === '' ? [] : [`guards that bind: ${guards}`]),
    ...withoutGradient,
    `checkpoint ${path}${kept === null ? '' : ` (the one before: ${kept})`}`,
  ];
  const json = {
    checkpoint: path,
    kept,
    iterations: state.iteration,
    stopped: result.stopped,
    seconds: result.seconds,
    stepsPerSecond: result.stepsPerSecond,
    best: { set: best.set, iteration: best.iteration, validation: best.validation, selectedOn: result.selectedOn },
    before: result.before,
    constraints: result.constraints,
    stillRising: result.stillRising,
    warnings: [...doubts, ...ofSet, ...unmoved, ...withoutGradient],
    parameters: tuned,
    start,
    last: layout.values(columnOf(state.raw, state.sets, best.set)),
    guards: result.guards,
    withoutGradient: result.withoutGradient,
    reseeded: state.reseeded,
    device: session.target.name,
    precision: session.precision,
    validatedBy:
      session.judge === null
        ? { device: session.target.name, precision: session.precision }
        : { device: session.judge.target.name, precision: 'float64' },
  };
  return { text: lines.join('\n'), json };
}
