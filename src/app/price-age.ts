/** Floor 5½. How old the latest prices are: a price that was carried over looks like one of today. */
import type { Dataset } from '../data/dataset.js';
import { DataQuality, type LastPrice } from '../data/quality.js';
import { formatAbout, formatTime } from '../data/time.js';

/** How old an asset's price is in the last row. */
export interface PriceAge extends LastPrice {
  /** ms UTC. */
  readonly time: number;
  /** Milliseconds. */
  readonly age: number;
}

/** A price as old as this is told: it stands for a market that has moved since. */
const STALE = 3_600_000;

export function pricesAt(dataset: Dataset, last: number): PriceAge[] {
  const { start, interval } = dataset;
  return new DataQuality(dataset)
    .lastPrices(last)
    .map((p) => ({ ...p, time: start + p.row * interval, age: (last - p.row) * interval }));
}

export function ageNote({ asset, known, time, age }: PriceAge): string[] {
  if (age < STALE) return [];
  const since = `${formatTime(time)}, ${formatAbout(age)} before the last row`;
  return known
    ? [`the last price of ${asset} is of ${since}: the rows since then are filled with it; fetch newer ones`]
    : [`the price of ${asset} has not changed since ${since}: if it was filled in, fetch newer ones`];
}

/** The same for programs, by asset. */
export const agesJson = (ages: readonly PriceAge[]): Record<string, object> =>
  Object.fromEntries(
    ages.map((p) => [p.asset, { time: new Date(p.time).toISOString(), ageMinutes: p.age / 60_000, known: p.known }]),
  );
