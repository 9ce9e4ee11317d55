/** What the tests of exact targets share: two targets agree to the bit, whatever the number of threads. */
import { expect } from 'vitest';
import type { Precision, Program } from '../../src/graph/index.js';
import { reference } from '../../src/targets/reference/index.js';
import type { Inputs, Outputs, SynchronousTarget } from '../../src/targets/target.js';

/** The bits of every value; all NaN count as one. */
export function bits(values: Float64Array): bigint[] {
  return [...new BigInt64Array(Float64Array.from(values, (v) => (Number.isNaN(v) ? Number.NaN : v)).buffer)];
}

export function expectSameBits(actual: Outputs, wanted: Outputs): void {
  expect(Object.keys(actual).sort()).toEqual(Object.keys(wanted).sort());
  for (const [name, values] of Object.entries(wanted)) {
    const [a, b] = [bits(actual[name]), bits(values)];
    expect(a.length).toBe(b.length);
    const at = a.findIndex((x, i) => x !== b[i]);
    if (at >= 0) expect.fail(`${name}[${at}]: ${values[at]} was expected, got ${actual[name][at]}`);
  }
}

/** Runs a program on the reference target and on another one, expects equal bits, gives the outputs. */
export function agree(
  target: SynchronousTarget,
  program: Program,
  inputs: Inputs,
  threads = [1, 2],
  precision: Precision = 'float64',
): Outputs {
  const wanted = reference.compile(program, { precision }).run(inputs);
  for (const count of threads) {
    const executable = target.compile(program, { threads: count, precision });
    expectSameBits(executable.run(inputs), wanted);
    executable.dispose();
  }
  return wanted;
}
