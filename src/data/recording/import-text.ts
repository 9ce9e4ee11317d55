/** Floor 4. The account of an import of trades and tops, and what a recording holds, as lines of text. */
import { formatTime } from '../time.js';
import type { PartReport } from './import.js';
import { type Recording, spanOf } from './recording.js';

/** What it is, in a line: `100 trades and 400 tops of BTC in USDT, 2024-01-01T00:00Z to …`. */
export function recordingText(recording: Recording): string {
  const { asset, quote, trades, tops } = recording;
  const counts = [
    ...(trades === null ? [] : [`${trades.time.length} trades`]),
    ...(tops === null ? [] : [`${tops.time.length} tops of the book`]),
  ];
  const { from, to } = spanOf(recording);
  const market = quote === null ? asset : `${asset} in ${quote}`;
  return `${counts.join(' and ')} of ${market}, ${formatTime(from)} to ${formatTime(to)}`;
}

/** A line on the whole, one for each file, then what is odd. */
export function recordingReportText(
  recording: Recording,
  parts: readonly PartReport[],
  warnings: readonly string[],
): string {
  const lines = parts.map(({ file, format, read }) => `${file}: ${read} rows of ${format}`);
  const { trades } = recording;
  const buys = trades === null ? [] : [`buyers took in ${buyShare(trades.side)} of the trades`];
  const odd = warnings.map((warning) => `warning: ${warning}`);
  return [recordingText(recording), ...lines, ...buys, ...odd, `hash: ${recording.hash}`].join('\n');
}

const buyShare = (side: Int8Array): string =>
  `${((100 * side.reduce((n, s) => n + (s > 0 ? 1 : 0), 0)) / side.length).toFixed(1)} %`;
