/** `data calibrate maker`: from files in the shapes of exchanges to a config that trains. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runHjbSolve } from '../../src/app/index.js';
import { loadDataset } from '../../src/data/dataset-file.js';
import { createRecording, type Recording } from '../../src/data/recording/recording.js';
import { encodeRecording } from '../../src/data/recording/recording-file.js';
import { runData } from '../data/helpers.js';
import { drawnMarket, TRUTH } from '../makers/recorded.js';
import { training } from './setup.js';

const folder = mkdtempSync(join(tmpdir(), 'poolgrad-calibrate-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = (name: string) => join(folder, name);
const truth = { ...TRUTH, orders: 2000, swing: 0.2, lean: 1.8 };
const market = drawnMarket(21, truth);

/** As Binance publishes them. */
function published({ trades, tops }: Recording): { aggTrades: string; bookTicker: string } {
  if (trades === null || tops === null) throw new Error('both are drawn');
  const agg = [...trades.time].map((t, i) => {
    const µs = Math.round(1000 * t);
    return `${i},${trades.price[i]},${trades.size[i]},${i},${i},${µs},${trades.side[i] < 0 ? 'True' : 'False'},True`;
  });
  const book = [...tops.time].map((t, i) => {
    const { bid, bidSize, ask, askSize } = tops;
    const µs = Math.round(1000 * t);
    return `${i},${bid[i]},${bidSize?.[i]},${ask[i]},${askSize?.[i]},${µs},${µs}`;
  });
  const header = 'update_id,best_bid_price,best_bid_qty,best_ask_price,best_ask_qty,transaction_time,event_time';
  return { aggTrades: agg.join('\n'), bookTicker: [header, ...book].join('\n') };
}

const [agg, book] = [file('COINUSDT-aggTrades-2024-01-01.csv'), file('COINUSDT-bookTicker-2024-01-01.csv')];
beforeAll(async () => {
  const { aggTrades, bookTicker } = published(market);
  writeFileSync(agg, aggTrades);
  writeFileSync(book, bookTicker);
  writeFileSync(file('coin.arrow'), await encodeRecording(market));
});

const calibrate = (...args: string[]) => runData('calibrate', 'maker', ...args, '--report', file('page.html'));
const asJson = async (...args: string[]) => JSON.parse(await calibrate(...args, '--json'));

describe('data calibrate maker', () => {
  it('reads what exchanges publish as a recording of it', async () => {
    const told = await asJson(agg, book);
    const { asset, quote, ...own } = await asJson(file('coin.arrow'));
    expect([told.asset, told.quote]).toEqual(['COIN', 'USDT']);
    expect(own.estimates).toEqual(told.estimates);
    expect(Math.abs(told.estimates.beta.value - truth.kappa)).toBeLessThan(3 * told.estimates.beta.error);
    expect([asset, quote]).toEqual(['COIN', 'USD']);
  });

  it.each([
    ['one', 1],
    ['imbalance', 3],
    ['regimes', 2],
  ])('writes a config with states by %s that is solved and trained as it is', async (states, count) => {
    const out = file(`${states}.yaml`);
    const text = await calibrate(file('coin.arrow'), '--states', states, '--out', out, '--max-inventory', '3');
    expect(text).toContain(`config ${out}`);
    const solved = await runHjbSolve({ config: out, out: file('quotes.html'), set: [] });
    expect((solved.json as { marketStates: number }).marketStates).toBe(count);
    expect((solved.json as { value: number }).value).toBeGreaterThan(0);
    const set = ['train.iterations=3', 'train.sets=1', 'run.device=wasm', 'run.threads=1'];
    const { json } = await training({ config: out, out: file(`${states}.json`), set });
    expect(json).toHaveProperty('start');
    const page = readFileSync(file('page.html'), 'utf8');
    expect(page).toContain('Hidden regimes');
    expect(page).not.toMatch(/https?:\/\/(?!www\.w3\.org)/);
  });

  it('charges for inventory by the risk aversion that is given', async () => {
    const out = file('gamma.yaml');
    await calibrate(file('coin.arrow'), '--gamma', '2', '--out', out);
    const { estimates } = await asJson(file('coin.arrow'));
    const phi = Number(/phi: ([\d.e-]+)/.exec(readFileSync(out, 'utf8'))?.[1]);
    // what moves the mid: itself, and orders
    const { sigma, epsilon, lambdaBid, lambdaAsk, kappaBid, halfSpread } = estimates;
    const orders = (lambdaBid.value + lambdaAsk.value) * Math.exp(-kappaBid.value * halfSpread.value);
    expect(phi / (sigma.value ** 2 + orders * epsilon.value ** 2)).toBeCloseTo(1, 1);
  });

  it('refuses what the data do not tell, in one line', async () => {
    const bare = createRecording({ ...market, trades: null });
    writeFileSync(file('tops.arrow'), await encodeRecording(bare));
    const trades = createRecording({ ...market, tops: null });
    writeFileSync(file('trades.arrow'), await encodeRecording(trades));
    await expect(calibrate(file('tops.arrow'), '--out', file('x.yaml'))).rejects.toThrow(
      /^--out: expected data that tell the market of a maker, but orders are not told: tops of the book show no orders/,
    );
    await expect(calibrate(file('trades.arrow'), '--states', 'imbalance')).rejects.toThrow(
      /^--states: .* imbalance is not told: trades do not show what is on offer/,
    );
    await expect(calibrate(file('coin.arrow'), '--touches')).rejects.toThrow(/^--touches: expected with candles only/);
    await expect(calibrate(file('coin.arrow'), '--format', 'binance-trade')).rejects.toThrow(
      /did you mean 'binance-trades'/,
    );
  });

  it('tells volatility and regimes from candles, and orders only where touches are taken for them', async () => {
    await runData('resample', file('coin.arrow'), '--interval', '1s', '--out', file('closes.arrow'));
    const { estimates, untold, kind } = await asJson(file('closes.arrow'));
    expect(kind).toBe('closes');
    const orders = (truth.lambdaBid + truth.lambdaAsk) * Math.exp(-truth.kappa * truth.halfSpread);
    // orders of one side follow each other here: more than if they came by themselves
    expect(estimates.sigma.value).toBeGreaterThan(Math.sqrt(truth.sigma ** 2 + 0.8 * orders * truth.epsilon ** 2));
    expect(untold.map(({ what }: { what: string }) => what)).toEqual(['lambda0', 'beta', 'epsilon', 'imbalance']);
    await expect(calibrate(file('closes.arrow'), '--out', file('x.yaml'))).rejects.toThrow(
      /candles show moves of the price, not orders/,
    );
    await expect(calibrate(file('closes.arrow'), '--touches')).rejects.toThrow(
      /candles with open, high and low were expected/,
    );
    writeFileSync(file('COINUSD-1m.csv'), candles());
    const touched = await asJson(file('COINUSD-1m.csv'), '--touches', '--out', file('rough.yaml'));
    expect(touched.warnings[0]).toMatch(/those of touches/);
    // touches of a candle come at λe^{−βδ} of its length
    expect(Math.abs(touched.estimates.beta.value - 0.5)).toBeLessThan(4 * touched.estimates.beta.error);
    expect((await runHjbSolve({ config: file('rough.yaml'), out: file('q.html'), set: [] })).json).toHaveProperty(
      'value',
    );
  });
});

