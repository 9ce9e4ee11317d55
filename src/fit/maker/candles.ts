/**
 * Floor 5. A maker's market from candles or closes alone: they tell how the price moves, and not what orders there were. How often
 * a candle touches an offset may be taken for fills where one asks for it: a stand-in, since a quote in a queue fills less often.
 */
import { decayFromTouches } from '../../makers/calibrate.js';
import { varianceRatio } from '../../makers/goodness.js';
import { fitRegimes } from '../../makers/regimes.js';
import { volatilities } from '../../makers/volatility.js';
import type { Estimate, Goodness, Picture, Point } from './estimate.js';
import type { MakerFit, Untold } from './fit.js';
import { annual } from './moves.js';
import type { RegimeFit } from './states.js';

/** Rows at equal distances but for gaps, oldest first. */
export interface Candles {
  readonly asset: string;
  readonly quote: string | null;
  /** ms UTC. */
  readonly time: Float64Array;
  readonly close: Float64Array;
  /** All three null where there are closes only. */
  readonly open: Float64Array | null;
  readonly high: Float64Array | null;
  readonly low: Float64Array | null;
}

export interface CandleFitOptions {
  readonly regimes: number;
  /** Whether touches are taken for fills. */
  readonly touches: boolean;
}

const BLOCKS = 20;
const FEWEST = 100;
/** So that each block has some that touch. */
const FEWEST_TOUCHES = 1000;
const NO_ORDERS =
  'candles show moves of the price, not orders; import trades, or take touches for fills with --touches';

/** Throws RangeError for fewer than 100 rows, and for touches of fewer than 1000 or of what are no whole candles. */
export function fitCandles(candles: Candles, { regimes: count, touches }: CandleFitOptions): MakerFit {
  const { time, close, asset, quote } = candles;
  const n = close.length;
  if (n < FEWEST) throw new RangeError(`${FEWEST} candles or more were expected, got ${n}`);
  const seconds = spacingOf(time) / 1000;
  const price = close[n - 1];
  const whole = wholeOf(candles);
  if (touches && whole === null) {
    throw new RangeError(
      'candles with open, high and low were expected for touches, got closes; import the candles as they are',
    );
  }
  if (touches && n < FEWEST_TOUCHES) {
    throw new RangeError(`${FEWEST_TOUCHES} candles or more were expected for touches, got ${n}`);
  }
  const sigma = sigmaOf(close, seconds, price);
  const touched = touches && whole !== null ? touchFit(whole, seconds, price) : null;
  const changes = changesOf(close, price);
  const { ratio, z } = varianceRatio(changes, 10);
  const { regimes, notes } = regimesOf(changes, { seconds, count, start: time[0] });
  return {
    kind: whole === null ? 'closes' : 'candles',
    ...{ asset, quote, price, from: time[0], to: time[n - 1] },
    estimates: {
      ...touched?.estimates,
      sigma: { ...sigma, unit: 'money/√s', doc: 'volatility of the price, from close to close' },
      volatility: { ...annual(sigma, price), unit: '1/√year', doc: 'the same of its logarithm, a year' },
      ...(whole === null ? {} : rangeEstimates(whole, seconds, price)),
    },
    market: touched?.market ?? null,
    imbalance: null,
    regimes,
    goodness: [
      {
        name: 'variance ratio of 10 rows to one',
        value: ratio,
        doc: Math.abs(z) > 4 ? `1 for a random walk: ${z.toFixed(1)} standard errors off` : 'as of a random walk (1)',
      },
    ] satisfies Goodness[],
    untold: [
      ...(touched === null ? ['lambda0', 'beta'].map((what): Untold => ({ what, why: NO_ORDERS })) : []),
      { what: 'epsilon', why: 'candles show no orders that could move the price' },
      { what: 'imbalance', why: 'candles do not show what is on offer; import tops of the book with their sizes' },
      ...notes,
    ],
    warnings:
      touched === null
        ? []
        : [
            'lambda and beta are those of touches: moves of the price, not orders. A quote fills less often than a candle reaches it',
          ],
    pictures: touched === null ? [] : [touched.picture],
  };
}

type Whole = Readonly<Record<'open' | 'high' | 'low' | 'close', Float64Array>>;

const wholeOf = ({ open, high, low, close }: Candles): Whole | null =>
  open === null || high === null || low === null ? null : { open, high, low, close };

/** The commonest distance of rows, ms. */
function spacingOf(time: Float64Array): number {
  const steps = Float64Array.from({ length: time.length - 1 }, (_, i) => time[i + 1] - time[i]).sort();
  return steps[Math.floor(steps.length / 2)];
}

/** Changes of the logarithm in money at the last price, less their mean. */
function changesOf(close: Float64Array, price: number): Float64Array {
  const n = close.length - 1;
  const mean = Math.log(close[n] / close[0]) / n;
  return Float64Array.from({ length: n }, (_, i) => price * (Math.log(close[i + 1] / close[i]) - mean));
}

function sigmaOf(close: Float64Array, seconds: number, price: number) {
  const changes = changesOf(close, price);
  const n = changes.length;
  const variance = changes.reduce((sum, x) => sum + x * x, 0) / (n - 1);
  const fourth = changes.reduce((sum, x) => sum + (x * x - variance) ** 2, 0) / n;
  const value = Math.sqrt(variance / seconds);
  return { value, error: (value * Math.sqrt(fourth / n)) / (2 * variance) };
}

