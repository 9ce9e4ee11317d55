/**
 * The code of the documentation, taken out of its pages so that tests can check and run it. What a fence says:
 *
 *   ```ts                   a whole module: it is type-checked, and run in the folder of the checkout
 *   ```output               what the module before it prints
 *   ```ts file=PATH         a file at that place of the checkout: type-checked; run if it is a test (also js and yaml)
 *   ```diff file=PATH       a change to a file of the checkout, applied before anything is checked or run
 *   ```ts excerpt=PATH      lines of a file as it is; … stands for those that are left out (also diff: what it starts from)
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../', import.meta.url));

/** The source of each entry of the package, by the name that users import. */
export function entries(): Readonly<Record<string, string>> {
  const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  return Object.fromEntries(
    Object.entries<{ default: string }>(exports).map(([name, { default: built }]) => [
      join('poolgrad', name),
      built.replace(/^\.\/dist\/(.*)\.js$/, '$1.ts'),
    ]),
  );
}

export interface Page {
  readonly path: string;
  readonly text: string;
}

export interface Block {
  readonly page: string;
  /** Line of the page that the code begins at, from 1. */
  readonly line: number;
  readonly language: string;
  readonly file?: string;
  readonly excerpt?: string;
  readonly code: string;
}

/** README, FEATURES and everything in docs/. */
export function pages(): Page[] {
  const paths = ['README.md', 'FEATURES.md', ...readdirSync(join(root, 'docs')).map((name) => `docs/${name}`)];
  return paths
    .filter((path) => path.endsWith('.md'))
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));
}

/** The fenced blocks of a page; fences may be indented, as in lists. */
export function blocksOf({ path, text }: Page): Block[] {
  return [...text.matchAll(/^( *)```(\w+)([^\n]*)\n(.*?)^\1```$/gms)].map((m) => ({
    page: path,
    line: text.slice(0, m.index).split('\n').length + 1,
    language: m[2],
    ...Object.fromEntries([...m[3].matchAll(/(file|excerpt)=(\S+)/g)].map(([, key, value]) => [key, value])),
    code: m[4].replaceAll(new RegExp(`^${m[1]}`, 'gm'), ''),
  }));
}

const prose = ({ text }: Page): string => text.replaceAll(/^( *)```.*?^\1```$/gms, '');

/** The page's links within the checkout: the file, and the heading where one is named. */
export function linksOf(page: Page): { file: string; heading: string | undefined }[] {
  return [...prose(page).matchAll(/\]\(([^)#\s]*)(?:#([^)]*))?\)/g)]
    .filter(([, target]) => !/^[a-z]+:/.test(target))
    .map(([, target, heading]) => ({ file: target === '' ? page.path : join(dirname(page.path), target), heading }));
}

/** The names under which GitHub links to the headings of a page. */
export const headingsOf = (page: Page): string[] =>
  [...prose(page).matchAll(/^#+ (.*)$/gm)].map(([, title]) =>
    title
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replaceAll(' ', '-'),
  );

/**
 * The text after a diff without line numbers: its lines are looked for in order, `…` skips some. What is added goes behind
 * the line before it, or in front of the one after it where it comes first. Throws where a line is missing.
 */
export function patched(text: string, diff: Block): string {
  const lines = text.split('\n');
  const entries = diff.code.split('\n').filter((line) => line !== '' && line.trim() !== '…');
  const find = (entry: string, from: number) => {
    const found = lines.indexOf(entry.slice(1), from);
    if (found >= 0) return found;
    throw new Error(`${diff.page}:${diff.line}: ${diff.file} has no line ${JSON.stringify(entry.slice(1))}`);
  };
  let at = find(entries.find((entry) => entry[0] !== '+') as string, 0);
  for (const entry of entries) {
    if (entry[0] === '+') {
      lines.splice(at++, 0, entry.slice(1));
      continue;
    }
    at = find(entry, at);
    if (entry[0] === '-') lines.splice(at, 1);
    else at++;
  }
  return lines.join('\n');
}

/** Files of the checkout that the pages add or change, by path. */
export function filesOf(blocks: readonly Block[]): Map<string, string> {
  const files = new Map<string, string>();
  for (const block of blocks) {
    if (block.file === undefined) continue;
    if (block.language !== 'diff') files.set(block.file, block.code);
    else files.set(block.file, patched(files.get(block.file) ?? readFileSync(join(root, block.file), 'utf8'), block));
  }
  return files;
}

/** Lines of an excerpt that its file does not have, in order. */
export function strangers(block: Block): string[] {
  const path = join(root, block.excerpt as string);
  if (!existsSync(path)) return [`no file ${block.excerpt}`];
  const lines = readFileSync(path, 'utf8').split('\n');
  let at = 0;
  const shown = block.code.split('\n').filter((line) => block.language !== 'diff' || !line.startsWith('+'));
  return shown
    .map((line) => (block.language === 'diff' ? line.slice(1) : line))
    .filter((line) => {
      if (line.trim() === '' || line.trim() === '…') return false;
      const found = lines.findIndex((l, i) => i >= at && l.trim() === line.trim());
      if (found >= 0) at = found + 1;
      return found < 0;
    });
}
