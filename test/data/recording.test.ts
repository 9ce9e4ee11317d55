/** Recorded trades and tops of a book, in the shapes in which exchanges publish them. */
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { loadDataset } from '../../src/data/dataset-file.js';
import { recordFormatNames } from '../../src/data/recording/formats.js';
import { importRecording, type RecordingOptions } from '../../src/data/recording/import.js';
import { createRecording, rowsBefore } from '../../src/data/recording/recording.js';
import { encodeRecording, loadRecording } from '../../src/data/recording/recording-file.js';
import { runData, useTempFolder } from './helpers.js';
import { zip } from './zip-files.js';

const folder = useTempFolder();
const T = Date.UTC(2024, 0, 1);

const read = (path: string, options: Partial<RecordingOptions> = {}, asset: string | null = 'BTC') =>
  importRecording([{ asset, path }], { crossed: 'refuse', ...options });

/** Three trades: a buyer took 0.5 at 100, a seller 0.25 at 99.5, a buyer 2 at 100.25. */
const EXPECTED = {
  time: [T, T + 250, T + 1000],
  side: [1, -1, 1],
  price: [100, 99.5, 100.25],
  size: [0.5, 0.25, 2],
};
const rows = (line: (t: number, side: number, price: number, size: number, i: number) => string): string =>
  `${EXPECTED.time.map((t, i) => line(t, EXPECTED.side[i], EXPECTED.price[i], EXPECTED.size[i], i)).join('\n')}\n`;
const True = (maker: boolean) => (maker ? 'True' : 'False');

