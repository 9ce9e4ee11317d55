/** What a cell of a text file may be: decimal numbers, and times that the calendar has. */
import { describe, expect, it } from 'vitest';
import { parseNumberText, parseTimeOrEpoch } from '../../src/data/numbers.js';
import { parseTimeText } from '../../src/data/time.js';
import { MINUTE, runData, T0, useTempFolder } from './helpers.js';

const folder = useTempFolder();

describe('numbers', () => {
  it.each(['0', '-1.5', '+2', '.5', '7.', '1e-7', '1E+3'])('%s is read as Number does', (text) =>
    expect(parseNumberText(text)).toBe(Number(text)));

  it.each([
    '',
    ' ',
    '0x10',
    '0b1',
    '0o7',
    'Infinity',
    '-Infinity',
    'NaN',
    'inf',
    '1_000',
    '1,5',
    '1e',
    '.',
    '--1',
    '1 2',
  ])("'%s' is none", (text) => expect(parseNumberText(text)).toBeNaN());

  it('takes time in proportion to a long cell', () => {
    expect(parseNumberText(`${'1'.repeat(1e6)}x`)).toBeNaN();
  });
});

const IMPOSSIBLE = [
  '2023-02-29',
  '2023-02-30 00:00',
  '2023-06-31 00:00',
  '2023-02-32 00:00',
  '2100-02-29T00:00Z',
  '2023-13-01',
  '2023-00-10',
  '2023-01-00',
  '2023-01-01 25:00',
  '2023-01-01 00:60',
];

describe('times', () => {
  it.each([
    ['2024-02-29', Date.UTC(2024, 1, 29)],
    ['2000-02-29 00:01', Date.UTC(2000, 1, 29, 0, 1)],
    ['2023-12-31T23:59:59.5Z', Date.UTC(2023, 11, 31, 23, 59, 59, 500)],
    ['2023-01-01 02:00 +02:00', Date.UTC(2023, 0, 1)],
    ['2023-01-01 02:00 UTC', Date.UTC(2023, 0, 1, 2)],
    ['2023.01.01 02:00', Date.UTC(2023, 0, 1, 2)],
  ])('%s', (text, ms) => expect(parseTimeText(text)).toBe(ms));

  it.each(IMPOSSIBLE)('%s is none', (text) => expect(parseTimeText(text)).toBeNaN());

  it('are epoch numbers in s, ms, µs or ns too, but no hexadecimal ones', () => {
    for (const scale of [1e-3, 1, 1e3, 1e6]) expect(parseTimeOrEpoch(String(T0 * scale))).toBe(T0);
    expect(parseTimeOrEpoch('0x5a497a00')).toBeNaN();
  });
});

describe('refused wherever they come, with their line', () => {
  const refusal = (text: string, what: string) => `line 3: expected ${what}, got '${text}'`;

  it.each(IMPOSSIBLE)('%s in an import', async (text) => {
    const csv = folder.write('A.csv', `date,close\n2022-12-31 00:00,1\n${text},1\n`);
    await expect(runData('import', csv, '--out', folder.path('o.arrow'))).rejects.toThrow(
      `A.csv ${refusal(text, 'a time (epoch number or ISO text) for date')}`,
    );
    expect(folder.names()).toEqual(['A.csv']);
  });

  it.each(['0x10', 'Infinity', '1e999', '1_0', ''])("'%s' as a price", async (text) => {
    const csv = folder.write('A.csv', `time,close\n${T0},1\n${T0 + MINUTE},${text}\n`);
    await expect(runData('import', csv, '--out', folder.path('o.arrow'))).rejects.toThrow(
      `A.csv ${refusal(text, 'a finite number for close')}`,
    );
    expect(folder.names()).toEqual(['A.csv']);
  });

  it('in series and trades', async () => {
    const prices = folder.path('p.arrow');
    await runData('synth', '--assets', 'A,B', '--days', '1', '--start', '2023-02-28', '--out', prices);
    const out = folder.path('o.arrow');
    const series = folder.write('s.csv', 'time,value\n2023-02-28,1\n2023-02-29,1\n');
    await expect(runData('attach', prices, `fee=${series}`, '--out', out)).rejects.toThrow(
      `s.csv ${refusal('2023-02-29', 'a time (epoch number or ISO text) for time')}`,
    );
    for (const [line, what, text] of [
      ['2023-02-30,A,B,1', 'a time (epoch number or ISO text)', '2023-02-30'],
      ['2023-02-28 00:01,A,B,0x10', 'a finite number', '0x10'],
    ]) {
      const trades = folder.write('t.csv', `time,in,out,amount\n2023-02-28,A,B,1\n${line}\n`);
      await expect(runData('attach', prices, '--trades', trades, '--out', out)).rejects.toThrow(
        `t.csv ${refusal(text, what)}`,
      );
    }
  });

  it('as the start of a synthetic dataset', async () => {
    const args = ['--assets', 'A', '--days', '1', '--start', '2023-02-29', '--out', folder.path('o.arrow')];
    await expect(runData('synth', ...args)).rejects.toThrow(
      "--start: expected a date such as 2024-01-01, got '2023-02-29'",
    );
  });
});