/** A figure of all rows, and its error from those of blocks of them. */
function blocked(whole: Whole, of: (part: Whole) => readonly number[]): { value: number; error: number }[] {
  const n = whole.close.length;
  const size = Math.floor(n / BLOCKS);
  const part = (from: number, to: number): Whole => ({
    open: whole.open.subarray(from, to),
    high: whole.high.subarray(from, to),
    low: whole.low.subarray(from, to),
    close: whole.close.subarray(from, to),
  });
  const parts = Array.from({ length: BLOCKS }, (_, b) => of(part(b * size, (b + 1) * size)));
  return of(whole).map((value, k) => {
    const mean = parts.reduce((sum, p) => sum + p[k], 0) / BLOCKS;
    const variance = parts.reduce((sum, p) => sum + (p[k] - mean) ** 2, 0) / (BLOCKS - 1);
    return { value, error: Math.sqrt(variance / BLOCKS) };
  });
}

function rangeEstimates(whole: Whole, seconds: number, price: number): Readonly<Record<string, Estimate>> {
  const scale = price / Math.sqrt(seconds);
  const [parkinson, garmanKlass, rogersSatchell, yangZhang] = blocked(whole, (part) => {
    const v = volatilities(part);
    return [v.parkinson, v.garmanKlass, v.rogersSatchell, v.yangZhang].map((x) => x * scale);
  });
  const of = (told: { value: number; error: number }, name: string): Estimate => ({
    ...told,
    unit: 'money/√s',
    doc: `the same by high and low (${name}): less where a candle has few trades`,
  });
  return {
    sigmaParkinson: of(parkinson, 'Parkinson 1980'),
    sigmaGarmanKlass: of(garmanKlass, 'Garman and Klass 1980'),
    sigmaRogersSatchell: of(rogersSatchell, 'Rogers and Satchell 1991'),
    sigmaYangZhang: of(yangZhang, 'Yang and Zhang 2000'),
  };
}

/** Shares of candles that touch the offsets which are looked at. */
const SHARES = [0.5, 0.35, 0.2, 0.12, 0.06, 0.03];

function touchFit(whole: Whole, seconds: number, price: number) {
  const n = whole.close.length;
  const reach = (part: Whole, side: 'low' | 'high') =>
    Float64Array.from(part.open, (o, i) => (Math.abs(o - part[side][i]) / o) * price);
  const offsetsOf = (side: 'low' | 'high') => {
    const sorted = reach(whole, side).sort();
    const chosen = SHARES.map((share) => sorted[Math.min(n - 1, Math.floor((1 - share) * n))]);
    return [...new Set(chosen)].filter((d) => d > 0);
  };
  const decay = (side: 'low' | 'high') => {
    const offsets = offsetsOf(side);
    if (offsets.length < 2)
      throw new RangeError('candles that move from their open were expected for touches, got few such');
    const fitted = (part: Whole) => {
      const depth = reach(part, side);
      const touched = offsets.map((d) => depth.reduce((sum, x) => sum + (x >= d ? 1 : 0), 0));
      return decayFromTouches(offsets, touched, depth.length, seconds);
    };
    const [lambda, kappa] = blocked(whole, (part) => [fitted(part).lambda0, fitted(part).beta]);
    return { offsets, ...{ lambda, kappa }, intensity: fitted(whole).intensity };
  };
  const [bid, ask] = [decay('low'), decay('high')];
  const rate = (told: { value: number; error: number }, doc: string): Estimate => ({ ...told, unit: '1/s', doc });
  const thin = (told: { value: number; error: number }, doc: string): Estimate => ({ ...told, unit: '1/money', doc });
  const mean = (a: { value: number; error: number }, b: { value: number; error: number }) => ({
    value: (a.value + b.value) / 2,
    // lows and highs are of the same candles
    error: (a.error + b.error) / 2,
  });
  const picture: Picture = {
    caption: 'ln of the rate at which candles touch an offset below their open, a second',
    label: 'money',
    lines: [
      {
        name: 'recorded',
        fitted: false,
        points: bid.offsets.map((x, i): Point => ({ x, y: Math.log(bid.intensity[i]) })),
      },
      {
        name: 'exponential',
        fitted: true,
        points: bid.offsets.map((x): Point => ({ x, y: Math.log(bid.lambda.value) - bid.kappa.value * x })),
      },
    ],
  };
  return {
    picture,
    estimates: {
      lambda0: rate(mean(bid.lambda, ask.lambda), 'touches of the open, mean of both sides'),
      beta: thin(mean(bid.kappa, ask.kappa), 'decay of touches by the offset, mean of both sides'),
      lambdaBid: rate(bid.lambda, 'touches from above'),
      lambdaAsk: rate(ask.lambda, 'touches from below'),
      kappaBid: thin(bid.kappa, 'decay of touches below the open'),
      kappaAsk: thin(ask.kappa, 'decay of touches above the open'),
    },
    market: { lambdaBid: bid.lambda.value, lambdaAsk: ask.lambda.value, halfSpread: 0 },
  };
}

const MOST_ROWS = 5000;

/** Regimes of volatility, over rows put together where there are very many. */
function regimesOf(
  changes: Float64Array,
  { seconds, count, start }: { readonly seconds: number; readonly count: number; readonly start: number },
): { regimes: RegimeFit | null; notes: readonly Untold[] } {
  const together = Math.max(1, Math.ceil(changes.length / MOST_ROWS));
  const rows = Math.floor(changes.length / together);
  const change = Float64Array.from({ length: rows }, (_, k) => {
    let sum = 0;
    for (let i = k * together; i < (k + 1) * together; i++) sum += changes[i];
    return sum;
  });
  try {
    const span = seconds * together;
    return {
      regimes: { ...fitRegimes({ seconds: span, buys: null, sells: null, change }, count), seconds: span, start },
      notes: [],
    };
  } catch (error) {
    if (error instanceof RangeError) return { regimes: null, notes: [{ what: 'regimes', why: error.message }] };
    throw error;
  }
}
