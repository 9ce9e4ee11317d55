/** Floor 5½. `evaluate` of several checkpoints: side by side in one page, on the rows that none of them has seen. */
import { basename } from 'node:path';
import { UserError } from '../errors.js';
import { worthOf } from '../evaluate/baselines.js';
import type { Evaluation } from '../evaluate/input.js';
import { computeMetrics } from '../evaluate/metrics.js';
import { heldPrices } from '../evaluate/path.js';
import { evaluateRenderer } from '../evaluate/progress.js';
import {
  type ComparedEntry,
  type ComparisonData,
  comparedRows,
  leader,
  renderComparison,
} from '../evaluate/report/compare.js';
import { formatDate } from '../evaluate/report/format.js';
import { claimOutput } from '../files/output.js';
import { VERSION } from '../version.js';
import { commonGround, type Ground, type Named, splitOn } from './common-ground.js';
import { evaluateSubject, figureText, openSubject } from './evaluate.js';
import { inputsOf, withNotes } from './files.js';
import type { CompareOptions, JobOutput } from './options.js';
import type { Subject } from './subject.js';

/** Names that tell files apart: their own where they differ, else with their folders. */
function namesOf(paths: readonly string[]): string[] {
  const twice = paths.find((path, i) => paths.indexOf(path) !== i);
  if (twice !== undefined)
    throw new UserError(`evaluate: different checkpoints were expected, got '${twice}' twice`, 2);
  const short = paths.map((path) => basename(path).replace(/\.json$/, ''));
  return new Set(short).size === paths.length ? short : [...paths];
}

/** Equal shares of the assets at the first row, held: the same for all pools, whatever they start with. */
function portfolioOf({ session: { dataset } }: Subject, [from, to]: Ground['test']): ComparisonData['portfolio'] {
  const n = dataset.assets.length;
  const held = heldPrices(dataset, n);
  const prices = dataset.prices.subarray(from * n, to * n);
  const startReserves = Float64Array.from({ length: n }, (_, j) => 1 / (n * prices[j]));
  const values = worthOf(startReserves, held, [from, to]);
  const reserves = prices.map((_, k) => startReserves[k % n]);
  return {
    name: 'equal shares, held',
    role: 'baseline',
    note: `Equal shares, held: as much of each of ${dataset.assets.join(', ')} by value at the first row`,
    metrics: computeMetrics({
      values,
      startReserves,
      reserves,
      prices,
      assets: n,
      minutesPerRow: held.minutesPerRow,
      fees: 0,
    }),
    values,
  };
}

/** Each subject on the common rows, one after another. */
async function evaluated(named: readonly Named[], { test }: Ground, json: boolean): Promise<Evaluation[]> {
  const progress = json ? null : await evaluateRenderer(process.stderr);
  const found: Evaluation[] = [];
  try {
    for (const [i, { name, subject }] of named.entries()) {
      const session = { ...subject.session, split: splitOn(subject.session.split, test) };
      const label = `${name} (${i + 1} of ${named.length})`;
      found.push(await evaluateSubject({ ...subject, session }, (p) => progress?.onProgress(p, label)));
    }
    return found;
  } finally {
    progress?.stop();
  }
}

export async function runCompare(options: CompareOptions): Promise<JobOutput> {
  const names = namesOf(options.checkpoints);
  const named: Named[] = [];
  try {
    for (const [i, checkpoint] of options.checkpoints.entries()) {
      named.push({ name: names[i], subject: await openSubject({ ...options, checkpoint }) });
    }
    const ground = commonGround(named);
    const inputs = [...options.checkpoints, ...named.flatMap(({ subject }) => inputsOf(subject.session))];
    const output = await claimOutput({ path: options.out, kind: 'report', flag: '--out', inputs });
    const evaluations = await evaluated(named, ground, options.json);
    const data = comparisonOf(named, ground, evaluations);
    await output.write(await renderComparison(data));
    const shown = { text: textOf(data, options.out), json: jsonOf(data, options, evaluations) };
    const notes = named.flatMap(({ name, subject }) => subject.notes.map((note) => `${name}: ${note}`));
    return withNotes(shown, [...notes, ...output.notes]);
  } finally {
    for (const { subject } of named) subject.session.rollout.dispose();
  }
}

function comparisonOf(
  named: readonly Named[],
  { test, remarks }: Ground,
  evaluations: readonly Evaluation[],
): ComparisonData {
  const [{ subject }] = named;
  const { dataset } = subject.session;
  const entries: ComparedEntry[] = named.map(({ name }, i) => ({ name, report: evaluations[i].report }));
  const metrics = new Set(entries.map(({ report }) => report.headline.metric));
  return {
    generated: new Date().toISOString(),
    version: VERSION,
    assets: [...dataset.assets],
    test: { from: dataset.start + test[0] * dataset.interval, to: dataset.start + test[1] * dataset.interval },
    remarks: [...remarks],
    metric: metrics.size === 1 ? entries[0].report.headline.metric : null,
    entries,
    portfolio: portfolioOf(subject, test),
  };
}

function textOf(data: ComparisonData, out: string): string {
  const columns = [...new Set([...data.entries.map(({ report }) => report.headline.metric), 'returns'])];
  const rows = [...comparedRows(data), data.portfolio];
  const width = Math.max(24, ...rows.map(({ name }) => name.length));
  const line = (name: string, cells: readonly string[]) =>
    `  ${name.padEnd(width)} ${cells.map((cell, i) => cell.padStart(Math.max(10, columns[i].length))).join(' ')}`;
  return [
    `${data.entries.length} checkpoints on rows held out from all of them, ${formatDate(data.test.from)} to ${formatDate(data.test.to)}`,
    leader(data),
    line('', columns),
    ...rows.map(({ name, metrics }) =>
      line(
        name,
        columns.map((column) => figureText(metrics[column])),
      ),
    ),
    ...data.remarks.map((text) => `note: ${text}`),
    ...data.entries.flatMap(({ name, report }) => report.warnings.map((text) => `note: ${name}: ${text}`)),
    `report ${out}`,
  ].join('\n');
}

/** The figures of the page: of each checkpoint on the common rows, and the portfolio's. */
function jsonOf(
  data: ComparisonData,
  { out, checkpoints }: CompareOptions,
  evaluations: readonly Evaluation[],
): object {
  const { portfolio, test, metric, remarks, assets } = data;
  return {
    out,
    version: data.version,
    assets,
    test,
    metric,
    leader: leader(data),
    remarks,
    portfolio: { name: portfolio.name, note: portfolio.note, metrics: portfolio.metrics },
    checkpoints: data.entries.map(({ name, report }, i) => ({
      name,
      checkpoint: checkpoints[i],
      metrics: report.rows[0].metrics,
      warnings: report.warnings,
      evaluation: evaluations[i].json,
    })),
  };
}
