/** The time between rows of a path that nobody asked for. */
import { expect, it } from 'vitest';
import { rowsBetween } from '../../src/app/every.js';

it('is an hour where that gives a hundred rows, else less, and never under a step', () => {
  expect(rowsBetween(undefined, 60_000, 6000)).toBe(60);
  expect(rowsBetween(undefined, 60_000, 1000)).toBe(10);
  expect(rowsBetween(undefined, 1000, 30)).toBe(1);
  expect(rowsBetween(undefined, 86_400_000, 365)).toBe(1);
  expect(rowsBetween(5, 60_000, 30)).toBe(5);
});
