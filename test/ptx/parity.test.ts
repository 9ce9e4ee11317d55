/** Emitted PTX, executed, against the reference target: every op, control flow, memory, random programs, all to the bit. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { adjoint, type Precision, type Program, type Strategy, segmentInput } from '../../src/graph/index.js';
import type { Inputs } from '../../src/targets/target.js';
import { type Nest, nest, nestedProgram } from '../graph/random.js';
import { agree } from '../targets/agreement.js';
import { SAMPLES, SAMPLES_F32 } from '../targets/programs.js';
import { interpreter, SELDOM } from './target.js';

/** In launches of few steps, and in such that no step of a loop ends; in such that compute again whatever they can. */
function same(precision: Precision, program: Program, inputs: Inputs) {
  agree(interpreter(), program, inputs, [1], precision);
  agree(interpreter({ crowded: true }), program, inputs, [1], precision);
  return agree(interpreter({ steps: SELDOM }), program, inputs, [1], precision);
}

describe.each([
  { precision: 'float64', samples: SAMPLES },
  { precision: 'float32', samples: SAMPLES_F32 },
] as const)('executed PTX has the bits of the reference in $precision', ({ precision, samples }) => {
  it.each(samples)('$name', ({ program, runs }) => {
    for (const inputs of runs) {
      const outputs = same(precision, program, inputs);
      // what is compared is alive: some lane has another number than the first one
      const values = Object.values(outputs).flatMap((o) => [...o]);
      expect(new Set(values).size).toBeGreaterThan(inputs.sets * inputs.windows > 1 ? 1 : 0);
    }
  });
});

describe.each<Precision>(['float64', 'float32'])('random nests of scans in %s', (precision) => {
  const value = fc.double({ min: -2, max: 2, noNaN: true });
  const check = (test: (spec: Nest, inputs: Inputs) => void, numRuns: number) =>
    fc.assert(
      fc.property(nest, fc.array(value, { minLength: 9, maxLength: 9 }), (spec, p) => {
        test(spec, { sets: 3, windows: 1, run: { N: spec.steps }, window: {}, buffers: { p: Float64Array.from(p) } });
      }),
      { numRuns, seed: 11 },
    );

  it('have the bits of the reference', () => {
    check((spec, inputs) => same(precision, nestedProgram(spec), inputs), 60);
  });

  it.each<[Strategy, Strategy]>([
    ['storeAll', 'storeAll'],
    ['segments', 'storeAll'],
    ['segments', 'segments'],
  ])('and so have their adjoints, outer loop %s, inner %s', (outer, inner) => {
    check((spec, inputs) => {
      const program = adjoint(nestedProgram(spec), { wrt: ['p'], seeds: { loss: 'one' }, strategy: { outer, inner } });
      for (const k of [1, 2, 20]) {
        const segments = { [segmentInput('outer')]: k, [segmentInput('inner')]: Math.max(1, k - 1) };
        same(precision, program, { ...inputs, run: { ...inputs.run, ...segments } });
      }
    }, 15);
  });
});
