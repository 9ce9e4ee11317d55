/** Models of one's own in configs: where their paths are seen from, and what is told of files that are none. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { registry } from '../../kernels/index.js';
import { loadConfig } from '../../src/config/index.js';
import { UserError } from '../../src/errors.js';
import { root } from '../cli/run.js';
import { loadPool } from './pool.js';

const folder = mkdtempSync(join(tmpdir(), 'poolgrad-own-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = (name: string) => join(folder, name);
const seen = (name: string) => relative(process.cwd(), file(name)).replaceAll('\\', '/');
const data = `data: ${JSON.stringify(join(root, 'datasets/two-assets-90d.arrow'))}\n`;

function config(text: string): string {
  writeFileSync(file('c.yaml'), data + text);
  return file('c.yaml');
}

const identity = "{ name: 'identity', apply: (x) => x, forward: (x) => x, inverse: (x) => x }";
const parameter = `{ shape: 'scalar', transform: ${identity}, range: [0, 9], unit: '1', default: 1, trainable: true, doc: 'a number' }`;
const rule = (members: string) => `export default { name: 'mine', init: () => [], step: () => ({}), ${members} };`;

writeFileSync(file('rule.mjs'), rule(`parameters: () => ({ k: ${parameter} })`));

async function errorOf(text: string, set: string[] = []): Promise<UserError> {
  const error = await loadConfig(config(text), registry, { set }).then(
    () => null,
    (e) => e,
  );
  if (!(error instanceof UserError)) throw error ?? new Error('the config was accepted');
  return error;
}

describe('the path of a model', () => {
  it('is seen from the config, in short or in full', async () => {
    for (const text of ['rule: ./rule.mjs', 'rule: { kind: rule.mjs, k: 3 }', `rule: ${file('rule.mjs')}`]) {
      const { config: resolved, code } = await loadPool(config(`pool: tfmm\n${text}`));
      expect(resolved.rule).toMatchObject({ kind: seen('rule.mjs'), model: { name: 'mine', doc: 'mine' } });
      expect(code).toEqual([{ path: seen('rule.mjs'), sha256: expect.stringMatching(/^[0-9a-f]{64}$/) }]);
    }
  });

  it('is seen from the working directory in --set, as text or within a map', async () => {
    const path = relative(process.cwd(), file('rule.mjs'));
    for (const set of [`rule=${path}`, `rule.kind=${path}`, `rule={kind: ${path}, k: 2}`]) {
      const { config: resolved } = await loadPool(config('pool: tfmm'), { set: [set] });
      expect(resolved.rule?.model.name).toBe('mine');
      expect(resolve(resolved.rule?.kind as string)).toBe(file('rule.mjs'));
    }
  });

  it('may lead to an instance of a class', async () => {
    writeFileSync(
      file('class.mjs'),
      `class Mine { name = 'of-a-class'; parameters() { return this.own; } own = { k: ${parameter} }; init() { return []; } step() { return {}; } }
       export default new Mine();`,
    );
    const { config: resolved } = await loadPool(config('pool: tfmm\nrule: ./class.mjs'));
    expect(Object.keys(resolved.parameters)).toContain('of-a-class.k');
    expect({ ...resolved.rule?.model }.step).toBeInstanceOf(Function);
  });
});

describe('a rule of one’s own', () => {
  it('has the clock and the guard rails, whatever settings it declares', async () => {
    const text = 'pool: tfmm\nrule: { kind: ./rule.mjs, chunkPeriod: 60, weightInterpolationPeriod: 60 }';
    const { config: resolved } = await loadPool(config(text));
    expect(resolved.rule?.settings).toMatchObject({ chunkPeriod: 60, minimumWeight: 0.05 });
  });

  it('has its keys checked as those of shipped ones', async () => {
    const { message } = await errorOf('pool: tfmm\nrule: { kind: ./rule.mjs, kk: 3 }');
    expect(message).toBe("c.yaml: rule.kk: expected a known key, got 'kk'; did you mean 'k'?");
    expect((await errorOf('pool: tfmm\nrule: { kind: ./rule.mjs, k: 10 }')).message).toBe(
      'c.yaml: rule.k: expected a number from 0 to 9, got 10; a number',
    );
  });
});

describe('a file that is no such model', () => {
  const bad: [string, string, string, string][] = [
    ['nothing', 'rule', '', 'got no default export; see docs/add-a-rule.md'],
    ['a function', 'rule', 'export default () => {};', 'got a function; see docs/add-a-rule.md'],
    ['no name', 'flow', 'export default {};', 'got one without name; see docs/add-a-flow.md'],
    ['a name', 'flow', "export default { name: 'my flow' };", 'got the name "my flow", which is no word; see'],
    ['a member', 'flow', "export default { name: 'f', volume() {} };", 'got one without orderSize; see'],
    ['a law', 'feeLaw', "export default { name: 'f', init() {} };", 'got one without fee; see docs/add-a-flow.md'],
    [
      'an objective',
      'objective',
      "export default { name: 'o' };",
      'got one without score; see docs/add-an-objective.md',
    ],
    [
      'every',
      'objective',
      "export default { name: 'o', score() {}, every: 0.5 };",
      'got every: 0.5, which is no number of',
    ],
    [
      'parameters',
      'rule',
      rule('parameters: () => null.x'),
      'got parameters that cannot be made: Cannot read properties',
    ],
    ['no parameters', 'rule', rule('parameters: () => 3'), 'got parameters that are no map; see'],
    [
      'shape',
      'rule',
      rule('parameters: () => ({ k: {} })'),
      "got the parameter k without shape: 'scalar', 'asset', 'pair' or a list of labels; see",
    ],
    [
      'transform',
      'rule',
      rule("parameters: () => ({ k: { shape: 'scalar' } })"),
      'got the parameter k without transform: one such as sigmoid; see',
    ],
    [
      'range',
      'rule',
      rule(`parameters: () => ({ k: { ...${parameter}, range: 3 } })`),
      'got the parameter k without range: [least, greatest]; see',
    ],
    ['setting', 'rule', rule('parameters: () => ({}), settings: { x: 3 }'), 'got the setting x without'],
    [
      'taken',
      'rule',
      rule('parameters: () => ({})').replace('mine', 'momentum'),
      "got 'momentum', which poolgrad has already",
    ],
    [
      'pool’s name',
      'rule',
      rule('parameters: () => ({})').replace('mine', 'tfmm'),
      "got 'tfmm', which is the pool's too",
    ],
    ['throws', 'rule', "throw new Error('no luck');", ': no luck; see docs/add-a-rule.md'],
    ['no code', 'rule', 'this is no code', ': '],
  ];
  it.each(bad)('%s', async (name, section, code, message) => {
    const path = `${name.replaceAll(/\W/g, '-')}.mjs`;
    writeFileSync(file(path), code);
    const error = await errorOf(`pool: tfmm\n${section}: ./${path}`);
    expect(error.message).toContain(message);
    expect(error.message).toMatch(new RegExp(`^c.yaml: ${section}.kind: expected `));
    expect(error.message).not.toContain('\n');
  });

  it('that is not there, or a folder', async () => {
    const flag = await errorOf('pool: tfmm', ['objective.penalty.kind=./no-such.mjs']);
    expect([flag.message, flag.exitCode]).toEqual([
      "--set objective.penalty.kind: expected a module that loads, got './no-such.mjs': there is no such file; see docs/add-an-objective.md",
      2,
    ]);
    const { message } = await errorOf('pool: tfmm\nrule: ./');
    expect(message).toContain('it is no file of code; see docs/add-a-rule.md');
  });
});
