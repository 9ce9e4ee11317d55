/** Floor 5½. What a fit found, in lines of text. */
import type { Dataset } from '../data/dataset.js';
import { formatAbout, formatDuration, formatTime } from '../data/time.js';
import type { Chain, Estimate } from '../fit/result.js';

/** Assets, rows and times of data. */
export const spanText = ({ assets, rows, interval, start }: Dataset): string =>
  `${assets.join(', ')}: ${rows} rows of ${formatDuration(interval)}, ${formatTime(start)} to ${formatTime(start + (rows - 1) * interval)}`;

const digits = (x: number): string => String(Number(x.toPrecision(5)));

/** A line a number: those that were fitted with their errors, then what was held. */
export function estimateLines(estimates: readonly Estimate[]): string[] {
  const shown = estimates.filter((e) => !e.name.startsWith('logit_'));
  const names = shown.map(({ name, label }) => (label === '' ? name : `${name} ${label}`));
  const width = Math.max(...names.map((n) => n.length));
  return shown.map(({ value, error, fitted, unit }, i) => {
    const tail = !fitted ? ' (held)' : error === null ? ' ± not determined' : ` ± ${error.toPrecision(2)}`;
    return `  ${names[i].padEnd(width)}  ${digits(value)}${tail}${unit === '1' ? '' : ` ${unit}`}`;
  });
}

/** A line a regime. */
export function chainLines(chain: Chain): string[] {
  return chain.transition.map((row, i) => {
    const moves = row.map((p, j) => {
      const error = chain.errors[i][j];
      return `to ${j} ${digits(p)}${error === null ? '' : ` ± ${error.toPrecision(2)}`}`;
    });
    return `  from regime ${i}: ${moves.join(', ')}; a visit takes ${formatAbout(Math.round(chain.dwell[i] / 60_000) * 60_000)} on average, ${(100 * chain.shares[i]).toFixed(1)} % of the time`;
  });
}
