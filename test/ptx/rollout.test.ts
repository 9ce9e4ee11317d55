/** Roll-outs of a few models and their gradients: emitted PTX, executed, has the bits of the reference target. */
import { describe, it } from 'vitest';
import type { Precision } from '../../src/graph/index.js';
import { FEW } from './cases.js';
import { expectReferenceBits } from './rollout.js';

describe.each<Precision>(['float64', 'float32'])('executed PTX has the bits of the reference in %s', (precision) => {
  it.each(FEW)('$name, $assets assets', (c) => expectReferenceBits(c, precision));
});