/** Whose lows and highs are so far from the open that touches thin out with β = .5 in money. */
function candles(): string {
  const { price } = market.trades ?? expect.fail('drawn');
  const uniform = (i: number) => (price[i % price.length] * 1e4 + 0.618034 * i) % 1;
  const rows = Array.from({ length: 4000 }, (_, i) => {
    // P(depth ≥ δ) = 1 − exp(−λdt·e^{−βδ}), λdt = 1.2
    const depth = (u: number) => Math.max(0, -Math.log(-Math.log(1 - u * -Math.expm1(-1.2)) / 1.2) / 0.5);
    const open = 1000;
    const [low, high] = [open - depth(uniform(i) || 0.5), open + depth(uniform(i + 7777) || 0.5)];
    return `${Date.UTC(2024, 0, 1) + 60_000 * i},${open},${high},${low},${(low + high) / 2}`;
  });
  return ['time,open,high,low,close', ...rows].join('\n');
}

describe('a recording', () => {
  it('is inspected, and becomes prices', async () => {
    const text = await runData('inspect', file('coin.arrow'));
    expect(text).toMatch(/^2000 trades and \d+ tops of the book of COIN in USD/);
    const json = JSON.parse(await runData('inspect', file('coin.arrow'), '--json'));
    const reach = Math.exp(-truth.kappa * truth.halfSpread);
    expect(json.trades.buys + json.trades.sells).toBeGreaterThan(reach * (truth.lambdaAsk + truth.lambdaBid));
    expect(json.tops.spreadBps).toBeCloseTo((1e4 * 2 * truth.halfSpread) / 10_000, 2);
    const out = file('prices.arrow');
    await runData('resample', file('coin.arrow'), '--interval', '10s', '--out', out);
    const { prices, volume, rows, start, interval, assets } = await loadDataset(out);
    const { trades, tops } = market;
    if (trades === null || tops === null) throw new Error('both are drawn');
    const row = 7;
    const end = start + (row + 1) * interval;
    const last = tops.time.findLastIndex((t) => t < end);
    expect(prices[row]).toBe((tops.bid[last] + tops.ask[last]) / 2);
    const within = [...trades.time.keys()].filter((i) => trades.time[i] >= end - interval && trades.time[i] < end);
    expect(volume?.[row]).toBeCloseTo(
      within.reduce((sum, i) => sum + trades.price[i] * trades.size[i], 0),
      6,
    );
    expect([assets[0], rows > 50]).toEqual(['COIN', true]);
  });
});
