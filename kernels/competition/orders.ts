/** Floor 3. What the challenge's market sends, without pools: the same draws as in the game, to be replayed elsewhere. */
import { constant, integer, where } from '../../src/graph/index.js';
import type { System } from '../../src/rollout/model.js';
import { drawnOrders, MOST_ORDERS } from './system.js';

export const challengeOrders: System<readonly []> = {
  name: 'challenge-orders',
  doc: 'prices and orders of the AMM challenge, without pools',
  settings: {},
  parameters: () => ({}),
  reads: ['prices', 'arrivals', 'size'],
  observes: {
    price: 'price of X in Y',
    buys: 'of each order, 1 where it buys X',
    sizes: 'of each order, its size in Y; 0 where there is none',
  },
  run: (c) => ({
    init: () => [],
    step: (state) => state,
    observe: (_state, now, t) => {
      // before the first step nothing comes
      const first = typeof t === 'number';
      const places = Array.from({ length: MOST_ORDERS }, (_, i) => i);
      const at = first ? null : drawnOrders(c, t.sub(1), now.arrivals[0], now.size[0]).at;
      const orders = places.map((i) => at?.(integer(i)) ?? null);
      return {
        price: now.prices,
        buys: orders.map((o) => (o === null ? constant(0) : where(o.buys, constant(1), 0))),
        sizes: orders.map((o) => o?.size ?? constant(0)),
      };
    },
  }),
};