const shapes: Readonly<Record<string, string>> = {
  'binance-agg-trades of spot, in ms, without a header': rows(
    (t, side, p, q, i) =>
      `${900 + i},${p.toFixed(8)},${q.toFixed(8)},${10 * i},${10 * i + 3},${t},${True(side < 0)},True`,
  ),
  'binance-agg-trades of spot, in µs': rows(
    (t, side, p, q, i) =>
      `${900 + i},${p.toFixed(8)},${q.toFixed(8)},${10 * i},${10 * i + 3},${t}000,${True(side < 0)},True`,
  ),
  'binance-agg-trades of futures, with a header': `agg_trade_id,price,quantity,first_trade_id,last_trade_id,transact_time,is_buyer_maker\n${rows(
    (t, side, p, q, i) => `${900 + i},${p},${q},${10 * i},${10 * i + 3},${t},${side < 0}`,
  )}`,
  'binance-agg-trades of futures, without one': rows(
    (t, side, p, q, i) => `${900 + i},${p},${q},${10 * i},${10 * i + 3},${t},${side < 0}`,
  ),
  'binance-trades of spot': rows(
    (t, side, p, q, i) => `${70 + i},${p.toFixed(8)},${q.toFixed(8)},${(p * q).toFixed(8)},${t},${True(side < 0)},True`,
  ),
  'binance-trades of futures, with a header': `id,price,qty,quote_qty,time,is_buyer_maker\n${rows(
    (t, side, p, q, i) => `${70 + i},${p},${q},${p * q},${t},${side < 0}`,
  )}`,
  'binance-trades of coin-margined futures': `id,price,qty,base_qty,time,is_buyer_maker\n${rows(
    (t, side, p, q, i) => `${70 + i},${p},${Math.round(p * q)},${q},${t},${side < 0}`,
  )}`,
  'binance-trades of its answers': JSON.stringify(
    EXPECTED.time.map((time, i) => ({
      ...{ id: i, price: String(EXPECTED.price[i]), qty: String(EXPECTED.size[i]), quoteQty: '1', time },
      ...{ isBuyerMaker: EXPECTED.side[i] < 0, isBestMatch: true },
    })),
  ),
  'binance-agg-trades of its stream': rows((t, side, p, q, i) =>
    JSON.stringify({
      stream: 'btcusdt@aggTrade',
      data: {
        e: 'aggTrade',
        E: t + 1,
        s: 'BTCUSDT',
        a: i,
        p: String(p),
        q: String(q),
        f: i,
        l: i,
        T: t,
        m: side < 0,
        M: true,
      },
    }),
  ),
  'bybit-trades': `timestamp,symbol,side,size,price,tickDirection,trdMatchID,grossValue,homeNotional,foreignNotional\n${rows(
    (t, side, p, q, i) =>
      `${t / 1000},BTCUSDT,${side > 0 ? 'Buy' : 'Sell'},${q},${p},PlusTick,8b-${i},${p * q * 1e8},${q},${p * q}`,
  )}`,
  'bybit-trades of an inverse contract, newest first': `timestamp,symbol,side,size,price,tickDirection,trdMatchID,grossValue,homeNotional,foreignNotional\n${rows(
    (t, side, p, q, i) =>
      `${t / 1000},BTCUSD,${side > 0 ? 'Buy' : 'Sell'},${p * q},${p},ZeroMinusTick,8b-${i},1,${q},${p * q}`,
  )
    .trim()
    .split('\n')
    .reverse()
    .join('\n')}`,
  'bybit-spot-trades': `id,timestamp,price,volume,side,rpi\n${rows(
    (t, side, p, q, i) => `${i + 1},${t},${p},${q.toFixed(6)},${side > 0 ? 'buy' : 'sell'},0`,
  )}`,
  'hyperliquid-trades of its answers, newest first': JSON.stringify(
    EXPECTED.time
      .map((time, i) => ({
        ...{
          coin: 'BTC',
          side: EXPECTED.side[i] > 0 ? 'B' : 'A',
          px: EXPECTED.price[i].toFixed(1 + i),
          sz: String(EXPECTED.size[i]),
        },
        ...{ hash: '0x3', time, tid: 7 - i, users: ['0xb', '0xs'] },
      }))
      .reverse(),
    null,
    2,
  ),
  'hyperliquid-trades of its stream': `{"channel":"subscriptionResponse","data":{"method":"subscribe"}}\n${rows(
    (time, side, p, sz, i) =>
      JSON.stringify({
        channel: 'trades',
        data: [
          { coin: 'BTC', side: side > 0 ? 'B' : 'A', px: String(p), sz: String(sz), time, hash: '0x', tid: 100 - i },
        ],
      }),
  )}`,
  'hyperliquid-trades of a node': rows((t, side, p, sz) =>
    JSON.stringify({
      ...{
        coin: 'BTC',
        side: side > 0 ? 'B' : 'A',
        time: `${new Date(t).toISOString().slice(0, -1)}`,
        px: String(p),
        sz: String(sz),
      },
      hash: '0x',
    }),
  ),
  'trades by name': `Time,Direction,Px,Amount\n${rows((t, side, p, q) => `${new Date(t).toISOString()},${side > 0 ? 'BUY' : 'sell'},${p},${q}`)}`,
  'trades by name, with semicolons': `ts;price;size;side\n${rows((t, side, p, q) => `${t};${p};${q};${side}`)}`,
};

