/** Floor 5½. The rows that a fit or a decoding of regimes is about: some assets, some time, perhaps a coarser step. */
import { basename } from 'node:path';
import { createDataset, type Dataset, selectAssets } from '../data/dataset.js';
import { loadDataset } from '../data/dataset-file.js';
import { resample } from '../data/resample.js';
import { formatTime, parseDuration, parseTimeText } from '../data/time.js';
import { UserError } from '../errors.js';

export interface RowsAsked {
  readonly file: string;
  readonly assets?: readonly string[];
  /** A duration. */
  readonly every?: string;
  /** Times: from the first, up to but not including the second. */
  readonly from?: string;
  readonly to?: string;
}

/** Fewest rows that anything is fitted to. */
const LEAST_ROWS = 30;

/** `where` names the keys in errors: `data.` of a config, `--` of flags. */
export async function rowsAsked(asked: RowsAsked, where: string): Promise<Dataset> {
  const whole = await loadDataset(asked.file);
  const chosen = asked.assets === undefined ? whole : selectAssets(whole, asked.assets);
  const span = within(chosen, asked, where);
  const interval = asked.every === undefined ? span.interval : parseDuration(asked.every, `${where}every`);
  const dataset = interval === span.interval ? span : coarser(span, interval, `${where}every`);
  if (dataset.rows >= LEAST_ROWS) return dataset;
  throw new UserError(
    `fit: at least ${LEAST_ROWS} rows were expected, got ${dataset.rows} of ${basename(asked.file)}; give more, or a shorter ${where}every`,
  );
}

/** What is wrong with the interval is said of the key that gave it. */
function coarser(d: Dataset, interval: number, key: string): Dataset {
  try {
    return resample({ ...d, series: {} }, { interval, sum: [] }).dataset;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(error.message.replace(/^--interval|^resample/, key));
  }
}

function within(d: Dataset, { from, to }: RowsAsked, where: string): Dataset {
  const row = (text: string | undefined, key: string, fallback: number) => {
    if (text === undefined) return fallback;
    const time = parseTimeText(text);
    if (Number.isNaN(time)) throw new UserError(`${where}${key}: expected a date such as 2024-01-01, got '${text}'`, 2);
    return Math.min(Math.max(Math.ceil((time - d.start) / d.interval), 0), d.rows);
  };
  const [first, end] = [row(from, 'from', 0), row(to, 'to', d.rows)];
  if (first === 0 && end === d.rows) return d;
  if (end <= first) {
    const last = formatTime(d.start + (d.rows - 1) * d.interval);
    throw new UserError(
      `${where}from: rows between ${from ?? 'the first'} and ${to ?? 'the last'} were expected, got none in ${formatTime(d.start)} to ${last}; give other dates`,
    );
  }
  const n = d.assets.length;
  return createDataset({
    ...d,
    start: d.start + first * d.interval,
    rows: end - first,
    prices: d.prices.slice(first * n, end * n),
    volume: d.volume === null ? null : d.volume.slice(first * n, end * n),
    series: {},
  });
}
