/** Roll-outs as executed PTX beside the reference target, for tests. */
import { expect } from 'vitest';
import type { Precision } from '../../src/graph/index.js';
import { reference } from '../../src/targets/reference/index.js';
import { expectSameBits } from '../targets/agreement.js';
import { answers, type Case, SETS } from './cases.js';
import { interpreter } from './target.js';

/** The bits of all answers, and that the answers are worth comparing: finite, and another one in every set. */
export function expectReferenceBits(c: Case, precision: Precision): void {
  const wanted = answers(c, reference, precision);
  expectSameBits(answers(c, interpreter(), precision), wanted);
  // what many assets show of repetitions where registers are few, two do as well
  if (c.assets <= 2) expectSameBits(answers(c, interpreter({ crowded: true }), precision), wanted);
  expect(wanted['all gradient'].every((g) => Number.isFinite(g))).toBe(true);
  const columns = Array.from({ length: wanted['all gradient'].length / SETS }, (_, k) =>
    wanted['all gradient'].slice(k * SETS, (k + 1) * SETS),
  );
  expect(columns.some((bySet) => new Set(bySet).size === SETS)).toBe(true);
  expect(new Set(wanted.objective).size).toBe(SETS);
}
