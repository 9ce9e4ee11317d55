/** Floor 3. A fee that jumps with the size r = y/Y of a trade and falls back: max(base + linear·r + quadratic·r², decay·fee). */
import type { FeeLaw } from '../law.js';
import { amount } from '../parameters.js';

export const spike: FeeLaw = {
  name: 'spike',
  doc: 'the fee jumps with the size of a trade, and falls back from trade to trade',
  parameters: {
    base: amount({ range: [0, 0.1], default: 0.003, doc: 'The least fee.' }),
    linear: amount({ default: 0.5, doc: 'Fee for each part of the reserve of Y that is traded.' }),
    quadratic: amount({ default: 1, doc: 'Fee for the square of that part.' }),
    decay: amount({ range: [0, 1], default: 0.8, doc: 'What is left of a fee at the next trade.' }),
  },
  start: (c) => ({ bid: c.value.base[0], ask: c.value.base[0], memory: {} }),
  after(c, quote, trade) {
    const [base, linear, quadratic, decay] = [c.value.base, c.value.linear, c.value.quadratic, c.value.decay].map(
      ([v]) => v,
    );
    const r = trade.y.div(trade.reserves.y);
    const fee = base.add(r.mul(linear.add(r.mul(quadratic)))).maximum(quote.bid.mul(decay));
    return { bid: fee, ask: fee, memory: {} };
  },
};
