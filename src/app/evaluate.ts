/** Floor 5½. `evaluate`: a checkpoint on data it has not seen, beside its baselines, as one HTML report. */
import { type Evaluation, evaluate } from '../evaluate/evaluate.js';
import { formatDate, formatNumber } from '../evaluate/report/format.js';
import { renderReport } from '../evaluate/report/index.js';
import type { Checkpoint } from '../train/checkpoint.js';
import { writeResult } from './files.js';
import type { EvaluateOptions, JobOutput } from './options.js';
import { openCheckpoint, type Source } from './source.js';
import { VERSION } from './version.js';

/** Baselines, metrics and paths of a checkpoint's chosen set. */
export async function evaluateCheckpoint(
  path: string,
  { session, raw, checkpoint }: Source & { checkpoint: Checkpoint },
): Promise<Evaluation> {
  const { spec, dataset, target, threads, config, initial, trainable, split } = session;
  const { best, sets, history } = checkpoint.state;
  const { penalty } = config;
  return evaluate({
    spec,
    data: dataset,
    target,
    threads,
    raw,
    initial,
    trainable,
    bounds: Object.fromEntries(Object.entries(config.parameters).map(([name, p]) => [name, p.bounds])),
    split,
    choice: {
      set: best.set,
      sets,
      iteration: best.iteration,
      split: split.validation[1] > split.validation[0] ? 'validation' : 'train',
      metric: spec.objective.name,
      ...(penalty === null ? {} : { penalty: `${penalty.weight} × ${penalty.model.name}` }),
      value: best.validation,
    },
    history,
    meta: {
      title: spec.assets.join(' · '),
      version: VERSION,
      generated: new Date().toISOString(),
      facts: [
        ['checkpoint', path],
        ['dataset', `${config.dataFile}, ${formatNumber(dataset.rows)} minutes from ${formatDate(dataset.start)}`],
        ['dataset hash', dataset.hash],
        ['trained with', `poolgrad ${checkpoint.program}`],
        ['device', target.name],
        ['iterations', String(checkpoint.state.iteration)],
      ],
      warnings:
        dataset.hash === checkpoint.dataset.hash ? [] : ['evaluated on another dataset than the one trained on'],
    },
  });
}

export async function runEvaluate(options: EvaluateOptions): Promise<JobOutput> {
  const source = await openCheckpoint(options.checkpoint, options.device, options.data);
  try {
    const { report, json } = await evaluateCheckpoint(options.checkpoint, source);
    await writeResult(options.out, await renderReport(report));
    const metric = report.headline.metric;
    const figure = (x: number | null | undefined) => (x === null || x === undefined ? '–' : x.toFixed(4));
    const line = (...[name, first, second]: [string, string, string]) =>
      `  ${name.padEnd(24)} ${first.padStart(Math.max(10, metric.length))} ${second.padStart(10)}`;
    const text = [
      `${metric} on the test split (${formatDate(report.headline.from)} to ${formatDate(report.headline.to)}), held out: ${figure(report.headline.value)}`,
      line('', metric, 'returns'),
      ...report.rows.map((r) => line(r.name, figure(r.metrics[metric]), figure(r.metrics.returns))),
      ...report.warnings.map((w) => `note: ${w}`),
      `report ${options.out}`,
    ].join('\n');
    return { text, json: { out: options.out, ...json } };
  } finally {
    source.session.rollout.dispose();
  }
}
