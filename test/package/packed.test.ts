/**
 * The pages on models of one's own, followed in an empty folder with the package as it is published: packed, unpacked there,
 * its dependencies beside it. Every file of the pages that is no file of a checkout is written, run by the command, and
 * compiled as the pages say.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { blocksOf, pages, root } from './pages.js';

const folder = mkdtempSync(join(tmpdir(), 'poolgrad-packed-'));
afterAll(() => rmSync(folder, { recursive: true }));
const modules = join(folder, 'node_modules');
const here = { cwd: folder, encoding: 'utf8' } as const;

const blocks = pages()
  .filter(({ path }) => path.startsWith('docs/add-a'))
  .flatMap(blocksOf)
  .filter(({ file, language }) => file !== undefined && language !== 'diff' && !/^(test|kernels)\//.test(file));
const configs = blocks.flatMap(({ file }) => (file?.endsWith('.yaml') === true ? [file] : []));

beforeAll(() => {
  execFileSync('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder], { cwd: root });
  const [archive] = readdirSync(folder).filter((name) => name.endsWith('.tgz'));
  mkdirSync(join(modules, 'poolgrad'), { recursive: true });
  execFileSync('tar', ['-xzf', archive, '-C', 'node_modules/poolgrad', '--strip-components=1'], here);
  const installed = readdirSync(join(root, 'node_modules')).filter(
    (name) => !name.startsWith('.') && name !== 'poolgrad',
  );
  for (const name of installed) symlinkSync(join(root, 'node_modules', name), join(modules, name));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }\n');
  for (const { file, code } of blocks) {
    const path = join(folder, file as string);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, code);
  }
  expect(poolgrad('data', 'synth', '--out', 'short.arrow', '--assets', 'SYNA,SYNB', '--days', '20').status).toBe(0);
});

function poolgrad(...args: string[]) {
  const main = join(modules, 'poolgrad/dist/src/cli/main.js');
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], here);
  return { status, stdout, stderr };
}

/** Twenty days in the place of ninety: an evaluation takes the longer part of this test. */
const short = ['data.file=short.arrow', 'split.burnInDays=1', 'train.windowDays=3'];
const small = ['train.sets=2', 'train.windows=2', 'train.iterations=2'];
/** The config of a page whose prices are drawn. */
const DRAWN = 'account.yaml';

const train = (config: string, ...args: string[]) => {
  const set = config === DRAWN ? small : [...short, ...small];
  return poolgrad('train', config, ...set.flatMap((entry) => ['--set', entry]), ...args);
};

describe('the packed package', () => {
  it('has the prices that the pages name', () => {
    const named = blocks.flatMap(({ code }) => [...code.matchAll(/datasets\/\S+\.arrow/g)].map(([path]) => path));
    expect(named).not.toEqual([]);
    for (const path of named) expect(existsSync(join(modules, 'poolgrad', path)), path).toBe(true);
  });

  it('has what a user runs and reads, and no benchmark', () => {
    const files = readdirSync(join(modules, 'poolgrad'), { recursive: true }) as string[];
    for (const path of [
      ...['dist/src/cli/main.js', 'dist/kernels/index.d.ts', 'dist/web/index.html'],
      ...['docs/add-a-rule.md', 'configs/hmm.yaml'],
    ]) {
      expect(files).toContain(path);
    }
    const top = new Set(files.map((path) => path.split('/').slice(0, 2).join('/')));
    expect([...top].filter((path) => /(^|\/)(bench|test)$/.test(path))).toEqual([]);
  });
});

describe('the pages', () => {
  it('have a config of each kind of model', () => {
    expect(configs.sort()).toEqual([DRAWN, 'gain.yaml', 'law.yaml', 'range.yaml', 'scaled.yaml']);
  });

  it.each(configs)('%s is trained, and evaluated with leave to run its code', (config) => {
    const trained = train(config);
    expect([trained.status, trained.stderr]).toEqual([0, expect.not.stringContaining('error')]);
    const checkpoint = `checkpoints/${config.replace('yaml', 'json')}`;
    expect(trained.stdout).toContain(`next: poolgrad evaluate ${checkpoint} --allow-code, since it runs ./`);
    const refused = poolgrad('evaluate', checkpoint);
    expect(refused.status).toBe(1);
    expect(refused.stderr).toContain('it names code, of which nothing was run');
    const evaluated = poolgrad('evaluate', checkpoint, '--allow-code', '--json');
    expect(evaluated.status).toBe(0);
    expect(JSON.parse(evaluated.stdout)).toHaveProperty(
      config === DRAWN ? 'headline.mean' : 'headline.value',
      expect.any(Number),
    );
    expect(poolgrad('export', checkpoint, '--to', 'json', '--allow-code').status).toBe(0);
  });

  it('compile in strict mode, the types of the package among what is checked', () => {
    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    const { stdout } = spawnSync(process.execPath, [tsc, '-p', '.'], here);
    expect(stdout).toBe('');
    expect(train('scaled.yaml', '--set', 'rule=./build/reversal.js').status).toBe(0);
  });

  it('say what to do where Node.js runs no TypeScript', () => {
    const { status, stderr } = train('scaled.yaml', '--set', 'rule=./src/reversal.ts');
    const [major, minor] = process.versions.node.split('.').map(Number);
    if (major > 22 || (major === 22 && minor >= 18)) return expect(status).toBe(0);
    expect(status).toBe(2);
    expect(stderr).toContain(
      `--set rule.kind: expected a module that loads, got './src/reversal.ts': Node.js ${process.version} runs no TypeScript; use Node.js 22.18 or later, or compile it and name the .js file; see docs/add-a-rule.md`,
    );
  });
});
