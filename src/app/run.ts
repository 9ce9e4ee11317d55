/** Floor 5½. A result file of the Python simulator made ready to evaluate: its pool and rule on a dataset, on its dates. */
import { registry } from '../../kernels/index.js';
import { type OpenedConfig, resolveOn } from '../config/index.js';
import { own } from '../config/registry.js';
import type { Dataset } from '../data/dataset.js';
import { loadDataset } from '../data/dataset-file.js';
import { formatDuration, formatTime } from '../data/time.js';
import type { Split } from '../data/windows.js';
import { UserError } from '../errors.js';
import { metrics } from '../evaluate/metrics.js';
import { chooseEntry, rawOfEntry } from '../quantammsim/entry.js';
import { type Fingerprint, OWN_KEY, readFingerprint } from '../quantammsim/fingerprint.js';
import type { RunFile } from '../quantammsim/run-file.js';
import { MINUTES, rowsPerDay } from '../rollout/clock.js';
import { fewestRows } from '../rollout/spec.js';
import { poolSession } from './prepared.js';
import { openSession } from './session.js';
import type { Subject } from './subject.js';

export interface RunOptions {
  readonly device?: string;
  readonly data?: string;
  readonly entry?: number;
}

export async function runSubject(run: RunFile, { device, data, entry }: RunOptions): Promise<Subject> {
  const fingerprint = readFingerprint(run.fingerprint, run.path);
  if (data === undefined) {
    throw new UserError(
      `--data: a dataset of ${fingerprint.assets.join(', ')} was expected, since '${run.path}' names no file; import one by \`poolgrad data import\``,
      2,
    );
  }
  const { opened, note } = await openRun(run, fingerprint, data);
  const session = poolSession(await openSession(opened, device), 'evaluate');
  const chosen = chooseEntry(run, fingerprint, entry);
  const { raw, notes } = rawOfEntry(run, fingerprint, chosen, session.rollout.layout);
  // the fee is a setting of theirs, which the config has
  const fee = session.rollout.layout.entry('tfmm.fee');
  raw[fee.column] = session.initial[fee.column];
  const { spec } = session;
  return {
    session: { ...session, initial: raw },
    raw,
    choice: {
      set: chosen.set,
      sets: chosen.sets,
      iteration: chosen.step,
      split: chosen.by?.figure === 'validation_metrics' ? 'validation' : 'train',
      metric: metrics[fingerprint.objective] === undefined ? spec.objective.name : fingerprint.objective,
      value: chosen.by?.value ?? Number.NaN,
      why: chosen.why,
    },
    history: [],
    // where the simulator started is not in the file
    withoutGradient: undefined,
    facts: {
      source: [['run of quantammsim', run.path]],
      training: [
        ['trained with', Object.hasOwn(run.fingerprint, OWN_KEY) ? 'poolgrad, exported' : 'quantammsim'],
        ['entry', `${chosen.entry} of ${run.entries.length}`],
      ],
    },
    warnings: [...fingerprint.notes, ...note, ...notes, ...objectiveNote(fingerprint)],
    notes: session.notes,
  };
}

/** The objective decides the report's headline only: whether it is one of ours that the pool and short windows have. */
function isHeadline(objective: string): boolean {
  const model = own(registry.objectives, objective);
  if (model === undefined || model.reads.includes('quotes')) return false;
  return fewestRows(model, MINUTES) <= WINDOW_DAYS * rowsPerDay(MINUTES);
}

const objectiveNote = ({ objective }: Fingerprint): string[] =>
  isHeadline(objective) ? [] : [`return_val ${objective} is no headline here: it is ${DEFAULT_HEADLINE}`];

const DEFAULT_HEADLINE = 'daily_log_sharpe';
/** Of windows that nothing is trained on. */
const WINDOW_DAYS = 3;

const SHARES = { train: 0.6, validation: 0.2, test: 0.2 };

/** The run's models on the data: on the run's dates where the data hold them, otherwise split by shares. */
async function openRun(
  run: RunFile,
  fingerprint: Fingerprint,
  file: string,
): Promise<{ opened: OpenedConfig; note: string[] }> {
  const { assets, rule, pool, settings, objective, dates } = fingerprint;
  const prices = await loadDataset(file);
  const missing = assets.filter((asset) => !prices.assets.includes(asset));
  if (missing.length > 0) {
    throw new UserError(
      `--data: prices of ${assets.join(', ')} were expected, as the run has them, got ${prices.assets.join(', ')}; import ${missing.join(', ')} under that name`,
      2,
    );
  }
  if (prices.interval !== MINUTES.interval) {
    throw new UserError(
      `--data: one row a minute was expected, as the run has stepped, got one every ${formatDuration(prices.interval)}; give minute prices`,
      2,
    );
  }
  const split = splitOf(fingerprint, prices);
  const config = {
    data: { file, assets },
    pool,
    // a start value within range, in whose place the entry's comes
    rule: { kind: rule, ...settings, memoryDays: settings.maxMemoryDays },
    objective: { kind: isHeadline(objective) ? objective : DEFAULT_HEADLINE },
    train: { windowDays: WINDOW_DAYS },
    split:
      split === null
        ? { ...SHARES, burnInDays: Math.min(10, prices.rows / rowsPerDay(prices) / 4) }
        : { train: 1, validation: 0, test: 0, burnInDays: 0 },
  };
  const opened = { ...resolvedRun(run, prices, config), code: [] };
  if (split !== null) return { opened: { ...opened, recorded: { ...opened.recorded, split } }, note: [] };
  const first = formatTime(prices.start);
  const last = formatTime(prices.start + (prices.rows - 1) * prices.interval);
  const why =
    dates === null
      ? 'the run has no dates'
      : `the data (${first} to ${last}) do not hold the run's dates (${formatTime(dates.start)} to ${formatTime(dates.endTest ?? dates.end)})`;
  return { opened, note: [`${why}: they are split 60 : 20 : 20 after a quarter of them, at most ten days`] };
}

/** The run's models on the data; what does not fit is said of the file. */
function resolvedRun({ path }: RunFile, prices: Dataset, config: object) {
  try {
    return resolveOn(prices, config, registry);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(`run file: '${path}': as a config: ${error.message}`, error.exitCode);
  }
}

/** Rows of the run's dates; null where the data lack some, or leave nothing for a test. */
function splitOf({ dates }: Fingerprint, { start, interval, rows }: Dataset): Split | null {
  if (dates === null) return null;
  const row = (time: number) => Math.round((time - start) / interval);
  const [from, end, to] = [row(dates.start), row(dates.end), dates.endTest === null ? rows : row(dates.endTest)];
  const trainEnd = end - Math.floor((end - from) * dates.validation);
  if (from < 0 || to > rows || to - end < 2 || trainEnd - from < 2) return null;
  return { train: [from, trainEnd], validation: [trainEnd, end], test: [end, to], burnIn: from };
}
