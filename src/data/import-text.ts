/** Floor 4. The account of an import, as lines of text. */
import type { Dataset } from './dataset.js';
import type { AssetReport } from './import.js';
import { countGaps } from './join.js';
import { formatDuration, formatTime } from './time.js';

/** One line on the whole, one for each asset: rows read, rows filled, gaps and the longest of them; what is wrong with the prices. */
export function importReportText(d: Dataset, report: readonly AssetReport[], warnings: readonly string[] = []): string {
  const end = d.start + (d.rows - 1) * d.interval;
  const head = `${d.rows} rows of ${formatDuration(d.interval)}, ${formatTime(d.start)} to ${formatTime(end)}`;
  const lines = report.map((asset) => assetLine(asset, d.interval));
  const volume = d.volume === null ? ['no volume: at least one file has none'] : [];
  return [head, ...lines, ...volume, ...warnings.map((w) => `warning: ${w}`), `hash: ${d.hash}`].join('\n');
}

function assetLine(r: AssetReport, interval: number): string {
  if (r.files.length === 0) return `${r.asset}: the numéraire, at price 1`;
  const read = `${r.asset}: ${r.read} rows read from ${r.files.join(', ')}`;
  if (r.longestStart === null) return `${read}; no gaps`;
  const longest = `${formatDuration(r.longest * interval)} from ${formatTime(r.longestStart)}`;
  return `${read}; ${r.filled} filled (${(100 * r.share).toFixed(2)} %) in ${countGaps(r.gaps)}, the longest ${longest}`;
}
