/** A model of each kind as a user would write it into a file, over twenty synthetic days: for tests in process. */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { createDataset } from '../../src/data/dataset.js';
import { saveDataset } from '../../src/data/dataset-file.js';
import { root } from '../cli/run.js';

const entry = JSON.stringify(join(root, 'src/index.ts'));
const parameter = (text: string) =>
  `{ shape: 'scalar', transform: powerOfTwo, range: [1e-9, 1e3], unit: '1', trainable: true, doc: 'of a test', ${text} }`;

const pool = `import { constant, sigmoid } from ${entry};
export default {
  name: 'still', doc: 'holds its assets, and asks a fee of who comes',
  parameters: () => ({ fee: { shape: 'scalar', transform: sigmoid, range: [0, 0.5], unit: '1', default: 0.01, trainable: true, needsFlow: true, doc: 'fee' } }),
  init: (c, m, value) => ({ held: m.prices.map((p) => value.div(c.n).div(p)) }),
  reserves: (s) => s.held,
  value: (_c, s, prices) => prices.map((p, i) => p.mul(s.held[i])).reduce((a, b) => a.add(b)),
  arbitrage: (_c, s) => ({ state: s, fees: constant(0) }),
  orderCost: (c) => ({ cost: c.value.fee[0], fee: c.value.fee[0] }),
  scale: (s, factor) => ({ held: s.held.map((x) => x.mul(factor)) }),
};`;

const rule = `import { powerOfTwo } from ${entry};
export default {
  name: 'crossover', doc: 'weights follow the gap of a price and its average',
  parameters: () => ({ k: { ...${parameter('default: 1')}, shape: 'asset' } }),
  init: (_c, prices) => ({ slow: prices }),
  step(c, carry, prices) {
    const slow = carry.slow.map((s, i) => s.add(prices[i].sub(s).div(5)));
    const z = prices.map((p, i) => p.div(slow[i]).log().mul(c.value.k[i]));
    const mean = z.reduce((a, b) => a.add(b)).div(c.n);
    return { carry: { slow }, output: z.map((x) => x.sub(mean)) };
  },
};`;

const flow = `import { constant, powerOfTwo } from ${entry};
export default {
  name: 'linear', doc: 'volume that falls in a line', parameters: { most: ${parameter('default: 1e-3')} },
  volume: (c, cost, activity) => c.value.most[0].mul(activity).mul(cost.mul(-20).add(1).maximum(0)),
  orderSize: () => constant(0.01),
};`;

const feeLaw = `import { constant, powerOfTwo } from ${entry};
export default {
  name: 'last', doc: 'the fee rises with the last move', parameters: { slope: ${parameter('default: 0.1, needsFlow: true')} },
  init: () => constant(0),
  fee: (c, base, move) => base.add(move.mul(c.value.slope[0])).minimum(0.1),
  step: (_c, _move, seen) => seen.variance.sqrt(),
};`;

const objective = `export default { name: 'log_growth', doc: 'growth', reads: ['value'], every: 60, score: (c) => c.last.value[0].div(c.first.value[0]).log() };`;
const penalty = `export default { name: 'distance', doc: 'from the start', reads: ['value'], score: (c) => c.last.value[0].div(c.first.value[0]).log().square().neg() };`;

/** A folder of the checkout with these files and prices.arrow; the path is seen from the working directory. */
export async function folderOfModels(): Promise<string> {
  mkdirSync(join(root, 'out'), { recursive: true });
  const folder = mkdtempSync(join(root, 'out', 'own-'));
  const files = { pool, rule, flow, feeLaw, objective, penalty };
  for (const [name, code] of Object.entries(files)) writeFileSync(join(folder, `${name}.mjs`), code);
  const rows = 20 * 1440;
  const prices = Float64Array.from({ length: rows * 2 }, (_, k) => {
    const [t, i] = [Math.floor(k / 2), k % 2];
    return 100 * Math.exp(0.1 * Math.sin((t / 3000) * (i + 1)) + 0.002 * Math.sin(t * (1.7 + i)));
  });
  const shape = { assets: ['A', 'B'], start: Date.UTC(2024, 0, 1), interval: 60_000, rows };
  await saveDataset(join(folder, 'prices.arrow'), createDataset({ ...shape, prices, volume: null, meta: {} }));
  return relative(process.cwd(), folder);
}

/** A config over prices.arrow of that folder, small enough for tests. */
export const configOf = (models: string): string =>
  `data: prices.arrow
split: { burnInDays: 1 }
train: { windowDays: 2.5, schedule: constant, sets: 2, windows: 2, iterations: 4, validateEvery: 2 }
run: { device: wasm, threads: 1 }
${models}
`;
