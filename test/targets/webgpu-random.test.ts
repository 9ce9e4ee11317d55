/**
 * Random programs on the webgpu target and on the reference in float32. What WGSL lets a device compute otherwise, a program
 * may make anything of: a comparison may turn. So the reference runs with inputs that are off by some roundings, too, and the
 * device has to be as near to it as these runs are to each other.
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { print } from '../../src/graph/index.js';
import { reference } from '../../src/targets/reference/index.js';
import type { Inputs } from '../../src/targets/target.js';
import { randomRun } from './random-programs.js';
import { device, missing, runOn } from './webgpu-device.js';

/** Relative: some roundings of float32. */
const OFF = 5e-7;
const RUNS = 8;
/** How many times as far from the reference as its other runs are the device may be; they are few. */
const FARTHER = 4;

/** The same inputs, each number off by up to OFF. */
const shaken = (inputs: Inputs, run: number): Inputs => ({
  ...inputs,
  buffers: Object.fromEntries(
    Object.entries(inputs.buffers).map(([name, values]) => [
      name,
      values.map((x, i) => x * (1 + OFF * Math.sin(7919 * (i + 1) * run))),
    ]),
  ),
});

/** Of ordinary size: what begins as a subnormal number WGSL may take for 0. */
const value = fc.integer({ min: -3000, max: 3000 }).map((k) => (k + 0.5) / 997);

it.skipIf(missing)('random programs stay as near to the reference as roundings let them', async () => {
  let compared = 0;
  let all = 0;
  for (const { program, inputs } of fc.sample(randomRun(5, value), { numRuns: 60, seed: 7 })) {
    const plain = reference.compile(program, { precision: 'float32' });
    const wanted = plain.run(inputs);
    const others = Array.from({ length: RUNS }, (_, i) => plain.run(shaken(inputs, i + 1)));
    const executable = device().compile(program);
    const got = await runOn(executable, inputs);
    executable.dispose();
    wanted.out.forEach((v, i) => {
      all++;
      const spread = Math.max(...others.map((o) => Math.abs(o.out[i] - v)));
      // infinite, NaN, or so large that a device's own way may overflow
      if (!(spread <= 1e30) || Math.abs(v) > 1e30) return;
      compared++;
      const allowed = FARTHER * spread + 100 * OFF * Math.abs(v) + 1e-30;
      if (Math.abs(got.out[i] - v) <= allowed) return;
      expect.fail(`out[${i}]: ${v} was expected, within ${allowed}, got ${got.out[i]} of\n${print(program)}`);
    });
  }
  expect(compared).toBeGreaterThan(all / 2);
});
