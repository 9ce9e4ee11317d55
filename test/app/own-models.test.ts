/** Models of one's own by their paths: each kind is trained, resumed, evaluated, exported and simulated as a shipped one. */
import { createHash } from 'node:crypto';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { runEvaluate, runExport, runSimulate, runTrain, runWeights } from '../../src/app/index.js';
import { loadCheckpoint, saveCheckpoint } from '../../src/train/checkpoint-file.js';
import { configOf, folderOfModels } from './own-models.js';

const folder = await folderOfModels();
afterAll(() => rmSync(folder, { recursive: true }));
const file = (name: string) => join(folder, name);
const common = { json: true, set: [], signal: new AbortController().signal, allowCode: true };
const sha256 = (name: string) =>
  createHash('sha256')
    .update(readFileSync(file(name)))
    .digest('hex');

async function trained(name: string, models: string, ...set: string[]): Promise<string> {
  writeFileSync(file(`${name}.yaml`), configOf(models));
  return (await runTrain({ ...common, config: file(`${name}.yaml`), out: file(`${name}.json`), set })).checkpoint;
}

const kinds: [string, string, string[], string][] = [
  ['pool', 'pool: ./pool.mjs\nflow: { kind: elastic, v0: 0.001 }', ['pool'], 'still.fee'],
  ['rule', 'pool: tfmm\nrule: ./rule.mjs', ['rule'], 'crossover.k'],
  ['flow', 'pool: { kind: constant-weight, fee: 0.003 }\nflow: ./flow.mjs', ['flow'], 'linear.most'],
  [
    'fee law',
    'pool: { kind: constant-weight, fee: 0.003 }\nfeeLaw: ./feeLaw.mjs\nflow: { kind: elastic, v0: 0.001 }',
    ['feeLaw'],
    'last.slope',
  ],
  ['objective', 'pool: tfmm\nobjective: ./objective.mjs', ['objective'], 'momentum.k'],
  [
    'objective and penalty',
    'pool: tfmm\nobjective: { penalty: { kind: ./penalty.mjs, weight: 2 }, kind: ./objective.mjs }',
    ['objective', 'penalty'],
    'momentum.k',
  ],
];

describe.each(kinds)('a %s of one’s own', (kind, models, files, parameter) => {
  const name = kind.replaceAll(' ', '-');

  it('is trained, and recorded with its code', async () => {
    const path = await trained(name, models);
    const { code, layout, state } = await loadCheckpoint(path);
    expect(code).toEqual(files.map((f) => ({ path: expect.stringMatching(`${f}.mjs$`), sha256: sha256(`${f}.mjs`) })));
    const moved = layout
      .flatMap((e) => new Array(e.size).fill(e.name))
      .filter((_, column) => state.moved[column] === 1);
    expect(moved).toContain(parameter);
  });

  it('goes on from a checkpoint to the bit', async () => {
    const path = await trained(`${name}-half`, models, 'train.iterations=2');
    const half = await loadCheckpoint(path);
    const config = { ...half.config, train: { ...(half.config.train as object), iterations: 4 } };
    await saveCheckpoint(path, { ...half, config, state: { ...half.state, finished: false } });
    await runTrain({ ...common, resume: path });
    expect(readFileSync(path, 'utf8')).toBe(readFileSync(file(`${name}.json`), 'utf8'));
  });

  it('is evaluated beside its baselines, exported and simulated', async () => {
    const checkpoint = file(`${name}.json`);
    const { json } = await runEvaluate({ ...common, checkpoint, out: file(`${name}.html`) });
    const { strategies, parameters } = json as {
      strategies: { name: string; metrics: { test: { returns: number } } }[];
      parameters: { name: string }[];
    };
    expect(strategies.map((s) => s.name)).toEqual(expect.arrayContaining(['tuned', 'HODL', 'best fixed fee']));
    for (const { metrics } of strategies) expect(metrics.test.returns).not.toBeNaN();
    expect(parameters.map((p) => p.name)).toContain(parameter);
    const out = file(`${name}.pool.json`);
    await runExport({ ...common, checkpoint, to: 'json', out, strict: false });
    // a flow is of the market, not of the pool
    if (kind !== 'flow') expect(readFileSync(out, 'utf8')).toContain(parameter.split('.')[0]);
    const path = file(`${name}.csv`);
    const ofSet = (await runSimulate({ ...common, source: checkpoint, out: path, every: 60 })).json as { rows: number };
    expect(ofSet.rows).toBeGreaterThan(400);
    await runSimulate({ ...common, source: file(`${name}.yaml`), out: path, every: 60 });
  });
});

describe('a rule of one’s own', () => {
  it('tells a live pool its weights', async () => {
    const { json } = await runWeights({ ...common, checkpoint: file('rule.json') });
    const { target, notes } = json as { target: Record<string, number>; notes: string[] };
    expect(target.A + target.B).toBeCloseTo(1, 12);
    expect(notes).toEqual([]);
  });
});

describe('code that has changed since training', () => {
  it('is told of, and no training goes on with it', async () => {
    cpSync(file('rule.mjs'), file('changing.mjs'));
    const checkpoint = await trained('changed', 'pool: tfmm\nrule: ./changing.mjs');
    const before = sha256('changing.mjs');
    writeFileSync(file('changing.mjs'), `${readFileSync(file('changing.mjs'), 'utf8')}\n// once more`);
    const note = `the code of ./${file('changing.mjs')} has changed since training: sha256 ${before} then, ${sha256('changing.mjs')} now`;
    const evaluated = await runEvaluate({ ...common, checkpoint, out: file('changed.html') });
    expect((evaluated.json as { warnings: string[] }).warnings).toContain(note);
    expect(readFileSync(file('changed.html'), 'utf8')).toContain(sha256('changing.mjs'));
    const exported = await runExport({ ...common, checkpoint, to: 'json', out: file('c.json'), strict: false });
    expect((exported.json as { warnings: string[] }).warnings).toContain(note);
    const simulated = await runSimulate({ ...common, source: checkpoint, out: file('c.csv'), every: 60 });
    expect((simulated.json as { warnings: string[] }).warnings).toEqual([note]);
    expect((await runWeights({ ...common, checkpoint })).json).toMatchObject({ warnings: [note] });
    await expect(runTrain({ ...common, resume: checkpoint })).rejects.toThrow(
      `resume: ${note}; give the code that it was trained with, or train anew by --init-from`,
    );
  });
});

describe('mistakes in one’s own code', () => {
  it('are told as such, before any work', async () => {
    const broken = readFileSync(file('rule.mjs'), 'utf8').replace('carry.slow.map', 'carry.slaw.map');
    writeFileSync(file('broken.mjs'), broken);
    const error = await trained('broken', 'pool: tfmm\nrule: ./broken.mjs').catch((e: Error) => e);
    expect(String((error as Error).cause)).toContain('TypeError');
    expect((error as Error).message).toBe(
      `models: tfmm + crossover with code of ./${file('broken.mjs')} cannot be rolled out: Cannot read properties of undefined (reading 'map'); mend that code (POOLGRAD_DEBUG=1 shows where)`,
    );
  });
});
