/** Floor 4. Which formats of candles the rows of a file fit, to tell a user who has named none, or a wrong one. */
import { type CandleCells, type CandleFormat, candleFormats, type FormatName } from './formats.js';
import { parseNumberText, parseTimeOrEpoch } from './numbers.js';
import { parseTimeText } from './time.js';

type Rows = readonly (readonly string[])[];

/**
 * Formats whose claims hold for all rows: the time is written so and runs one way, low ≤ open, close ≤ high, and volumes
 * in the asset and in the numéraire have a price between low and high as their ratio. Those with just as many cells, if
 * there are some.
 */
export function formatsThatFit(rows: Rows): FormatName[] {
  if (rows.length === 0) return [];
  const fitting = (Object.entries(candleFormats) as [FormatName, CandleFormat][]).filter(([, format]) =>
    fits(rows, format),
  );
  const exact = fitting.filter(([, format]) => rows[0].length === format.width);
  return (exact.length > 0 ? exact : fitting).map(([name]) => name);
}

function fits(rows: Rows, format: CandleFormat): boolean {
  const { cells, times } = format;
  if (cells === null) return false;
  const clock = rows.map((row) => parseTimeOrEpoch(row[cells.time] ?? ''));
  const way = Math.sign(clock[clock.length - 1] - clock[0]);
  if (clock.some((time, i) => !Number.isFinite(time) || (i > 0 && Math.sign(time - clock[i - 1]) !== way)))
    return false;
  return (
    rows.every((row) => times.some((written) => written === howWritten(row[cells.time])) && isCandle(row, cells)) &&
    volumesAgree(rows, format)
  );
}

function howWritten(time: string): CandleFormat['times'][number] | 'ns' {
  if (!Number.isNaN(parseTimeText(time))) return 'text';
  const size = Math.abs(parseNumberText(time));
  if (size < 1e11) return 's';
  if (size < 1e14) return 'ms';
  return size < 1e17 ? 'µs' : 'ns';
}

const number = (row: readonly string[], cell: number | null) =>
  cell === null ? Number.NaN : parseNumberText(row[cell] ?? '');

function isCandle(row: readonly string[], cells: CandleCells): boolean {
  const [open, high, low, close] = [cells.open, cells.high, cells.low, cells.close].map((cell) => number(row, cell));
  const inside = low > 0 && low <= Math.min(open, close) && Math.max(open, close) <= high;
  return inside && number(row, cells.volume) >= 0;
}

/**
 * Whether volumes in the asset and in the numéraire belong together: where there is trade, their ratio lies between low and
 * high, but for the rounding of small volumes. True where only one is recorded.
 */
export function volumesAgree(rows: Rows, { cells, baseVolume }: CandleFormat): boolean {
  if (cells === null || baseVolume === undefined) return true;
  const traded = rows.filter((row) => number(row, baseVolume) > 0);
  const apart = traded.filter((row) => {
    const price = number(row, cells.volume) / number(row, baseVolume);
    return !(price >= 0.9 * number(row, cells.low) && price <= 1.1 * number(row, cells.high));
  });
  return 2 * apart.length <= traded.length;
}
