/** Floor 3. Fees that never change: one for both sides, or one each. */
import type { Parameter } from '../../../src/rollout/model.js';
import type { FeeLaw } from '../law.js';
import { amount } from '../parameters.js';

const fee = (doc: string): Parameter => amount({ range: [0, 0.1], default: 0.003, doc });

export const fixed: FeeLaw = {
  name: 'fixed',
  doc: 'one fee',
  parameters: { fee: fee('Fee on what is paid in.') },
  start: (c) => ({ bid: c.value.fee[0], ask: c.value.fee[0], memory: {} }),
  after: (_c, quote) => quote,
};

export const fixedSides: FeeLaw = {
  name: 'fixed-sides',
  doc: 'one fee where the pool buys X, and one where it sells',
  parameters: { bid: fee('Fee where the pool buys X.'), ask: fee('Fee where the pool sells X.') },
  start: (c) => ({ bid: c.value.bid[0], ask: c.value.ask[0], memory: {} }),
  after: (_c, quote) => quote,
};
