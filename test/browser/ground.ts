/** A small pool with a fee on prices of some days, opened by the browser's library wherever that runs. */
import { sessionOn } from '../../src/app/prepared.js';
import type * as Library from '../../src/entries/browser.js';
import type { SynchronousTarget } from '../../src/targets/target.js';

const DAYS = 6;

/** Waves of different lengths: prices that move, the same ones everywhere. */
export function prices({ createDataset }: typeof Library): Library.Dataset {
  const rows = DAYS * 1440;
  const wave = (t: number, k: number) => 1 + 0.1 * Math.sin(t / (300 + 170 * k)) + 0.02 * Math.sin(t / (7 + k));
  return createDataset({
    assets: ['A', 'B'],
    start: Date.UTC(2024, 0, 1),
    interval: 60_000,
    rows,
    prices: Float64Array.from({ length: 2 * rows }, (_, i) => Math.fround(wave(Math.floor(i / 2), i % 2))),
    volume: null,
    meta: { numeraire: 'USD' },
  });
}

export const CONFIG = `
pool: {kind: tfmm, fee: 0.003}
rule: {kind: momentum, memoryDays: 0.5, maxMemoryDays: 2, chunkPeriod: 4h, weightInterpolationPeriod: 4h}
flow: {kind: elastic, v0: 0.001}
objective: returns
split: {burnInDays: 1}
train: {windowDays: 1, sets: 3, windows: 2, iterations: 4, validateEvery: 2}
`;

/** Objective and gradient of a window; on that target, or on the one that the library takes where it runs. */
export async function openIn(lib: typeof Library, target: SynchronousTarget | null) {
  const opened = lib.openInMemory(CONFIG, lib.registry, prices(lib));
  const session =
    target === null
      ? await lib.openInBrowser(opened)
      : sessionOn(opened, { target, why: '', cores: 1, exact: target, training: false, asConfigured: true });
  try {
    return session.rollout.gradient(session.initial, Int32Array.of(1440, 2880), 1440);
  } finally {
    session.rollout.dispose();
  }
}
