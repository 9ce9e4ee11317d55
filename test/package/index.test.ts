/** The package as a program of a user's sees it: what its entry exports, loads, and computes. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { registry } from '../../kernels/index.js';
import {
  createPoolRollout,
  loadDataset,
  reference,
  rolloutOp,
  selectAssets,
  UserError,
  wasm,
} from '../../src/index.js';
import { loadEngine } from '../../src/targets/tfjs/load.js';
import { VERSION } from '../../src/version.js';
import { derivative } from '../differences.js';
import { entries, root } from './pages.js';

const folder = mkdtempSync(join(tmpdir(), 'poolgrad-package-'));
afterAll(() => rmSync(folder, { recursive: true }));

it('says the version that package.json has', () => {
  expect(VERSION).toBe(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version);
});

it('compiles where optional packages were left out: none is imported by a literal name', () => {
  const { optionalDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const optional = Object.keys(optionalDependencies);
  expect(optional).toContain('webgpu');
  const imported = ['src', 'kernels', 'bench', 'web/src'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((path) => /\.tsx?$/.test(path))
      .flatMap((path) => [
        ...readFileSync(join(root, folder, path), 'utf8').matchAll(/(?:from |import\(|import )'([^']+)'/g),
      ])
      .map(([, name]) => name),
  );
  expect(imported.length).toBeGreaterThan(1000);
  expect(imported.filter((name) => optional.includes(name))).toEqual([]);
});

describe('the built package, installed in a folder', () => {
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(root, join(folder, 'node_modules/poolgrad'), 'dir');

  /** Runs a module in that folder; what it prints, parsed. */
  function run(code: string): unknown {
    writeFileSync(join(folder, 'program.mjs'), code);
    const { stdout, stderr } = spawnSync(process.execPath, ['program.mjs'], { cwd: folder, encoding: 'utf8' });
    expect(stderr).toBe('');
    return JSON.parse(stdout);
  }

  const loaded = `
    import { createRequire } from 'node:module';
    const modules = () => Object.keys(createRequire(import.meta.url).cache).filter((m) => /tfjs-core/.test(m)).length;`;

  it('does not import TensorFlow.js until it is asked for', () => {
    const counts = run(`${loaded}
      const { loadEngine } = await import('poolgrad');
      await import('poolgrad/kernels');
      const before = modules();
      await loadEngine();
      console.log(JSON.stringify([before, modules()]));`);
    expect(counts).toEqual([0, expect.any(Number)]);
    expect((counts as number[])[1]).toBeGreaterThan(0);
  });

  it('exports what the source exports', async () => {
    const names = run(`
      const all = await Promise.all(${JSON.stringify(Object.keys(entries()))}.map((name) => import(name)));
      console.log(JSON.stringify(all.map((module) => Object.keys(module).sort())));`);
    const sources = Object.values(entries()).map((path) => import(join(root, path)));
    expect(names).toEqual((await Promise.all(sources)).map((module) => Object.keys(module).sort()));
  });

  it('takes a pool of the user’s own, and has one graph for both', () => {
    writeFileSync(
      join(folder, 'still.mjs'),
      `import { constant, powerOfTwo } from 'poolgrad';
       const size = {
         shape: 'scalar', transform: powerOfTwo, range: [0.1, 10], unit: '1', default: 1, trainable: true, doc: 'held',
       };
       export default {
         name: 'still', weights: 'none', settings: {}, parameters: () => ({ size }),
         init: (c, m, value) => ({ held: m.prices.map((p) => value.div(c.n).div(p).mul(c.value.size[0])) }),
         reserves: (s) => s.held,
         value: (c, s, prices) => prices.map((p, i) => p.mul(s.held[i])).reduce((a, b) => a.add(b)),
         arbitrage: (c, s) => ({ state: s, fees: constant(0) }),
         orderCost: () => ({ cost: constant(0), fee: constant(0) }),
         scale: (s, factor) => ({ held: s.held.map((x) => x.mul(factor)) }),
       };`,
    );
    const [got, growth] = run(`
      import { openConfig, openSession } from 'poolgrad';
      import { registry } from 'poolgrad/kernels';
      const data = { file: ${JSON.stringify(join(root, 'datasets/two-assets-90d.arrow'))} };
      const { rollout, initial, dataset } = await openSession(
        await openConfig({ data, pool: { kind: './still.mjs' }, objective: { kind: 'returns' } }, registry, { allowCode: true }),
        'reference');
      const p = dataset.prices;
      const growth = (i) => p[1000 * 2 + i] / p[i];
      const { objective, gradient } = rollout.gradient(initial, Int32Array.of(0), 1001);
      console.log(JSON.stringify([[objective[0] + 1, gradient[0]], (growth(0) + growth(1)) / 2]));`) as [
      number[],
      number,
    ];
    // growth·2^raw at raw 0, and its derivative
    expect(got[0]).toBeCloseTo(growth, 12);
    expect(got[1]).toBeCloseTo(growth * Math.LN2, 12);
  });
});

describe('a roll-out by the public names', async () => {
  const data = selectAssets(await loadDataset(join(root, 'datasets/two-assets-90d.arrow')), ['SYNB', 'SYNA']);
  const spec = {
    assets: data.assets,
    pool: registry.pools['constant-weight'],
    rule: null,
    flow: registry.flows.elastic,
    objective: registry.objectives.returns,
    penalties: [],
    settings: {},
    value: 1e6,
    zeroFee: false,
  };
  const rollout = createPoolRollout(spec, data, wasm, { threads: 1 });
  const raw = rollout.layout.raws({ 'constant-weight.weights': [0.6, 0.4], 'elastic.v0': [5e-4] });
  const windows = Int32Array.of(2000, 30_000);
  const rows = 720;

  it('has the gradient that central differences find', () => {
    const { objective, gradient } = rollout.gradient(raw, windows, rows);
    expect(objective[0]).toBe(rollout.value(raw, windows, rows).objective[0]);
    const differences = raw.map((x, column) =>
      derivative((moved) => {
        const changed = raw.map((r, i) => (i === column ? moved : r));
        return rollout.value(changed, windows, rows).objective[0];
      }, x),
    );
    const largest = Math.max(...differences.map(Math.abs));
    gradient.forEach((g, column) => {
      expect(differences[column]).not.toBe(0);
      // the return is rounded to 1e-15 or so and bends by its own size: steps near 1e-7 find 1e-8 of it
      expect(Math.abs(g - differences[column])).toBeLessThan(1e-5 * largest);
    });
  });

  it('has the bits of the reference', () => {
    const slow = createPoolRollout(spec, data, reference);
    expect(rollout.gradient(raw, windows, rows)).toEqual(slow.gradient(raw, windows, rows));
  });

  it('is an op whose gradient TensorFlow.js finds', async () => {
    const tf = await loadEngine('cpu');
    const op = rolloutOp(tf, rollout, { windows, windowRows: rows });
    const x = tf.tensor2d(Float32Array.from(raw), [raw.length, 1]);
    const got = tf
      .grad((y) => op(y as typeof x))(x)
      .dataSync();
    const { gradient } = rollout.gradient(Float64Array.from(Float32Array.from(raw)), windows, rows);
    expect(got).toEqual(Float32Array.from(gradient));
  });

  it('refuses what makes no sense, as a UserError', () => {
    expect(() => rollout.value(raw, Int32Array.of(data.rows), rows)).toThrow(UserError);
  });
});
