/** Floor 2. The system that does nothing but watch its source: prices on their own. */
import type { Names, System } from './model.js';

/** Watches what its source shows: rows by name. */
export const watching = (rows: Names): System => ({
  name: 'watch',
  doc: 'prices on their own',
  settings: {},
  parameters: () => ({}),
  reads: Object.keys(rows),
  observes: rows,
  run: () => ({
    init: () => [],
    step: (state) => state,
    observe: (_state, now) => Object.fromEntries(Object.keys(rows).map((name) => [name, now[name]])),
  }),
});

export const watch = watching({ prices: 'one an asset, in the numéraire' });
