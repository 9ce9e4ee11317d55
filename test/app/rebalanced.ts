/** A system of one's own in a file: equal shares of some assets, restored at a cost; and an objective that reads it. */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { root } from '../cli/run.js';

const entry = JSON.stringify(join(root, 'src/index.ts'));

const SYSTEM = `import { dot, identity, maximum, positive, sum, where } from ${entry};
const number = { shape: 'scalar', range: [0, 1], unit: '1', trainable: true };
export default {
  name: 'rebalanced',
  doc: 'equal shares, restored beyond a threshold',
  settings: {},
  parameters: () => ({
    threshold: { ...number, transform: positive, default: 0.05, trainable: false, doc: 'of a share' },
    cost: { ...number, transform: identity, default: 0.002, doc: 'of what is traded' },
  }),
  reads: ['prices'],
  observes: { value: 'worth of what is held' },
  run: (c) => ({
    init: ({ prices }) => ({ held: prices.map((p) => p.reciprocal()) }),
    step({ held }, { now: { prices } }) {
      const value = dot(held, prices);
      const shares = held.map((h, i) => h.mul(prices[i]).div(value));
      const moved = sum(shares.map((s) => s.sub(1 / c.n).abs()));
      const left = value.mul(moved.mul(c.value.cost[0]).neg().add(1));
      const far = maximum(shares).sub(1 / c.n).greater(c.value.threshold[0]);
      return { held: held.map((h, i) => where(far, left.div(prices[i].mul(c.n)), h)) };
    },
    observe: ({ held }, { prices }) => ({ value: [dot(held, prices)] }),
    // what is traded is worth the same but for what it costs
    identities(before, after, { now: { prices } }) {
      const [was, is] = [before, after].map(({ held }) => dot(held, prices));
      const shares = before.held.map((h, i) => h.mul(prices[i]).div(was));
      const moved = sum(shares.map((x) => x.sub(1 / c.n).abs()));
      const far = maximum(shares).sub(1 / c.n).greater(c.value.threshold[0]);
      const left = where(far, was.mul(moved.mul(c.value.cost[0]).neg().add(1)), was);
      return { worth: { difference: is.sub(left), scale: was } };
    },
  }),
};
`;

const OBJECTIVE = `export default {
  name: 'growth', doc: 'logarithm of the growth of the value', reads: ['value'], every: 0,
  score: ({ first, last }) => last.value[0].div(first.value[0]).log(),
};
`;

/**
 * A folder, seen from the working directory, with system.mjs, growth.mjs, walk.yaml and c.yaml: the system on hours that gbm
 * draws. It is in the checkout: files elsewhere would import a second copy of the sources.
 */
export function folderOfRebalanced(): string {
  mkdirSync(join(root, 'out'), { recursive: true });
  const folder = relative('', mkdtempSync(join(root, 'out/systems-')));
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
  write('system.mjs', SYSTEM);
  write('growth.mjs', OBJECTIVE);
  write('walk.yaml', 'kind: gbm\nsigma: [0.6, 0.9]\n');
  write('c.yaml', CONFIG);
  return folder;
}

export const CONFIG = `data:
  model: walk.yaml
  assets: [A, B]
  interval: 1h
  scenarios: { train: 16, validation: 8, test: 24, length: 5d }
system: { kind: ./system.mjs, cost: { value: 0.01, bounds: [0.0005, 0.02] } }
objective: ./growth.mjs
train: { sets: 2, windows: 4, iterations: 6, checkpointEvery: 2, validateEvery: 2 }
run: { device: wasm, threads: 1 }
`;
