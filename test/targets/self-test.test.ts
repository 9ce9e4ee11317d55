/** The self-test of a device: that it passes where bits are right, and that what it compares is alive. */
import { describe, expect, it } from 'vitest';
import { reference } from '../../src/targets/reference/index.js';
import { SELF_TEST, SELF_TEST_INPUTS, selfTest } from '../../src/targets/self-test.js';
import type { Outputs, Target } from '../../src/targets/target.js';
import { wasm } from '../../src/targets/wasm/index.js';
import { interpreter } from '../ptx/target.js';

/** The reference, with results that something else happens to. */
const spoilt = (spoil: (outputs: Outputs) => void): Target => ({
  ...reference,
  compile(program) {
    const executable = reference.compile(program);
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
  it.each([wasm, interpreter(false), interpreter(true)])('passes on $name', (target) => {
    expect(selfTest(target)).toBe(null);
  });

  it('compares finite numbers, another one in every lane', () => {
    const outputs = reference.compile(SELF_TEST).run(SELF_TEST_INPUTS);
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

  it('tells what a target throws', () => {
    const broken = spoilt(() => {
      throw new Error('out of order');
    });
    expect(selfTest(broken)).toBe('its self-test fails: out of order');
  });
});