describe('trades', () => {
  it.each(Object.entries(shapes))('%s', async (name, content) => {
    const path = folder.write(name.startsWith('hyperliquid') ? 't.jsonl' : 't.csv', content);
    const { recording, parts, warnings } = await read(path);
    const { time, side, price, size } = recording.trades ?? expect.fail('no trades');
    expect(parts[0].format).toBe(name.split(' ')[0]);
    expect({ time: [...time], side: [...side], price: [...price], size: [...size] }).toEqual(EXPECTED);
    expect(recording.tops).toBeNull();
    expect(warnings).toEqual([]);
  });

  it('has a shape of every format', () => {
    const shown = [...Object.keys(shapes), ...Object.keys(tops)].map((name) => name.split(' ')[0]);
    expect([...new Set(shown)].sort()).toEqual([...recordFormatNames].sort());
  });

  it('come zipped, packed, and in several files of days', async () => {
    const csv = shapes['binance-agg-trades of spot, in µs'].split('\n');
    const first = folder.write(
      'BTCUSDT-aggTrades-2025-01-01.zip',
      zip({ 'BTCUSDT-aggTrades-2025-01-01.csv': csv.slice(0, 2).join('\n') }),
    );
    const second = folder.write('BTCUSDT-aggTrades-2025-01-02.csv.gz', gzipSync(csv.slice(2).join('\n')));
    const files = [second, first].map((path) => ({ asset: null, path }));
    const { recording } = await importRecording(files, { crossed: 'refuse' });
    expect([...(recording.trades?.time ?? [])]).toEqual(EXPECTED.time);
    expect([recording.asset, recording.quote]).toEqual(['BTC', 'USDT']);
    await expect(importRecording([files[1], files[1]], { crossed: 'refuse' })).rejects.toThrow(
      /two files of trades overlap/,
    );
  });

  it('of a market with a name in the data are called so', async () => {
    const path = folder.write('a.jsonl', shapes['binance-agg-trades of its stream']);
    const { asset, quote } = (await read(path, {}, null)).recording;
    expect([asset, quote]).toEqual(['BTC', 'USDT']);
  });

  it('of several markets are told apart', async () => {
    const line = (coin: string, time: number) => JSON.stringify({ coin, side: 'A', px: '2', sz: '3', time, tid: time });
    const path = folder.write('x.jsonl', [line('BTC', T), line('ETH', T + 1), line('BTC', T + 2)].join('\n'));
    await expect(read(path)).rejects.toThrow(
      'x.jsonl: expected one market, got BTC, ETH; choose one with --symbol BTC',
    );
    const { recording } = await read(path, { symbol: 'ETH' }, null);
    expect([recording.asset, recording.trades?.time.length]).toEqual(['ETH', 1]);
    await expect(read(path, { symbol: 'SOL' })).rejects.toThrow(/one of its markets, BTC, ETH, got 'SOL'/);
  });

  it('of fills on both sides count once', async () => {
    const fill = (side: string, crossed: boolean) =>
      JSON.stringify({
        coin: 'BTC',
        px: '9',
        sz: '1',
        side,
        time: T,
        crossed,
        tid: 5,
        oid: crossed ? 1 : 2,
        dir: 'Open Long',
      });
    const path = folder.write('f.jsonl', [fill('B', false), fill('A', true)].join('\n'));
    expect([...((await read(path)).recording.trades?.side ?? [])]).toEqual([-1]);
  });

  const agg = (...lines: string[]) =>
    ['agg_trade_id,price,quantity,first_trade_id,last_trade_id,transact_time,is_buyer_maker', ...lines].join('\n');
  const refused: [string, string, RegExp][] = [
    ['a price of 0', agg(`1,0,1,1,1,${T},true`), /x\.csv line 2: expected a price above 0, got 0/],
    ['a negative size', agg(`1,5,1,1,1,${T},true`, `2,5,-1,1,1,${T},true`), /line 3: expected a size above 0, got -1/],
    ['a word for a price', agg(`1,five,1,1,1,${T},true`), /line 2: expected a finite number for price, got 'five'/],
    [
      'a side that is none',
      agg(`1,5,1,1,1,${T},maybe`),
      /line 2: expected true or false \(whether the buyer was the maker\) for is_buyer_maker, got 'maybe'/,
    ],
    ['an id twice', agg(`1,5,1,1,1,${T},true`, `1,5,1,1,1,${T},true`), /line 3: trade 1 occurs twice \(also line 2\)/],
    [
      'disorder',
      agg(`1,5,1,1,1,${T + 5000},true`, `2,5,1,1,1,${T},true`, `3,5,1,1,1,${T + 9000},true`),
      /line 3: time 2024-01-01T00:00Z is out of order/,
    ],
    ['no trade', agg(), /x\.csv: expected at least one trade or top, got none/],
    ['a line cut short', agg(`1,5,1`), /line 2: expected at least 7 cells, got 3/],
  ];
  it.each(refused)('with %s are refused with the line', async (_name, content, message) => {
    await expect(read(folder.write('x.csv', content))).rejects.toThrow(message);
  });

  it('without a side are refused, with what is missing', async () => {
    const path = folder.write('x.csv', `time,price,size\n${T},5,1\n`);
    await expect(read(path, { format: 'trades' })).rejects.toThrow(/got time, price, size without side; name columns/);
    const named = folder.write('y.csv', `when,px,sz,dir\n${T},5,1,buy\n`);
    const { recording } = await read(named, { columns: { time: 'when', side: 'dir' } });
    expect(recording.trades?.side[0]).toBe(1);
    await expect(read(named, { columns: { time: 'then' } })).rejects.toThrow(
      /--columns time='then' is not among its columns/,
    );
  });

  it('a little out of order are sorted, and it is said', async () => {
    const path = folder.write(
      'x.csv',
      agg(`1,5,1,1,1,${T + 20},true`, `2,6,1,1,1,${T},true`, `3,7,1,1,1,${T + 30},true`),
    );
    const { recording, warnings } = await read(path);
    expect([...(recording.trades?.price ?? [])]).toEqual([6, 5, 7]);
    expect(warnings).toEqual(['x.csv: 1 line came out of order by up to a second; sorted']);
  });

  it('that pause for long are warned of', async () => {
    const lines = Array.from(
      { length: 200 },
      (_, i) => `${i},5,1,1,1,${T + 1000 * i + (i > 100 ? 7_200_000 : 0)},true`,
    );
    const { warnings } = await read(folder.write('x.csv', agg(...lines)));
    expect(warnings[0]).toMatch(/^no trades for 7201 s from 2024-01-01T00:01:40Z: was the recorder down\?/);
  });
});

