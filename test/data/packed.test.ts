/** Text files packed as ZIP or gzip, read in pieces, and bombs of either kind. */
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { loadDataset } from '../../src/data/dataset-file.js';
import { importFiles } from '../../src/data/import-files.js';
import { UserError } from '../../src/errors.js';
import { candle, MINUTE, runData, T0, useTempFolder } from './helpers.js';
import { zip } from './zip-files.js';

const folder = useTempFolder();
const defaults = { columns: {}, volumeUnit: 'base', span: 'intersection', fill: 'forward' } as const;

/** Binance klines of some minutes, closes 1, 2, 3 … */
const klines = (from: number, rows: number) =>
  Array.from({ length: rows }, (_, i) => {
    const { open, high, low, close } = candle(from + i + 1);
    return `${T0 + (from + i) * MINUTE},${open},${high},${low},${close},2,0,${2 * close},1,1,1,0\n`;
  }).join('');

async function imported(...paths: string[]) {
  const files = paths.map((path) => ({ asset: 'X', path }));
  return (await importFiles(files, { ...defaults, format: 'binance-klines' })).dataset;
}

async function refusal(...paths: string[]): Promise<string> {
  const error = await imported(...paths).catch((e: unknown) => e);
  expect(error).toBeInstanceOf(UserError);
  expect((error as UserError).message).not.toContain('\n');
  return (error as UserError).message;
}

