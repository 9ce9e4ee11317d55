/** The self-test of a device: that it passes where bits are right, and that what it compares is alive. */
import { describe, expect, it } from 'vitest';
import { reference } from '../../src/targets/reference/index.js';
import { SELF_TEST, SELF_TEST_INPUTS, selfTest } from '../../src/targets/self-test.js';
import type { Outputs, SynchronousTarget } from '../../src/targets/target.js';
import { wasm } from '../../src/targets/wasm/index.js';
import { interpreter } from '../ptx/target.js';

/** The reference, with results that something else happens to. */
const spoilt = (spoil: (outputs: Outputs) => void): SynchronousTarget => ({
  ...reference,
  compile(program, options) {
    const executable = reference.compile(program, options);
    return {
      ...executable,
      run(inputs) {
        const outputs = executable.run(inputs);
        spoil(outputs);
        return outputs;
      },
    };
  },
});

describe('the self-test', () => {
  it.each([wasm, interpreter()])('passes on $name', (target) => {
    for (const precision of target.precisions) expect(selfTest(target, precision)).toBe(null);
  });

  it.each(reference.precisions)('compares finite numbers in %s, another one in every lane', (precision) => {
    const outputs = reference.compile(SELF_TEST, { precision }).run(SELF_TEST_INPUTS);
    expect(Object.keys(outputs).sort()).toEqual(['d.x', 'y']);
    for (const values of Object.values(outputs)) {
      expect(values.every((v) => Number.isFinite(v) && v !== 0)).toBe(true);
      expect(new Set(values).size).toBe(values.length);
    }
  });

  it('sees a difference in the last bit of one lane', () => {
    const last = (outputs: Outputs) => {
      outputs['d.x'][7] *= 1 + 2 ** -52;
    };
    expect(selfTest(spoilt(last))).toMatch(/^its self-test gives .* for .* \(d.x, lane 7\)$/);
  });

  it('tells the precision in which a difference shows', () => {
    const last = (outputs: Outputs) => {
      outputs.y[3] *= 1 + 2 ** -23;
    };
    expect(selfTest(spoilt(last), 'float32')).toMatch(/^its self-test in float32 gives .* for .* \(y, lane 3\)$/);
  });

  it('tells what a target throws', () => {
    const broken = spoilt(() => {
      throw new Error('out of order');
    });
    expect(selfTest(broken)).toBe('its self-test fails: out of order');
  });
});
