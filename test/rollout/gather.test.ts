/** What windows say of the rows of a rule, added up: against plain loops, to the bit, on all exact targets. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { verify } from '../../src/graph/index.js';
import { BASES, READERS, readersOf, SUMMED, segmentSumProgram, slotsOf, WEIGHTS } from '../../src/pools/segment-sum.js';
import { reference } from '../../src/targets/reference/index.js';
import type { Inputs } from '../../src/targets/target.js';
import { wasm } from '../../src/targets/wasm/index.js';
import { interpreter } from '../ptx/target.js';
import { expectSameBits } from '../targets/agreement.js';
import { numbers } from '../targets/programs.js';

const NAMES = ['d.rule', 'd.start'];

/** Of each source, how many rows a window has read. */
function inputsOf(n: number, sets: number, bases: Int32Array, rows: number, slots: readonly number[]): Inputs {
  const windows = bases.length;
  const weights = numbers(windows * sets).map((w, k) => (k % 5 === 3 ? 0 : w));
  if (weights.length > 7) weights[7] = Number.NaN;
  const sources = slots.map((k, i) => {
    const values = numbers(k * n * windows * sets + i).subarray(i);
    // what does not count may be no number
    return [NAMES[i], values.map((v, j) => (weights[j] === 0 ? Number.NaN : v))];
  });
  const run = Object.fromEntries(slots.map((k, i) => [slotsOf(NAMES[i]), k]));
  return {
    sets,
    windows: 1,
    run: { rows, windows, ...run },
    window: {},
    buffers: {
      ...Object.fromEntries(sources),
      [WEIGHTS]: weights,
      [BASES]: Float64Array.from(bases),
      [READERS]: readersOf(bases, Math.max(...slots), rows),
    },
  };
}

function plain(n: number, bases: Int32Array, { sets, run, buffers }: Inputs, slots: readonly number[]): Float64Array {
  const total = new Float64Array(run.rows * n * sets);
  slots.forEach((count, k) => {
    const source = buffers[NAMES[k]];
    bases.forEach((base, w) => {
      for (let slot = 0; slot < count && base + slot < run.rows; slot++) {
        for (let i = 0; i < n; i++) {
          for (let s = 0; s < sets; s++) {
            const weight = buffers[WEIGHTS][w * sets + s];
            const said = source[((slot * n + i) * bases.length + w) * sets + s];
            if (weight !== 0) total[((base + slot) * n + i) * sets + s] += weight * said;
          }
        }
      }
    });
  });
  return total;
}

describe('the gather', () => {
  it.each([
    { n: 1, sets: 1, bases: [0], rows: 4, slots: [4] },
    { n: 2, sets: 3, bases: [1, 1, 2, 6, 9], rows: 13, slots: [4] },
    { n: 3, sets: 4, bases: [5, 0, 7, 2], rows: 9, slots: [6, 1] },
    { n: 2, sets: 5, bases: [3, 3, 0], rows: 5, slots: [1, 1] },
  ])('of windows at $bases is what loops give', ({ n, sets, bases, rows, slots }) => {
    const program = segmentSumProgram(n, NAMES.slice(0, slots.length));
    verify(program);
    const first = Int32Array.from(bases);
    const inputs = inputsOf(n, sets, first, rows, slots);
    const wanted = { [SUMMED]: plain(n, first, inputs, slots) };
    for (const target of [reference, wasm, interpreter()]) {
      const executable = target.compile(program, { threads: 2 });
      expectSameBits(executable.run(inputs), wanted);
      executable.dispose();
    }
    expect(wanted[SUMMED].some((x) => x !== 0 && Number.isFinite(x))).toBe(true);
  });

  it('asks of each row all windows that read it, where they ascend no other', () => {
    const windows = fc.array(fc.nat(12), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(windows, fc.integer({ min: 1, max: 6 }), fc.boolean(), (given, slots, sorted) => {
        const bases = Int32Array.from(given);
        if (sorted) bases.sort();
        const rows = 20;
        const readers = readersOf(bases, slots, rows);
        for (let r = 0; r < rows; r++) {
          const asked = [...bases.keys()].slice(readers[2 * r], readers[2 * r + 1]);
          const reading = [...bases.keys()].filter((w) => bases[w] <= r && r < bases[w] + slots);
          expect(asked).toEqual(sorted ? reading : expect.arrayContaining(reading));
        }
      }),
      { seed: 5 },
    );
  });
});
