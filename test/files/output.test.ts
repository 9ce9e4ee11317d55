/** What an output may replace, and what becomes of a checkpoint that another training left. */
import { linkSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors.js';
import { type Claim, claimOutput } from '../../src/files/output.js';
import { testFolder } from './folder.js';

const { root, at, list } = testFolder();
const text = (file: string) => readFileSync(at(file), 'utf8');

const checkpoint = (n: number) => `{"format":"poolgrad-checkpoint","n":${n}}\n`;
const claim = (file: string, more: Partial<Claim> = {}) =>
  claimOutput({ path: at(file), kind: 'checkpoint', flag: '--out', ...more });

beforeEach(() => {
  for (const file of list()) rmSync(at(file), { recursive: true });
});

describe('inputs', () => {
  it('are no outputs, by whatever name', async () => {
    writeFileSync(at('in.json'), checkpoint(1));
    mkdirSync(at('sub'));
    symlinkSync('in.json', at('link.json'));
    symlinkSync('../sub/../link.json', at('sub', 'link-to-link.json'));
    linkSync(at('in.json'), at('hard.json'));
    const names = [at('in.json'), `${root}/./in.json`, `${root}/sub/../in.json`, relative('.', at('in.json'))];
    const disguised = [...names, at('link.json'), at('sub', 'link-to-link.json'), at('hard.json')];
    for (const path of disguised) {
      for (const kind of ['checkpoint', 'report', 'export'] as const) {
        const refused = claimOutput({ path, kind, flag: '--out', inputs: [undefined, at('none'), at('in.json')] });
        await expect(refused, path).rejects.toThrow(
          /^--out: '.*' is one of the files to read.*; write to another file$/,
        );
        await expect(refused).rejects.toMatchObject({ exitCode: 2 });
      }
    }
    expect(text('in.json')).toBe(checkpoint(1));
  });
});

describe('files of other kinds', () => {
  const held: [string, string, string | Buffer][] = [
    ['a checkpoint', 'x', checkpoint(1)],
    ['a config', 'x', '# mine\npool:\n  kind: tfmm\n'],
    ['an export', 'x', '{\n  "format": "poolgrad/pool"\n}\n'],
    ['a report', 'x', '<!doctype html><title>x</title>poolgrad'],
    ['a table', 'x', 'timestamp,value,fees\n'],
    ['text', 'x', 'shopping'],
    ['text', 'x', '<!doctype html>'],
    ['something else', 'x', Buffer.from([0x50, 0x4b, 0, 1])],
    ['something else', 'x', Buffer.from('ARROW1\0\0 of another program')],
  ];
  const kinds = ['checkpoint', 'dataset', 'table', 'report', 'export', 'config'] as const;
  it.each(held)('%s is replaced by none but its own', async (name, file, content) => {
    for (const kind of kinds) {
      writeFileSync(at(file), content);
      const claimed = claim(file, { kind }).then((output) => output.write('new'));
      if (name.endsWith(` ${kind}`)) await expect(claimed).resolves.toBeUndefined();
      else {
        const article = kind === 'export' ? 'an' : 'a';
        await expect(claimed).rejects.toThrow(
          new UserError(
            `output: '${at(file)}' cannot be written: it holds ${name}, which ${article} ${kind} would replace; name another file by --out`,
          ),
        );
        expect(readFileSync(at(file)).equals(Buffer.from(content))).toBe(true);
      }
      for (const left of list()) rmSync(at(left));
    }
  });

  it('an empty file is nothing to lose; --force takes text, and no work of ours', async () => {
    writeFileSync(at('empty'), '');
    await (await claim('empty')).write('x');
    expect(text('empty')).toBe('x');
    const force = { kind: 'config', force: true } as const;
    await (await claim('empty', force)).write('pool: y');
    expect(text('empty')).toBe('pool: y');
    writeFileSync(at('ck.json'), checkpoint(1));
    await expect(claim('ck.json', force)).rejects.toThrow(/it holds a checkpoint, which a config would replace/);
  });

  it('the claim makes the folder, leaves nothing in it, and says where none can be', async () => {
    await claim('a/b/ck.json');
    expect(list('a', 'b')).toEqual([]);
    writeFileSync(at('file'), '');
    await expect(claim('file/x')).rejects.toThrow(/cannot be written: a part of its path is no folder; name another/);
  });
});

describe("another training's checkpoint", () => {
  it('is kept beside the new one, each under a number of its own, and said', async () => {
    for (let n = 1; n <= 4; n++) {
      const told: string[] = [];
      const output = await claim('ck.json', { tell: (note) => told.push(note) });
      if (n > 1) expect(text('ck.json')).toBe(checkpoint(10 * (n - 1)));
      for (const state of [n, 10 * n]) await output.write(checkpoint(state));
      await output.settle();
      const kept = n === 1 ? null : at(n === 2 ? 'ck.previous.json' : `ck.previous-${n - 1}.json`);
      expect(output.kept).toBe(kept);
      expect(told).toEqual(kept === null ? [] : [`the checkpoint that was in '${at('ck.json')}' is kept as '${kept}'`]);
      expect(output.notes).toEqual(told);
    }
    const found = ['ck.json', 'ck.previous.json', 'ck.previous-2.json', 'ck.previous-3.json'].map(text);
    expect(found).toEqual([40, 10, 20, 30].map(checkpoint));
    expect(list()).toHaveLength(4);
  });

  it('is not kept beside the same bytes', async () => {
    writeFileSync(at('ck.json'), checkpoint(5));
    const output = await claim('ck.json');
    await output.write(checkpoint(1));
    expect(text('ck.previous.json')).toBe(checkpoint(5));
    await output.write(checkpoint(5));
    await output.settle();
    expect([list(), output.kept]).toEqual([['ck.json'], null]);
    expect(output.notes.at(-1)).toBe(
      `'${at('ck.previous.json')}' is removed: '${at('ck.json')}' has the same bytes again`,
    );
  });

  it('gives way to the run that goes on from it, and to no other', async () => {
    writeFileSync(at('ck.json'), checkpoint(5));
    symlinkSync('ck.json', at('link.json'));
    for (const file of ['ck.json', 'link.json']) {
      const output = await claim(file, { continues: at('ck.json') });
      await output.write(checkpoint(6));
      await output.write(checkpoint(7));
      expect([list(), text('ck.json')]).toEqual([['ck.json', 'link.json'], checkpoint(7)]);
    }
    writeFileSync(at('b.json'), checkpoint(8));
    const other = await claim('b.json', { continues: at('ck.json') });
    await other.write(checkpoint(9));
    expect([text('b.json'), text('b.previous.json')]).toEqual([checkpoint(9), checkpoint(8)]);
  });

  it('is where it was if the new one cannot be written', async () => {
    writeFileSync(at('ck.json'), checkpoint(5));
    const output = await claim('ck.json');
    // its folder's name is as long as it may be, but not with .previous
    const long = `${'x'.repeat(248)}.json`;
    writeFileSync(at(long), checkpoint(6));
    const stuck = await claim(long);
    await expect(stuck.write(checkpoint(7))).rejects.toThrow(/its name is too long/);
    expect([list(), text(long), stuck.kept]).toEqual([['ck.json', long], checkpoint(6), null]);
    await output.write(checkpoint(8));
    expect(list()).toEqual(['ck.json', 'ck.previous.json', long]);
  });

  it('of two runs at once neither loses its own', async () => {
    const [a, b] = [await claim('ck.json'), await claim('ck.json')];
    await a.write(checkpoint(1));
    await b.write(checkpoint(2));
    for (let n = 2; n < 5; n++) {
      await a.write(checkpoint(10 * n + 1));
      await b.write(checkpoint(10 * n + 2));
    }
    expect([a.path, b.path]).toEqual([at('ck-2.json'), at('ck.json')]);
    expect(a.notes).toEqual([
      `another run has written to '${at('ck.json')}': this one goes on in '${at('ck-2.json')}'`,
    ]);
    expect(list().map((file) => [file, text(file)])).toEqual([
      ['ck-2.json', checkpoint(41)],
      ['ck.json', checkpoint(42)],
      ['ck.previous.json', checkpoint(1)],
    ]);
  });
});
