/** Floor 2. The system that does nothing but watch its source: prices on their own. */
import type { System } from './model.js';

export const watch: System = {
  name: 'watch',
  doc: 'prices on their own',
  settings: {},
  parameters: () => ({}),
  reads: ['prices'],
  observes: { prices: 'one an asset, in the numéraire' },
  run: () => ({
    init: () => [],
    step: (state) => state,
    observe: (_state, now) => ({ prices: now.prices }),
  }),
};