/** Two tops. */
const TOPS = { time: [T, T + 500], bid: [99, 99.5], bidSize: [3, 1], ask: [100, 100.5], askSize: [2, 4] };
const topRows = (line: (t: number, i: number) => string) => `${TOPS.time.map(line).join('\n')}\n`;
const tops: Readonly<Record<string, string>> = {
  'binance-book-ticker': `update_id,best_bid_price,best_bid_qty,best_ask_price,best_ask_qty,transaction_time,event_time\n${topRows(
    (t, i) => `${7 + i},${TOPS.bid[i]},${TOPS.bidSize[i]},${TOPS.ask[i]},${TOPS.askSize[i]},${t},${t + 3}`,
  )}`,
  'binance-book-ticker without a header': topRows(
    (t, i) => `${7 + i},${TOPS.bid[i]},${TOPS.bidSize[i]},${TOPS.ask[i]},${TOPS.askSize[i]},${t},${t + 3}`,
  ),
  'tops of a stream of Binance futures': topRows((t, i) =>
    JSON.stringify({
      ...{ e: 'bookTicker', u: i, E: t + 2, T: t, s: 'BTCUSDT' },
      ...{ b: String(TOPS.bid[i]), B: String(TOPS.bidSize[i]), a: String(TOPS.ask[i]), A: String(TOPS.askSize[i]) },
    }),
  ),
  'tops of Hyperliquid: bbo': topRows((time, i) =>
    JSON.stringify({
      channel: 'bbo',
      data: {
        ...{ coin: 'BTC', time },
        bbo: [
          { px: String(TOPS.bid[i]), sz: String(TOPS.bidSize[i]), n: 1 },
          { px: String(TOPS.ask[i]), sz: String(TOPS.askSize[i]), n: 2 },
        ],
      },
    }),
  ),
  'tops of Hyperliquid: books': topRows((time, i) =>
    JSON.stringify({
      time: '2024-01-01T00:00:00.1',
      raw: {
        channel: 'l2Book',
        data: {
          ...{ coin: 'BTC', time },
          levels: [
            [
              { px: String(TOPS.bid[i]), sz: String(TOPS.bidSize[i]), n: 1 },
              { px: '1', sz: '9', n: 4 },
            ],
            [{ px: String(TOPS.ask[i]), sz: String(TOPS.askSize[i]), n: 2 }],
          ],
        },
      },
    }),
  ),
  'tops by name': `timestamp,ask_amount,ask_price,bid_price,bid_amount\n${topRows(
    (t, i) => `${t}000,${TOPS.askSize[i]},${TOPS.ask[i]},${TOPS.bid[i]},${TOPS.bidSize[i]}`,
  )}`,
};

