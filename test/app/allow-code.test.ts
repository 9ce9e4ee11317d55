/** Code that a file from elsewhere names does not run unasked: each way in, with a file that leaves a mark when it runs. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { registry } from '../../kernels/index.js';
import { runEvaluate, runExport, runSimulate, runTrain, runVerify, runWeights } from '../../src/app/index.js';
import { readConfigFile } from '../../src/config/load.js';
import { openConfig } from '../../src/index.js';
import type { Checkpoint } from '../../src/train/checkpoint.js';
import { loadCheckpoint, saveCheckpoint } from '../../src/train/checkpoint-file.js';
import { entries, fingerprint } from '../quantammsim/setup.js';
import { configOf, folderOfModels } from './own-models.js';

const folder = await folderOfModels();
afterAll(() => rmSync(folder, { recursive: true }));
const file = (name: string) => join(folder, name);
const mark = resolve(file('MARK'));
const common = { json: true, set: [], signal: new AbortController().signal };

writeFileSync(
  file('evil.mjs'),
  `import { appendFileSync } from 'node:fs';\nappendFileSync(${JSON.stringify(mark)}, 'ran');\nexport default {};\n`,
);
const evil = `./${file('evil.mjs')}`;
const now = () =>
  createHash('sha256')
    .update(readFileSync(file('evil.mjs')))
    .digest('hex');

writeFileSync(file('good.yaml'), configOf('pool: tfmm\nobjective: { kind: returns, penalty: { kind: drawdown } }'));
await runTrain({ ...common, config: file('good.yaml'), out: file('good.json') });
const good = await loadCheckpoint(file('good.json'));

/** The good checkpoint with the path of the code somewhere in its config. */
async function planted(change: (config: Record<string, unknown>) => object, more: Partial<Checkpoint> = {}) {
  const config = change(structuredClone(good.config) as Record<string, unknown>) as Checkpoint['config'];
  await saveCheckpoint(file('evil.json'), { ...good, ...more, config });
  return file('evil.json');
}

const places: [string, (config: Record<string, unknown>) => object][] = [
  ['pool', (c) => ({ ...c, pool: { kind: evil } })],
  ['pool, in short', (c) => ({ ...c, pool: evil })],
  ['pool, by an absolute path', (c) => ({ ...c, pool: { kind: resolve(evil) } })],
  ['rule', (c) => ({ ...c, rule: { kind: evil } })],
  ['flow', (c) => ({ ...c, flow: { kind: evil } })],
  ['feeLaw', (c) => ({ ...c, feeLaw: { kind: evil } })],
  ['objective', (c) => ({ ...c, objective: { kind: evil } })],
  ['penalty', (c) => ({ ...c, objective: { kind: 'returns', penalty: { kind: evil, weight: 1 } } })],
];

const commands: [string, (path: string, allowCode?: boolean) => Promise<unknown>][] = [
  ['evaluate', (checkpoint, allowCode) => runEvaluate({ ...common, checkpoint, allowCode, out: file('o.html') })],
  ['export', (checkpoint, allowCode) => runExport({ ...common, checkpoint, allowCode, to: 'json', strict: false })],
  ['simulate', (source, allowCode) => runSimulate({ ...common, source, allowCode, out: file('o.csv'), every: 60 })],
  ['weights', (checkpoint, allowCode) => runWeights({ ...common, checkpoint, allowCode })],
  ['train --resume', (resume, allowCode) => runTrain({ ...common, resume, allowCode })],
];

beforeEach(() => rmSync(mark, { force: true }));

describe.each(commands)('%s', (command, run) => {
  it.each(places)('does not run the code of a checkpoint: %s', async (place, change) => {
    // weights takes no objective of the checkpoint's
    if (command === 'weights' && ['objective', 'penalty'].includes(place)) return;
    const path = await planted(change);
    await expect(run(path)).rejects.toThrow(
      `${path}: it names code, of which nothing was run: ${resolve(evil)} (sha256 ${now()}, none recorded); a file from elsewhere can do anything with your account that you can, so read that code, then say --allow-code (in a program: allowCode: true)`,
    );
    expect(existsSync(mark)).toBe(false);
  });

  it('runs it where that is asked for', async () => {
    const path = await planted((c) => ({ ...c, pool: { kind: evil } }));
    await expect(run(path, true)).rejects.toThrow("expected a pool model as default export of './");
    expect(readFileSync(mark, 'utf8')).toBe('ran');
    writeFileSync(file('evil.mjs'), `${readFileSync(file('evil.mjs'), 'utf8')} `); // each time another module
  });
});

