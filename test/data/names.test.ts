import { describe, expect, it } from 'vitest';
import { isName } from '../../src/data/names.js';
import { parseNumberText, parseTimeOrEpoch } from '../../src/data/numbers.js';

describe('names of assets and series', () => {
  it.each([
    'BTC',
    '1INCH',
    'stETH',
    'WBTC.e',
    'USD₮0',
    'ETH/USD',
    'supply.BTC',
    'BTC-PERP',
    'café',
    'X'.repeat(64),
  ])('takes %s', (name) => {
    expect(isName(name)).toBe(true);
  });

  it.each([
    ['nothing', ''],
    ['a space', ' '],
    ['an outer space', 'BTC '],
    ['a comma', 'A,B'],
    ['an equals sign', 'A=B'],
    ['a line break', 'A\nB'],
    ['a line break at the end', 'A\n'],
    ['an escape sequence', '\u001b]0;x\u0007'],
    ['a C1 control', 'A\u009bB'],
    ['a bidi control', 'A\u202eB'],
    ['an invisible character', 'A\u200bB'],
    ['half of a surrogate pair', 'A\ud800'],
    ['a path', '../A'],
    ['what objects have', '__proto__'],
    ['65 letters', 'X'.repeat(65)],
  ])('refuses %s', (_, name) => {
    expect(isName(name)).toBe(false);
  });
});

describe('numbers in text', () => {
  it.each([
    ['100.00000000', 100],
    [' -12.5 ', -12.5],
    ['+1', 1],
    ['.5', 0.5],
    ['5.', 5],
    ['1e-3', 1e-3],
    ['1.5E+3', 1500],
  ])("reads '%s'", (text, value) => {
    expect(parseNumberText(text)).toBe(value);
  });

  it.each([
    '',
    ' ',
    '0x10',
    '0b1',
    '1_000',
    '1,5',
    '1 000',
    'Infinity',
    'NaN',
    '1e',
    '.',
    '-',
    '١٢',
  ])("takes no number from '%s'", (text) => {
    expect(parseNumberText(text)).toBeNaN();
  });

  it('reads epochs of any unit and ISO texts as times', () => {
    const ms = Date.UTC(2025, 0, 1);
    for (const text of ['1735689600', '1735689600000', '1735689600000000', '2025-01-01T00:00Z', '2025-01-01']) {
      expect(parseTimeOrEpoch(text)).toBe(ms);
    }
    expect(parseTimeOrEpoch('0x67748580')).toBeNaN();
  });
});
