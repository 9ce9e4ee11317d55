/** Floor 3. What a maker of several assets quotes at given inventories, on plain numbers. */
import { buffer, constant, emit, trace } from '../../../src/graph/index.js';
import type { ParameterLayout } from '../../../src/rollout/layout.js';
import { PARAMETERS } from '../../../src/rollout/names.js';
import { contexts, type RolloutSpec } from '../../../src/rollout/spec.js';
import { reference } from '../../../src/targets/reference/index.js';
import { maker, severalQuotesOf } from '../maker.js';

/** Offsets [place][asset]; null where the inventory allows none. */
export interface SeveralQuoted {
  readonly bid: readonly (readonly (number | null)[])[];
  readonly ask: readonly (readonly (number | null)[])[];
}

/** @param raw one set, as the layout has it; the settings are complete */
export function severalQuotedBy(
  { settings, assets, clock }: Pick<RolloutSpec, 'settings' | 'assets' | 'clock'>,
  layout: ParameterLayout,
  raw: Float64Array,
  places: readonly (readonly number[])[],
): SeveralQuoted {
  const n = assets.length;
  const program = trace('quotes', () => {
    const { value } = contexts(n, layout, clock)(maker, settings);
    const law = severalQuotesOf(value, settings);
    const out = buffer('output', 'quotes', 2 * n * places.length);
    places.forEach((q, p) => {
      const { bid, ask } = law(q.map((x) => constant(x)));
      [...bid, ...ask].forEach((x, k) => {
        emit(out, 2 * n * p + k, x);
      });
    });
  });
  const executable = reference.compile(program);
  const inputs = { sets: 1, windows: 1, run: {}, window: {}, buffers: { [PARAMETERS]: raw } };
  const { quotes } = executable.run(inputs);
  executable.dispose();
  const rows = (side: 0 | 1, limit: number) =>
    places.map((q, p) => q.map((x, i) => (x === limit ? null : quotes[2 * n * p + side * n + i])));
  return { bid: rows(0, settings.qMax), ask: rows(1, settings.qMin) };
}
