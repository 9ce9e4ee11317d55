/** Floor 4. An inspection as a page of text for a terminal, with a small plot of each price. */
import asciichart from 'asciichart';
import type { Dataset } from './dataset.js';
import { type AssetInspection, column, type Inspection, type SeriesInspection } from './inspect.js';
import { formatDuration } from './time.js';

/** Stands for a figure that there is not. */
const UNKNOWN = '–';
const PLOT_WIDTH = 64;
const PLOT_HEIGHT = 5;

/** The page that `data inspect` prints. */
export function inspectionText(d: Dataset, inspection: Inspection): string {
  const { from, to, rows, interval, meta } = inspection;
  const provenance = ['source', 'numeraire', 'recipe'].filter((key) => meta[key] !== undefined);
  const lines = [
    `${d.assets.length} assets, ${rows} rows of ${formatDuration(interval)}, ${from} to ${to}`,
    ...provenance.map((key) => `${key}: ${meta[key]}`),
    `hash: ${inspection.hash}`,
    '',
    ...table(assetRows(inspection.assets, rows)),
  ];
  if (inspection.warnings.length > 0) lines.push('', ...inspection.warnings.map((w) => `warning: ${w}`));
  if (inspection.series.length > 0) lines.push('', 'series', ...table(seriesRows(inspection.series)));
  if (d.assets.length > 1) lines.push('', 'correlation of returns', ...table(correlationRows(inspection)));
  for (const [j, asset] of d.assets.entries()) {
    const drawn = plot(column(d.prices, j, d));
    if (drawn.length > 0) lines.push('', asset, ...drawn);
  }
  return lines.join('\n');
}

function seriesRows(series: readonly SeriesInspection[]): string[][] {
  const rows = series.map((x) => [x.name, ...[x.first, x.min, x.max, x.last].map(short)]);
  return [['', 'first', 'min', 'max', 'last'], ...rows];
}

function assetRows(assets: readonly AssetInspection[], rows: number): string[][] {
  const optional = (value: number | null, format: (x: number) => string) => (value === null ? UNKNOWN : format(value));
  const lines: [string, (a: AssetInspection) => string][] = [
    ['', (a) => a.asset],
    ['filled rows', (a) => optional(a.filled, (x) => `${x} (${percent(x / rows)})`)],
    ['gaps', (a) => optional(a.gaps, String)],
    ['longest gap, rows', (a) => optional(a.longestGap, String)],
    ['first', (a) => short(a.first)],
    ['min', (a) => short(a.min)],
    ['max', (a) => short(a.max)],
    ['last', (a) => short(a.last)],
    ['total return', (a) => percent(a.totalReturn)],
    ['volatility a year', (a) => percent(a.annualisedVolatility)],
    ['autocorrelation, 1 row', (a) => optional(a.autocorrelation, (x) => x.toFixed(4))],
    ['autocorrelation, 1 day', (a) => optional(a.dailyAutocorrelation, (x) => x.toFixed(4))],
    ['unchanged rows', (a) => percent(a.unchanged)],
    ['Roll spread', (a) => (a.quality.bounce.found ? `${short(1e4 * a.quality.bounce.spread)} bps` : UNKNOWN)],
    ['volume a day', (a) => optional(a.dailyVolume, short)],
  ];
  const cells = lines.map(([label, cell]) => [label, ...assets.map(cell)]);
  return cells.filter((row) => row.some((cell, i) => i > 0 && cell !== UNKNOWN));
}

function correlationRows({ assets, correlations }: Inspection): string[][] {
  const names = assets.map((a) => a.asset);
  return [['', ...names], ...names.map((name, i) => [name, ...correlations[i].map((c) => c?.toFixed(3) ?? UNKNOWN)])];
}

/** Left-aligns the first column, right-aligns the others. */
function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0].map((_, c) => Math.max(...rows.map((row) => row[c].length)));
  return rows.map((row) =>
    row.map((cell, c) => (c === 0 ? cell.padEnd(widths[c]) : cell.padStart(widths[c]))).join('  '),
  );
}

/** Empty where the price is constant to the digits shown. Drawn on a scale from 0 to 1: asciichart never ends where a step is below one ulp. */
function plot(price: Float64Array): string[] {
  const width = Math.min(PLOT_WIDTH, price.length);
  const points = Array.from({ length: width }, (_, i) => price[Math.round((i * (price.length - 1)) / (width - 1))]);
  const [low, high] = [Math.min(...points), Math.max(...points)];
  if (short(low) === short(high)) return [];
  const shares = points.map((x) => (x - low) / (high - low));
  const label = (share: number) => short(low + share * (high - low)).padStart(10);
  return [asciichart.plot(shares, { height: PLOT_HEIGHT, format: label })];
}

function short(x: number): string {
  return String(Number(x.toPrecision(6)));
}

function percent(x: number): string {
  return `${(100 * x).toFixed(2)} %`;
}
