/** Floor 3. What a maker's policy quotes at every inventory in every state, on plain numbers: at the start of its time. */
import { buffer, constant, emit, trace } from '../../src/graph/index.js';
import type { ParameterLayout } from '../../src/rollout/layout.js';
import { PARAMETERS } from '../../src/rollout/names.js';
import { contexts, type RolloutSpec } from '../../src/rollout/spec.js';
import { reference } from '../../src/targets/reference/index.js';
import { maker, quotesOf } from './maker.js';

/** Rows [state][q − qMin]. */
export interface Quoted {
  /** Offsets in money; null where the inventory allows none. */
  readonly bid: readonly (readonly (number | null)[])[];
  readonly ask: readonly (readonly (number | null)[])[];
  /** Rates of taking towards no inventory, a second. */
  readonly take: readonly (readonly number[])[];
}

/** @param raw one set, as the layout has it; the settings are complete */
export function quotedBy(
  { settings, assets, clock }: Pick<RolloutSpec, 'settings' | 'assets' | 'clock'>,
  layout: ParameterLayout,
  raw: Float64Array,
): Quoted {
  const { qMin, qMax, states } = settings;
  const n = qMax - qMin + 1;
  const program = trace('quotes', () => {
    const { value } = contexts(assets.length, layout, clock)(maker, settings);
    const law = quotesOf(value, settings);
    const out = buffer('output', 'quotes', 3 * n * states);
    for (let i = 0; i < n * states; i++) {
      const seen = { q: constant(qMin + (i % n)), state: constant(Math.floor(i / n)), elapsed: constant(0) };
      const { bid, ask, take } = law(seen);
      [bid, ask, take ?? constant(0)].forEach((x, k) => {
        emit(out, 3 * i + k, x);
      });
    }
  });
  const executable = reference.compile(program);
  const inputs = { sets: 1, windows: 1, run: {}, window: {}, buffers: { [PARAMETERS]: raw } };
  const { quotes } = executable.run(inputs);
  executable.dispose();
  const rows = <T>(of: (i: number, at: number) => T): T[][] =>
    Array.from({ length: states }, (_, j) => Array.from({ length: n }, (__, i) => of(i, 3 * (j * n + i))));
  return {
    bid: rows((i, at) => (i < n - 1 ? quotes[at] : null)),
    ask: rows((i, at) => (i > 0 ? quotes[at + 1] : null)),
    take: rows((_, at) => quotes[at + 2]),
  };
}