describe('what a checkpoint records of its code', () => {
  const change = (c: Record<string, unknown>) => ({ ...c, pool: { kind: evil } });
  const now = () =>
    createHash('sha256')
      .update(readFileSync(file('evil.mjs')))
      .digest('hex');

  it('makes no difference to whether it runs', async () => {
    const path = await planted(change, { code: [{ path: evil, sha256: now() }] });
    await expect(commands[0][1](path)).rejects.toThrow(`${resolve(evil)} (sha256 ${now()}, as recorded);`);
    expect(existsSync(mark)).toBe(false);
  });

  it('is told beside what is found', async () => {
    const other = '0'.repeat(64);
    const path = await planted(change, { code: [{ path: evil, sha256: other }] });
    await expect(commands[0][1](path)).rejects.toThrow(`${resolve(evil)} (sha256 ${now()}, ${other} recorded);`);
    const gone = await planted((c) => ({ ...c, pool: { kind: './no/such.js' } }));
    await expect(commands[0][1](gone)).rejects.toThrow(
      `${resolve('no/such.js')} (there is no such file, none recorded);`,
    );
    const device = await planted((c) => ({ ...c, pool: { kind: '/dev/zero' } }));
    await expect(commands[0][1](device)).rejects.toThrow('/dev/zero (it is no file of code, none recorded);');
  });
});

describe('other ways in', () => {
  afterEach(() => expect(existsSync(mark)).toBe(false));

  it('--init-from takes numbers, no code', async () => {
    const out = file('o.json');
    const path = await planted((c) => ({ ...c, objective: { kind: evil }, flow: { kind: evil } }));
    await runTrain({ ...common, config: file('good.yaml'), initFrom: path, out });
    const other = await planted((c) => ({ ...c, pool: { kind: evil } }));
    await expect(runTrain({ ...common, config: file('good.yaml'), initFrom: other, out })).rejects.toThrow(
      'expected the pool tfmm as in the config',
    );
  });

  it('a checkpoint in the place of a config is refused before what it names', async () => {
    const checkpoint = JSON.parse(readFileSync(await planted((c) => c), 'utf8')) as object;
    writeFileSync(file('fake.yaml'), JSON.stringify({ ...checkpoint, ...good.config, pool: { kind: './evil.mjs' } }));
    const message = 'expected a config, got the checkpoint';
    await expect(runTrain({ ...common, config: file('fake.yaml'), out: file('o.json') })).rejects.toThrow(message);
    await expect(runSimulate({ ...common, source: file('fake.yaml'), out: file('o.csv'), every: 60 })).rejects.toThrow(
      message,
    );
  });

  it('result files of the Python simulator name rules, not files', async () => {
    for (const field of ['rule', 'return_val']) {
      const run = [{ ...fingerprint, tokens: ['A', 'B'], [field]: evil }, ...entries].map((e) => JSON.stringify(e));
      writeFileSync(file('run_1.json'), JSON.stringify(run));
      const options = { ...common, checkpoint: file('run_1.json'), data: file('prices.arrow'), out: file('o.html') };
      await runEvaluate(options).catch(() => undefined);
      await runTrain({ ...common, config: file('good.yaml'), initFrom: file('run_1.json'), out: file('o.json') }).catch(
        () => undefined,
      );
    }
  });

  it('reference cases name rules, not files', async () => {
    writeFileSync(file('cases.json'), JSON.stringify([{ rule: evil }]));
    await expect(runVerify({ ...common, cases: [file('cases.json')], device: 'reference' })).rejects.toThrow('case 0');
  });

  it('tags of YAML that would make functions make none', async () => {
    const code = `"function () { require('fs').writeFileSync('${mark}', '') }"`;
    for (const tag of ['!!js/function', '!js', '!!js', '!<tag:yaml.org,2002:js/function>']) {
      const yaml = `data: prices.arrow\npool: ${tag} ${code}\n`;
      writeFileSync(file('tag.yaml'), yaml);
      const raw = await readConfigFile(file('tag.yaml')).catch(() => ({}));
      expect(typeof (raw as { pool?: unknown }).pool).not.toBe('function');
      await expect(runTrain({ ...common, config: file('tag.yaml'), out: file('o.json') })).rejects.toThrow();
      writeFileSync(file('template.yaml'), `salt: ${tag} ${code}\n`);
      const options = { ...common, checkpoint: file('good.json'), template: file('template.yaml') };
      await runExport({ ...options, to: 'quantamm', strict: false, out: file('o.txt') }).catch(() => undefined);
    }
  });

  it('code in the place of prices is no dataset', async () => {
    const path = await planted((c) => ({ ...c, data: { file: file('evil.mjs'), assets: ['A', 'B'] } }));
    for (const [, run] of commands) await expect(run(path)).rejects.toThrow();
    await expect(
      runEvaluate({ ...common, checkpoint: file('good.json'), data: file('evil.mjs'), out: file('o.html') }),
    ).rejects.toThrow();
  });

  it('openConfig refuses it, unless its caller answers for it', async () => {
    const config = { data: { file: file('prices.arrow') }, pool: { kind: evil } };
    await expect(openConfig(config, registry)).rejects.toThrow('config: it names code, of which nothing was run');
  });
});

describe('a config of the user’s own', () => {
  it('runs what it names', async () => {
    writeFileSync(file('own.yaml'), configOf('pool: ./evil.mjs'));
    writeFileSync(file('evil.mjs'), `${readFileSync(file('evil.mjs'), 'utf8')} `);
    await expect(runTrain({ ...common, config: file('own.yaml'), out: file('o.json') })).rejects.toThrow(
      'got one without name',
    );
    expect(readFileSync(mark, 'utf8')).toBe('ran');
  });
});
