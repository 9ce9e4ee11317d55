/** YAML that is mistyped, hostile or no YAML: one line with file, line, what was expected and a remedy; never the time or memory of what it would unfold to. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { registry } from '../../kernels/index.js';
import { parseYaml, YamlFault } from '../../src/config/document.js';
import { loadConfig, resolveConfig } from '../../src/config/index.js';
import { parseOverride } from '../../src/config/overrides.js';
import { UserError } from '../../src/errors.js';

const folder = mkdtempSync(join(tmpdir(), 'poolgrad-yaml-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function errorOf(text: string | Buffer): Promise<string> {
  const path = join(folder, 'c.yaml');
  writeFileSync(path, text);
  const error = await loadConfig(path, registry).catch((e: unknown) => e);
  expect(error).toBeInstanceOf(UserError);
  return (error as Error).message;
}

/** Each name stands for nine of the one before. */
const bomb = [...'abcdefghij']
  .map((name, i, all) => `${name}: &${name} [${new Array(9).fill(i === 0 ? 'x' : `*${all[i - 1]}`).join(',')}]`)
  .join('\n');

const many = (count: number) => Array.from({ length: count }, (_, i) => `key${i}: 1`).join('\n');

describe('a config that is', () => {
  it.each<[string, string | Buffer, string]>([
    ['an alias bomb', bomb, 'c.yaml line 1: expected a few aliases, got such as multiply each other; write the values'],
    [
      'an alias of itself',
      'pool: hmm\ndata: &a [*a]\n',
      'c.yaml line 2: expected a value, got the alias *a within what',
    ],
    [
      'an alias of itself in a map',
      'a: &a\n  b: { c: *a }\n',
      'c.yaml line 2: expected a value, got the alias *a within',
    ],
    [
      'without the anchor',
      'data: x\nobjective: *zzz\n',
      'c.yaml line 2: expected an anchor &zzz before its alias, got',
    ],
    ['of an anchor that comes later', 'a: *b\nb: &b 1\n', 'c.yaml line 1: expected an anchor &b before its alias, got'],
    ['with a key twice', 'data: x\npool: a\ndata: y\n', 'c.yaml line 3: expected YAML, got an error: map keys must be'],
    [
      'with a key twice in a map',
      'data: x\npool: {a: 1, a: 2}\n',
      'c.yaml line 2: expected YAML, got an error: map keys',
    ],
    ['tagged', 'data: x\npool: !!python/object:os.system hmm\n', 'c.yaml line 2: expected plain values, got the tag'],
    ['tagged by another', 'data: !secret x\n', 'c.yaml line 1: expected plain values, got the tag !secret; take'],
    ['a map as key', 'data: x\n? {a: 1}\n: 2\n', 'c.yaml line 2: expected a name as key, got a list, a map'],
    ['binary', Buffer.from('data: x\npool: h\0mm\n'), 'c.yaml line 2: expected YAML, got a NUL byte, as binary files'],
    ['nested in brackets', `data: ${'['.repeat(100_000)}`, 'c.yaml line 1: expected at most 100 collections within'],
    [
      'nested in maps',
      `a: ${'{b: '.repeat(5000)}`,
      'c.yaml line 1: expected at most 100 collections within each other',
    ],
    ['nested in dashes', '- '.repeat(5000), 'c.yaml line 1: expected at most 100 collections within each other, got'],
    ['of 50,000 keys', many(50_000), 'c.yaml line 22260: expected YAML of at most 256000 characters, got 588889;'],
    ['of 20,000 keys', many(20_000), "c.yaml: key0: expected a known key, got 'key0'; did you mean 'data'?"],
    ['two documents', 'data: x\n---\npool: y\n', 'c.yaml line 2: expected one document, got several; keep one'],
    ['a list', '- data: x\n', 'c.yaml: expected a map with data and pool, got [{"data":"x"}]; write one by `poolgrad'],
    ['text', 'hello', "c.yaml: expected a map with data and pool, got 'hello'; write one by `poolgrad init`"],
    ['a number', '7', 'c.yaml: expected a map with data and pool, got 7; write one by `poolgrad init`'],
    ['empty', '', 'c.yaml: data.file: expected the path of a dataset, got nothing; for example prices.arrow'],
  ])('%s', async (_, text, start) => {
    const before = process.cpuUsage();
    const message = await errorOf(text);
    expect(message.slice(0, start.length)).toBe(start);
    expect(message).toContain('; ');
    expect(message).not.toContain('\n');
    expect(message.length).toBeLessThan(300);
    // a bound on the kind, not on the machine: what is quadratic or unfolds takes minutes
    expect(process.cpuUsage(before).user / 1e6).toBeLessThan(10);
  });

  it('reads aliases that are used as they are meant', () => {
    expect(parseYaml('a: &x { b: 1 }\nc: *x\nd: [*x, *x]\n')).toEqual({
      a: { b: 1 },
      c: { b: 1 },
      d: [{ b: 1 }, { b: 1 }],
    });
  });

  it('says nothing but YamlFaults of any text', () => {
    const token = fc.constantFrom(
      'a',
      ': ',
      '- ',
      '[',
      ']',
      '{',
      '}',
      '*a',
      '&a ',
      '\n',
      '  ',
      '!!set ',
      '|',
      '"',
      '1_0',
    );
    const document = fc.array(token, { maxLength: 40 }).map((tokens) => tokens.join(''));
    fc.assert(
      fc.property(fc.oneof(document, fc.string()), (text) => {
        try {
          JSON.stringify(parseYaml(text));
        } catch (error) {
          expect(error).toBeInstanceOf(YamlFault);
        }
      }),
      { seed: 9, numRuns: 2000 },
    );
  });
});

describe('--set', () => {
  it.each(['&a [*a]', '*a', '!!set {a}', '[A', '[[['.repeat(100)])('refuses %s', (text) => {
    expect(() => parseOverride(`pool.fee=${text}`)).toThrow(/^--set pool.fee: expected a value in YAML, got '/);
  });
});

describe('many unknown keys', () => {
  const keys = Object.fromEntries(Array.from({ length: 50_000 }, (_, i) => [`key${i}`, 1]));
  const base = { data: { file: 'x' }, pool: 'hmm' };
  it.each<[string, object]>([
    ['', keys],
    ['pool.', { pool: { kind: 'hmm', ...keys } }],
    ['rule.', { pool: 'tfmm', rule: { kind: 'momentum', ...keys } }],
    ['flow.', { flow: { kind: 'elastic', v0: 1, ...keys } }],
    ['train.', { train: keys }],
    ['pool.rho.', { pool: { kind: 'hmm', rho: keys } }],
  ])('in %s take the time of one', (path, section) => {
    const before = process.cpuUsage();
    const resolve = () => resolveConfig({ ...base, ...section }, registry, { assets: ['A', 'B'] });
    expect(resolve).toThrow(`${path}key0: expected a known key, got 'key0'; did you mean`);
    expect(process.cpuUsage(before).user / 1e6).toBeLessThan(5);
  });

  it('and one that is endless is shown in part', () => {
    const long = 'x'.repeat(1e6);
    const resolve = (raw: object) => () => resolveConfig({ ...base, ...raw }, registry, { assets: ['A', 'B'] });
    expect(resolve({ [long]: 1 })).toThrow(/^x{57}…: expected a known key, got 'x{56}…; did you mean '\w+'\?$/);
    expect(resolve({ run: { memory: '9'.repeat(400) } })).toThrow(/^run.memory: expected an amount of memory/);
  });
});