describe('tops of the book', () => {
  it.each(Object.entries(tops))('%s', async (name, content) => {
    const { recording, parts } = await read(folder.write('b.csv', content));
    expect(parts[0].format).toBe(name.split(' ')[0]);
    const { time, bid, ask, bidSize, askSize } = recording.tops ?? expect.fail('no tops');
    expect({
      time: [...time],
      bid: [...bid],
      ask: [...ask],
      bidSize: [...(bidSize ?? [])],
      askSize: [...(askSize ?? [])],
    }).toEqual(TOPS);
    expect(recording.trades).toBeNull();
  });

  it('without sizes are taken as they are', async () => {
    const { recording } = await read(folder.write('b.csv', `time,bid,ask\n${T},1,2\n`));
    expect([recording.tops?.bidSize, recording.tops?.askSize]).toEqual([null, null]);
  });

  it('that are crossed are refused with the line, or left out and counted', async () => {
    const path = folder.write('b.csv', `time,bid,ask\n${T},1,2\n${T + 1},2,2\n${T + 2},3,2\n`);
    await expect(read(path)).rejects.toThrow(
      /b\.csv line 3: expected a bid below the ask, got 2 and 2 \(2 such in the file\); .* --crossed drop/,
    );
    const { recording, warnings } = await read(path, { crossed: 'drop' });
    expect(recording.tops?.bid.length).toBe(1);
    expect(warnings).toEqual(['b.csv: 2 lines with a bid that is not below the ask left out']);
  });

  it('and trades of one stream come together', async () => {
    const path = folder.write('s.jsonl', shapes['hyperliquid-trades of its stream'] + tops['tops of Hyperliquid: bbo']);
    const { recording } = await read(path, {}, null);
    expect([recording.trades?.time.length, recording.tops?.time.length]).toEqual([3, 2]);
    expect([recording.asset, recording.quote]).toEqual(['BTC', null]);
  });
});

