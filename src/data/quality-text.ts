/** Floor 4. What is to be said of the quality of prices, as sentences; thresholds with their reasons. */
import type { Bounce } from './bounce.js';
import type { Dataset } from './dataset.js';
import type { AssetQuality, Runs } from './quality.js';
import type { Spike } from './spikes.js';
import { formatAbout, formatTime } from './time.js';

/** From one row in twenty on, figures by the minute (deviations, drawdowns, arbitrage) are of a market that was not there. */
const FILLED = 0.05;
/** From half of the rows on the price is one that moves later, and in larger steps, than that which arbitrageurs trade at. */
const UNCHANGED = 0.5;
/** A price that is as old as this is no price: liquid markets, and exchanges that are repaired, are back within hours. */
const STANDSTILL = 12 * 3_600_000;
/** Spikes that are named one by one. */
const NAMED = 3;

/** `98.3 %` */
const percent = (share: number): string => `${Number((100 * share).toPrecision(3))} %`;

/**
 * What a user should know of these rows, a sentence each.
 *
 * @param where which rows, such as `the test split`; empty for all of a dataset
 */
export function qualityWarnings(d: Dataset, quality: readonly AssetQuality[], where = ''): string[] {
  return quality.flatMap((q) => [
    ...filledText(d, q, where),
    ...unchangedText(d, q, where),
    ...bounceText(q.asset, q.bounce, where),
    ...spikesText(q.asset, q.spikes, where),
  ]);
}

/** The part of it that is about prices that were not there. */
export const staleWarnings = (d: Dataset, quality: readonly AssetQuality[], where = ''): string[] =>
  quality.flatMap((q) => [...filledText(d, q, where), ...unchangedText(d, q, where)]);

/** The same in one sentence; null where there is nothing to say. */
export function qualitySummary(d: Dataset, quality: readonly AssetQuality[]): string | null {
  const assets = quality.flatMap((q) => {
    const { filled, unchanged, bounce, spikes } = q;
    const parts = [
      ...(filledText(d, q, '').length > 0 && filled !== null ? [`${percent(filled.share)} filled`] : []),
      ...(unchangedText(d, q, '').length > 0 ? [`${percent(unchanged.share)} unchanged`] : []),
      ...(bounce.found ? [`a bounce of ${bps(bounce.spread)}`] : []),
      ...(spikes.length > 0 ? [`${spikes.length} ${spikes.length === 1 ? 'spike' : 'spikes'}`] : []),
    ];
    return parts.length === 0 ? [] : [`${q.asset} ${parts.join(', ')}`];
  });
  return assets.length === 0
    ? null
    : `prices are not all a market's: ${assets.join('; ')}; look at them with poolgrad data inspect`;
}

const bps = (fraction: number): string => `${Number((1e4 * fraction).toPrecision(3))} bps`;

function longestText(d: Dataset, what: string, { longest, longestFrom }: Runs): string {
  const since = longestFrom === null ? '' : ` from ${formatTime(d.start + longestFrom * d.interval)}`;
  return `${what} ${formatAbout(longest * d.interval)}${since}`;
}

const long = (d: Dataset, runs: Runs): boolean => runs.longest * d.interval >= STANDSTILL;

function filledText(d: Dataset, { asset, filled }: AssetQuality, where: string): string[] {
  if (filled === null || (filled.share < FILLED && !long(d, filled))) return [];
  const longest = longestText(d, 'longest gap', filled);
  return [
    `${asset}: ${percent(filled.share)} of the rows${of(where)} are filled (${longest}): there was no price to trade at`,
  ];
}

/** Of prices that stand still without being filled, as far as is known. */
function unchangedText(d: Dataset, { asset, filled, unchanged }: AssetQuality, where: string): string[] {
  const still = unchanged.share - (filled?.share ?? 0);
  const run = long(d, unchanged) && (filled === null || unchanged.longest > 2 * filled.longest);
  if (still < UNCHANGED && !run) return [];
  const longest = longestText(d, 'longest', unchanged);
  const unknown = filled === null ? ', which may be filled' : '';
  return [
    `${asset}: the price stands still in ${percent(unchanged.share)} of the rows${of(where)} (${longest})${unknown}: a market so thin moves later than it is traded at`,
  ];
}

function bounceText(asset: string, { found, autocorrelation, standardError, spread }: Bounce, where: string): string[] {
  if (!found || autocorrelation === null || standardError === null) return [];
  const rho = `${autocorrelation.toFixed(2)} ± ${standardError.toFixed(2)}`.replace('-', '−');
  return [
    `${asset}: closes${of(where)} bounce between bid and ask (autocorrelation of returns ${rho}, a spread of ${bps(spread)} by Roll): a simulated pool earns on jumps that nobody could trade`,
  ];
}

const of = (where: string): string => (where === '' ? '' : ` of ${where}`);

/** × 100, or × 0.0123. */
const factorText = (factor: number): string => `× ${Number(factor.toPrecision(3))}`;

function spikesText(asset: string, spikes: readonly Spike[], where: string): string[] {
  if (spikes.length === 0) return [];
  const size = ({ factor }: Spike) => Math.abs(Math.log(factor));
  const greatest = [...spikes].sort((a, b) => size(b) - size(a)).slice(0, NAMED);
  const named = greatest.map((s) => `${factorText(s.factor)} in row ${s.row + 1} (${formatTime(s.time)})`);
  const more = spikes.length > NAMED ? ` and ${spikes.length - NAMED} more` : '';
  const many = spikes.length === 1 ? 'a price leaves and comes back' : 'prices leave and come back';
  return [
    `${asset}: ${many} at once${where === '' ? '' : ` in ${where}`}: ${named.join(', ')}${more}: mend the file where they are errors`,
  ];
}
