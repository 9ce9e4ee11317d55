/** Floor 5½. `evaluate`: a checkpoint, or a run of the Python simulator, on data it has not seen, beside its baselines, as HTML. */
import { stepsText } from '../data/time.js';
import { UserError } from '../errors.js';
import { evaluate } from '../evaluate/evaluate.js';
import type { Evaluation, EvaluationInput } from '../evaluate/input.js';
import { evaluateRenderer } from '../evaluate/progress.js';
import { formatDate, formatNumber } from '../evaluate/report/format.js';
import { renderReport } from '../evaluate/report/index.js';
import type { EvaluateProgress } from '../evaluate/work.js';
import { claimOutput } from '../files/output.js';
import { isRunFile, readRunFile } from '../quantammsim/run-file-reader.js';
import { aggregateText } from '../rollout/aggregate.js';
import type { Checkpoint } from '../train/checkpoint.js';
import { withoutGradient } from '../train/diagnose.js';
import { VERSION } from '../version.js';
import { inputsOf, withNotes } from './files.js';
import { checkRecording } from './footprint.js';
import type { EvaluateOptions, JobOutput } from './options.js';
import { type PoolSession, poolSession } from './prepared.js';
import { openCheckpoint, type Source } from './source.js';
import type { Subject } from './subject.js';

/** Recorded, on this side, in parts, and beside those of baselines, of which values and fees alone are kept. */
const PATHS = 4;

/** Baselines, metrics and paths of a subject. */
export async function evaluateSubject(
  { session, raw, choice, history, withoutGradient: idle, facts, warnings }: Subject,
  onProgress?: (progress: EvaluateProgress) => void,
): Promise<Evaluation> {
  checkRecording(session, 1, PATHS);
  const { spec, file, dataset, target, threads, config, initial, trainable, split } = session;
  const input: EvaluationInput = {
    spec,
    data: dataset,
    target,
    threads,
    raw,
    initial,
    trainable,
    bounds: Object.fromEntries(Object.entries(config.parameters).map(([name, p]) => [name, p.bounds])),
    split,
    choice,
    history,
    withoutGradient: idle,
    meta: {
      title: spec.assets.join(' · '),
      version: VERSION,
      generated: new Date().toISOString(),
      facts: [
        ...facts.source,
        [
          'dataset',
          `${file}, ${stepsText(dataset.rows, dataset.interval, formatNumber)} from ${formatDate(dataset.start)}`,
        ],
        ['dataset hash', dataset.hash],
        ...facts.training,
        ['device', target.name],
      ],
      warnings,
    },
  };
  return evaluate(input, onProgress);
}

function subjectOf(
  path: string,
  { session, raw, checkpoint, warnings, notes }: Source & { session: PoolSession; checkpoint: Checkpoint },
): Subject {
  const { spec, config, split } = session;
  const { best, sets, history, iteration, moved } = checkpoint.state;
  const { penalty } = config;
  const over = aggregateText(config.over);
  return {
    session,
    raw,
    choice: {
      set: best.set,
      sets,
      iteration: best.iteration,
      split: split.validation[1] > split.validation[0] ? 'validation' : 'train',
      metric: spec.objective.name,
      ...(penalty === null ? {} : { penalty: `${penalty.weight} × ${penalty.model.name}` }),
      ...(over === null ? {} : { over }),
      value: best.validation,
    },
    history,
    withoutGradient: withoutGradient(session.rollout.layout, moved, session.trainable),
    facts: {
      source: [['checkpoint', path]],
      training: [
        ['trained with', `poolgrad ${checkpoint.program}`],
        ['iterations', String(iteration)],
      ],
    },
    warnings,
    notes,
  };
}

/** A run of the Python simulator; null where the file is none. */
async function runOf({ checkpoint: path, entry, ...options }: EvaluateOptions): Promise<Subject | null> {
  if (await isRunFile(path)) {
    if ((options.set ?? []).length === 0) {
      const { runSubject } = await import('./run.js');
      return runSubject(await readRunFile(path), { ...options, entry });
    }
    throw new UserError(`--set: a checkpoint was expected, got the result file '${path}'; leave --set out`, 2);
  }
  if (entry === undefined) return null;
  throw new UserError(
    `--entry: a result file of the Python simulator was expected, got '${path}'; leave --entry out`,
    2,
  );
}

