/** Amounts of memory as people write them. */
import { expect, it } from 'vitest';
import { memoryBytes } from '../../src/config/fields.js';

it.each([
  ['2GB', 2e9],
  ['512MiB', 512 * 2 ** 20],
  ['1.5 tb', 1.5e12],
  ['1TiB', 2 ** 40],
  ['3 apples', Number.NaN],
  [4e6, 4e6],
])('%s is %d bytes', (given, bytes) => expect(memoryBytes(given)).toBe(bytes));
