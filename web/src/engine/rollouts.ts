/** Floor 7. Compiled roll-outs, kept from question to question: a slider moves parameters, for which nothing is compiled anew. */
import { createPoolRollout, type PoolRollout, type PoolSpec, wasm } from 'poolgrad/browser';
import type { Opened } from './opened.js';

/** Roll-outs that are kept at most; the one used longest ago goes first. */
const KEPT = 4;
/** Bytes that the tape of a gradient may take. */
const MEMORY = 512e6;

/** What a roll-out's programs and data are made of: all of a config but values of parameters. */
function keyOf({ config, spec, dataset }: Opened): string {
  const { pool, rule, feeLaw, flow, plain, assets, clock } = config;
  const models = [pool, rule, feeLaw, flow].map((model) => model && [model.kind, model.settings]);
  const { settings, value, blocks, series, zeroFee } = spec;
  return JSON.stringify([
    dataset.hash,
    assets,
    clock,
    models,
    settings,
    value,
    blocks,
    series,
    zeroFee,
    plain.objective,
  ]);
}

/** The last few of what is made of a config, by what it is made of; `more` is the same for the same config. */
export function keeping<T extends { dispose(): void }, More extends unknown[]>(
  make: (opened: Opened, ...more: More) => T,
): (opened: Opened, ...more: More) => T {
  const kept = new Map<string, T>();
  return (opened, ...more) => {
    const key = keyOf(opened);
    const found = kept.get(key) ?? make(opened, ...more);
    kept.delete(key);
    kept.set(key, found);
    if (kept.size > KEPT) {
      const [oldest, unused] = kept.entries().next().value as [string, T];
      kept.delete(oldest);
      unused.dispose();
    }
    return found;
  };
}

/** The roll-out of a config. */
export const rolloutOf: (opened: Opened) => PoolRollout = keeping(({ spec, dataset }) =>
  createPoolRollout(spec, dataset, wasm, { threads: 1, memory: MEMORY }),
);

/** The roll-out of another pool that belongs to a config, of which there is one. */
export const rivalRolloutOf = keeping(({ dataset }, spec: PoolSpec) =>
  createPoolRollout(spec, dataset, wasm, { threads: 1 }),
);
