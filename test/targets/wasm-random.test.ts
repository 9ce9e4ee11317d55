/** Random programs: the wasm target against the reference, bit for bit. */
import { expect, it } from 'vitest';
import { wasm } from '../../src/targets/wasm/index.js';
import { agreeOnRandomPrograms } from './random-programs.js';

it('random programs give the bits of the reference', () => {
  expect(() => agreeOnRandomPrograms(wasm, 300)).not.toThrow();
});