describe('ZIP archives', () => {
  it.each([
    ['deflated', {}],
    ['stored', { stored: true }],
    ['with 64-bit sizes', { zip64: true }],
  ])('%s', async (_, options) => {
    // more than a block of 65535 bytes
    const path = folder.write('x.zip', zip({ 'x.csv': klines(0, 2000) }, options));
    const { prices, volume } = await imported(path);
    expect([...prices]).toEqual(Array.from({ length: 2000 }, (_, i) => i + 1));
    expect([...(volume ?? [])]).toEqual(Array.from(prices, (price) => 2 * price));
  });

  it('months as they are downloaded, in any order', async () => {
    for (const [month, from] of [
      ['02', 3],
      ['01', 0],
      ['03', 6],
    ] as const) {
      folder.write(`BTCUSDT-1m-2018-${month}.zip`, zip({ [`BTCUSDT-1m-2018-${month}.csv`]: klines(from, 3) }));
    }
    const out = folder.path('o.arrow');
    const months = ['03', '01', '02'].map((month) => folder.path(`BTCUSDT-1m-2018-${month}.zip`));
    await runData('import', ...months, '--format', 'binance-klines', '--out', out);
    const { assets, prices, meta } = await loadDataset(out);
    expect(assets).toEqual(['BTC']);
    expect([...prices]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(meta.numeraire).toBe('USDT');
  });

  it('folders and what macOS adds are no files of prices', async () => {
    const path = folder.write('x.zip', zip({ 'a/': '', 'a/x.csv': klines(0, 2), '__MACOSX/a/._x.csv': 'x' }));
    expect([...(await imported(path)).prices]).toEqual([1, 2]);
  });

  const good = { 'x.csv': klines(0, 9) };
  const damaged = zip(good);
  damaged[60] ^= 1;
  const lost = zip(good);
  lost.fill(0, lost.length - 60, lost.length - 30);
  // a size of the packed bytes that would let a bomb through
  const boastful = zip(good);
  boastful.writeUInt32LE(0x7fffffff, boastful.length - 22 - 5 - 46 + 20);
  it.each([
    ['a size beyond its end', boastful, 'expected a whole ZIP archive, got a damaged one'],
    ['several files', zip({ ...good, 'y.csv': klines(0, 9) }), 'one file in the archive, got x.csv, y.csv; unpack it'],
    ['no file', zip({}), 'expected one file in the archive, got none; unpack it'],
    ['an encrypted one', zip(good, { encrypted: true }), 'x.csv in it is encrypted; unpack it first'],
    ['another method', zip(good, { method: 14 }), 'expected x.csv in it to be deflated or stored, got method 14'],
    ['a flipped bit', damaged, 'expected whole ZIP data, got '],
    [
      'a wrong check sum',
      zip(good, { stored: true }).fill('9', 200, 201),
      "expected whole ZIP data, got 'incorrect data check'",
    ],
    ['no end', zip(good).subarray(0, -30), 'expected a whole ZIP archive, got a damaged one; download it again'],
    ['a directory that is none', lost, 'expected a whole ZIP archive, got a damaged one'],
  ])('with %s are refused', async (_, bytes, message) => {
    expect(await refusal(folder.write('x.zip', bytes))).toMatch(/^x\.zip: /);
    expect(await refusal(folder.path('x.zip'))).toContain(message);
  });
});

describe('pieces', () => {
  // three pieces of 256 KiB, lines of many lengths across their borders
  const rows = 12_000;
  const text = klines(0, rows);

  it.each([
    ['a plain text', text],
    ['CRLF and a byte order mark', `\uFEFF${text.replaceAll('\n', '\r\n')}`],
    ['quoted cells', text.replace(/^(\d+),([\d.]+)/gm, '"$1","$2"')],
    ['quotes in one line far down', text.replace(/^(\d+),(5000\.?\d*)/m, '"$1","$2"')],
    ['quoted cells with line ends in them', text.replace(/(?<!^[^\n]*),1,0\n/g, ',"1\n",0\n')],
    ['gzip', gzipSync(text)],
    ['gzip of several members', Buffer.concat([gzipSync(text.slice(0, 99_999)), gzipSync(text.slice(99_999))])],
  ])('%s', async (_, content) => {
    expect(text.length).toBeGreaterThan(2 << 18);
    const { prices } = await imported(folder.write('x.csv', content));
    expect([...prices]).toEqual(Array.from({ length: rows }, (_, i) => i + 1));
  });

  it.each([
    ['', 5000],
    ['"', 5000],
  ])('know their lines (%s)', async (quote, line) => {
    const lines = text.split('\n').map((l) => l.replace(/^\d+/, (time) => `${quote}${time}${quote}`));
    lines[line - 1] = lines[line - 1].replace(/,2,0,/, ',x,0,');
    lines[line - 1] = lines[line - 1].replace(/^([^,]+),[^,]+/, '$1,?');
    expect(await refusal(folder.write('x.csv', lines.join('\n')))).toContain(
      `x.csv line ${line}: expected a finite number for open, got '?'`,
    );
  });

  it.each([
    ['a line without end', Buffer.alloc(20 << 20, '1'), 'x.csv: expected CSV, got a line of more than 16 MiB'],
    [
      'a quote without end',
      Buffer.from(`${text}"${text.repeat(40)}`),
      'x.csv: expected CSV, got a quote that does not end',
    ],
  ])('%s', async (_, content, message) => expect(await refusal(folder.write('x.csv', content))).toContain(message));
});

describe('bombs', () => {
  /** Rows of a megabyte, which pack to a thousandth: 70 MB in all. */
  const blank = (header: string, cells = '') => {
    const rows = Array.from({ length: 70 }, (_, i) => [`${T0 + i * MINUTE},${cells}`, Buffer.alloc(1e6, ' '), '1\n']);
    return Buffer.concat([header, ...rows.flat()].map((part) => Buffer.from(part)));
  };
  const message =
    /^x: expected to unpack to at most 100 times its size, as prices do, got \d+\.\d MiB and more from 0\.\d MiB; /;

  it.each([
    ['gzip', (bytes: Buffer) => gzipSync(bytes)],
    ['ZIP', (bytes: Buffer) => zip({ 'x.csv': bytes })],
  ])('%s', async (_, pack) => {
    const path = folder.write('x', pack(blank('time,close\n')));
    await expect(importFiles([{ asset: 'X', path }], defaults)).rejects.toThrow(message);
  });

  it('among series and trades', async () => {
    const prices = folder.path('p.arrow');
    await runData('synth', '--assets', 'A,B', '--days', '1', '--out', prices);
    const series = folder.write('x', gzipSync(blank('time,value\n')));
    await expect(runData('attach', prices, `fee=${series}`, '--out', folder.path('o.arrow'))).rejects.toThrow(message);
    const trades = folder.write('x', gzipSync(blank('time,in,out,amount\n', 'A,B,')));
    await expect(runData('attach', prices, '--trades', trades, '--out', folder.path('o.arrow'))).rejects.toThrow(
      message,
    );
  });

  it('rows that repeat are refused at the second, however many there are', async () => {
    const path = folder.write('x', gzipSync(`time,close\n${'1514764800000,1\n'.repeat(2e6)}`));
    await expect(importFiles([{ asset: 'X', path }], defaults)).rejects.toThrow(
      'x line 3: time 2018-01-01T00:00Z occurs twice',
    );
  });

  it('rows of equal prices, which pack best, are none', async () => {
    const rows = 200_000;
    const text = Array.from({ length: rows }, (_, i) => `${T0 + i * MINUTE},1,1,1,1,0,0,0,0,0,0,0\n`).join('');
    const packed = gzipSync(text, { level: 9 });
    expect(text.length / packed.length).toBeLessThan(50);
    expect((await imported(folder.write('x.csv.gz', packed))).rows).toBe(rows);
  });
});