describe('the file of a recording', () => {
  const whole = createRecording({
    ...{ asset: 'BTC', quote: 'USDT', meta: { source: 'a.csv' } },
    trades: {
      time: Float64Array.of(T + 0.1234567, T + 1),
      side: Int8Array.of(1, -1),
      price: Float64Array.of(100.1, 99.9),
      size: Float64Array.of(0.1, 3),
    },
    tops: {
      time: Float64Array.of(T, T + 1, T + 2),
      ...{ bid: Float64Array.of(99.9, 99.8, 99.7), ask: Float64Array.of(100.1, 100, 100.3) },
      ...{ bidSize: Float64Array.of(1, 2, 3), askSize: Float64Array.of(3, 2, 0.1) },
    },
  });

  it('keeps all of it', async () => {
    const path = folder.write('r.arrow', await encodeRecording(whole));
    expect(await loadRecording(path)).toEqual(whole);
    const [trades, tops] = [createRecording({ ...whole, tops: null }), createRecording({ ...whole, trades: null })];
    expect(await loadRecording(folder.write('t.arrow', await encodeRecording(trades)))).toEqual(trades);
    expect(await loadRecording(folder.write('b.arrow', await encodeRecording(tops)))).toEqual(tops);
    const bare = createRecording({
      ...whole,
      tops: { ...(whole.tops ?? expect.fail()), bidSize: null, askSize: null },
    });
    expect(await loadRecording(folder.write('s.arrow', await encodeRecording(bare)))).toEqual(bare);
  });

  it('is no dataset of prices, and a dataset is no recording', async () => {
    const path = folder.write('r.arrow', await encodeRecording(whole));
    await expect(loadDataset(path)).rejects.toThrow(
      /r\.arrow: expected a dataset of prices, got a recording of trades and tops/,
    );
    await expect(loadRecording('datasets/two-assets-90d.arrow')).rejects.toThrow(
      /expected a recording of trades or tops/,
    );
  });

  it('whose numbers were changed is refused', async () => {
    const bytes = Buffer.from(await encodeRecording(whole));
    const at = bytes.indexOf(Buffer.from(Float64Array.of(99.9).buffer));
    bytes.writeDoubleLE(99.5, at);
    await expect(loadRecording(folder.write('r.arrow', bytes))).rejects.toThrow(/do not match the hash/);
  });

  it('tells what came before a time', () => {
    const time = Float64Array.of(1, 2, 2, 5);
    expect([0, 1, 2, 3, 5, 6].map((t) => rowsBefore(time, t))).toEqual([0, 0, 1, 3, 3, 4]);
  });
});

describe('data import', () => {
  it('tells trades and tops by what they hold, and says what it read', async () => {
    const trades = folder.write(
      'BTCUSDT-aggTrades-2024-01-01.csv',
      shapes['binance-agg-trades of spot, in ms, without a header'],
    );
    const book = folder.write('BTCUSDT-bookTicker-2024-01-01.csv', tops['binance-book-ticker']);
    const out = folder.path('btc.arrow');
    const text = await runData('import', trades, book, '--out', out);
    expect(text.replace(/[0-9a-f]{64}/, 'HASH').replace(folder.path('x').slice(0, -1), '')).toBe(
      [
        '3 trades and 2 tops of the book of BTC in USDT, 2024-01-01T00:00Z to 2024-01-01T00:00:01Z',
        'BTCUSDT-aggTrades-2024-01-01.csv: 3 rows of binance-agg-trades',
        'BTCUSDT-bookTicker-2024-01-01.csv: 2 rows of binance-book-ticker',
        'buyers took in 66.7 % of the trades',
        'hash: HASH',
        'wrote btc.arrow',
        '',
      ].join('\n'),
    );
    const { meta, asset } = await loadRecording(out);
    expect(asset).toBe('BTC');
    expect(meta.recipe).toBe(
      'poolgrad data import BTCUSDT-aggTrades-2024-01-01.csv BTCUSDT-bookTicker-2024-01-01.csv --out btc.arrow',
    );
  });

  it('keeps flags of candles and of recordings apart', async () => {
    const trades = folder.write('BTCUSDT.csv', shapes['binance-agg-trades of spot, in ms, without a header']);
    const candles = folder.write('ETHUSDT.csv', `time,close\n${T},5\n${T + 60_000},6\n`);
    const out = ['--out', folder.path('o.arrow')];
    await expect(runData('import', trades, '--span', 'union', ...out)).rejects.toThrow(
      /^--span: expected with candles only/,
    );
    await expect(runData('import', candles, '--crossed', 'drop', ...out)).rejects.toThrow(
      /^--crossed: expected with trades or tops/,
    );
    await expect(runData('import', candles, trades, ...out)).rejects.toThrow(
      /got both: .*ETHUSDT\.csv has candles, .*BTCUSDT\.csv has not/,
    );
    await expect(runData('import', trades, '--format', 'binance-trade', ...out)).rejects.toThrow(
      /did you mean 'binance-trades'/,
    );
    await expect(runData('import', trades, '--columns', 'prize=px', ...out)).rejects.toThrow(
      /--columns: expected FIELD=column/,
    );
  });
});
