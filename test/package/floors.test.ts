/**
 * Floors: a file imports from its own floor or below, types included. (Circles within a floor: biome's `noImportCycles`.)
 *
 * The order is that of folders; a floor's folders stand in one line.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../..');

/** From the lowest; what stands in no folder of its own is named as a file. */
const FLOORS: readonly (readonly string[])[] = [
  // of no floor: what says things to users, and files
  ['src/errors.ts', 'src/file-name.ts', 'src/hash.ts', 'src/terminal.ts', 'src/version.ts', 'src/files'],
  ['src/graph'],
  ['src/targets', 'src/prices', 'src/makers', 'src/compute'],
  ['src/rollout'],
  ['src/pools'],
  ['kernels'],
  ['src/data', 'src/config'],
  [
    'src/train',
    'src/evaluate',
    'src/fit',
    'src/solve',
    'src/export',
    'src/live',
    'src/quantammsim',
    'src/verify',
    'src/challenge',
    'src/paper',
  ],
  ['src/app'],
  ['src/cli', 'src/index.ts', 'src/entries', 'src/tfjs.ts'],
  ['web/src'],
];

const files = ['src', 'kernels', 'web/src'].flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name) && !name.endsWith('.d.ts'))
    .map((name) => join(folder, name).split(sep).join('/')),
);

/** The files of ours that a file imports or exports from, with types and what is imported while running. */
function importsOf(file: string): string[] {
  const { importedFiles } = ts.preProcessFile(readFileSync(join(ROOT, file), 'utf8'), true, true);
  return importedFiles
    .filter(({ fileName }) => fileName.startsWith('.'))
    .map(({ fileName }) =>
      relative(ROOT, resolve(ROOT, dirname(file), fileName))
        .split(sep)
        .join('/'),
    )
    .map((name) => name.replace(/\.js$/, existsSync(join(ROOT, name.replace(/\.js$/, '.tsx'))) ? '.tsx' : '.ts'));
}

const floorOf = (file: string): number =>
  FLOORS.findIndex((places) => places.some((place) => file === place || file.startsWith(`${place}/`)));

describe('every file', () => {
  it('stands on a floor', () => {
    expect(files.length).toBeGreaterThan(300);
    expect(files.filter((file) => floorOf(file) < 0)).toEqual([]);
  });
  it('imports what is there, from its own floor or below', () => {
    const all = files.flatMap((file) => importsOf(file).map((used) => [file, used] as const));
    expect(all.length).toBeGreaterThan(1000);
    expect(all.filter(([, used]) => /\.tsx?$/.test(used) && !files.includes(used))).toEqual([]);
    expect(all.filter(([file, used]) => floorOf(used) > floorOf(file))).toEqual([]);
  });
  it('of the page has the library by its entry for browsers, and by no other way', () => {
    const page = files.filter((file) => file.startsWith('web/src/'));
    expect(page.length).toBeGreaterThan(20);
    const ways = page.flatMap((file) =>
      importsOf(file)
        .map((used) => [file, used] as const)
        .filter(([, used]) => /^(src|kernels)\//.test(used)),
    );
    expect(ways).toEqual([]);
    const named = page.flatMap((file) =>
      [...readFileSync(join(ROOT, file), 'utf8').matchAll(/from '(poolgrad[^']*)'/g)].map((match) => match[1]),
    );
    expect(new Set(named)).toEqual(new Set(['poolgrad/browser']));
  });
});