/** A pool on recorded prices, from a checkpoint or a result file of the Python simulator, by what the file holds. */
export async function openSubject(options: EvaluateOptions): Promise<Subject> {
  const run = await runOf(options);
  if (run !== null) return run;
  const source = await openCheckpoint(options.checkpoint, options);
  return subjectOf(options.checkpoint, { ...source, session: poolSession(source.session, 'evaluate of several') });
}

/** Four decimals; what rounding left of 0 is 0, without a sign. */
export const figureText = (x: number | null | undefined): string =>
  x === null || x === undefined ? '–' : (Math.abs(x) < 5e-5 ? 0 : x).toFixed(4);

/** The tuned pool's figure in each case of the stress test, in one line. */
function stressLine({ stress, headline: { metric } }: Evaluation['report']): string[] {
  if (stress === undefined || stress.cases.length < 2) return [];
  const figures = stress.cases.map(({ label, metrics }) => {
    const figure = Object.values(metrics)[0]?.[metric];
    const where = label.replace(/^An arbitrage every/, 'every').replace(/^Prices/, 'on prices');
    return `${where} ${figureText(figure)}`;
  });
  const verdict = { true: 'the headline survives', false: 'the headline does not survive', null: 'no verdict' };
  return [`stress test: ${verdict[`${stress.survives}`]}; the tuned pool with an arbitrage ${figures.join(', ')}`];
}

/**
 * Pools on recorded prices beside their baselines; any other system over its windows or scenarios. What only some of them
 * need is imported for these.
 */
export async function runEvaluate(options: EvaluateOptions): Promise<JobOutput> {
  const run = await runOf(options);
  if (run !== null) return evaluatePool(run, options);
  const replayed = await replayOf(options);
  if (replayed !== null) return replayed;
  const source = await openCheckpoint(options.checkpoint, options);
  const { session } = source;
  if (session.kind === 'pool') return evaluatePool(subjectOf(options.checkpoint, { ...source, session }), options);
  const { evaluateWindows } = await import('./evaluate-windows.js');
  return evaluateWindows({ ...source, session }, options);
}

/** Of a maker on a recording; null where none is named. */
async function replayOf(options: EvaluateOptions): Promise<JobOutput | null> {
  const { data, queue, lot } = options;
  if (data === undefined && queue === undefined && lot === undefined) return null;
  const { evaluateReplay, recordingAt, refuseReplayFlags } = await import('./replay-maker.js');
  const recording = await recordingAt(data);
  if (recording !== null) return evaluateReplay(recording, options);
  refuseReplayFlags(options);
  return null;
}

async function evaluatePool(subject: Subject, options: EvaluateOptions): Promise<JobOutput> {
  const progress = options.json ? null : await evaluateRenderer(process.stderr);
  try {
    const inputs = [options.checkpoint, ...inputsOf(subject.session)];
    const output = await claimOutput({ path: options.out, kind: 'report', flag: '--out', inputs });
    const { report, json } = await evaluateSubject(subject, progress?.onProgress);
    progress?.stop();
    await output.write(await renderReport(report));
    const metric = report.headline.metric;
    const line = (...[name, first, second]: [string, string, string]) =>
      `  ${name.padEnd(24)} ${first.padStart(Math.max(10, metric.length))} ${second.padStart(10)}`;
    const text = [
      `${metric} on the test split (${formatDate(report.headline.from)} to ${formatDate(report.headline.to)}), held out: ${figureText(report.headline.value)}`,
      ...(report.stress?.text ? [report.stress.text] : []),
      ...(report.remarks ?? []),
      line('', metric, 'returns'),
      ...report.rows.map((r) => line(r.name, figureText(r.metrics[metric]), figureText(r.metrics.returns))),
      ...stressLine(report),
      ...report.warnings.map((w) => `note: ${w}`),
      `report ${options.out}`,
    ].join('\n');
    return withNotes({ text, json: { out: options.out, ...json } }, [...subject.notes, ...output.notes]);
  } finally {
    progress?.stop();
    subject.session.rollout.dispose();
  }
}
