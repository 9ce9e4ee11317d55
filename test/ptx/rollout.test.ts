/** Roll-outs of all shipped models and their gradients: emitted PTX, executed, has the bits of the reference target. */
import { describe, expect, it } from 'vitest';
import type { Precision } from '../../src/graph/index.js';
import { reference } from '../../src/targets/reference/index.js';
import { expectSameBits } from '../targets/agreement.js';
import { answers, CASES, SETS } from './cases.js';
import { interpreter } from './target.js';

describe.each<Precision>(['float64', 'float32'])('executed PTX has the bits of the reference in %s', (precision) => {
  it.each(CASES)('$name, $assets assets', (c) => {
    const wanted = answers(c, reference, precision);
    expectSameBits(answers(c, interpreter(false), precision), wanted);
    // what many assets show of pauses, two do as well
    if (c.assets <= 2) expectSameBits(answers(c, interpreter(true), precision), wanted);
    // what is compared is alive: finite, and another one in every set
    expect(wanted['all gradient'].every((g) => Number.isFinite(g))).toBe(true);
    const columns = Array.from({ length: wanted['all gradient'].length / SETS }, (_, k) =>
      wanted['all gradient'].slice(k * SETS, (k + 1) * SETS),
    );
    expect(columns.some((bySet) => new Set(bySet).size === SETS)).toBe(true);
    expect(new Set(wanted.objective).size).toBe(SETS);
  });
});
