/** The documentation: every link leads somewhere, all code type-checks against the package, and runs as it says. */
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import ts from 'typescript';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { type Block, blocksOf, entries, filesOf, headingsOf, linksOf, pages, root, strangers } from './pages.js';

const all = pages();
const blocks = all.flatMap(blocksOf);
const files = filesOf(blocks);
const modules = blocks.filter((b) => b.language === 'ts' && b.file === undefined && b.excerpt === undefined);
const tests = blocks.filter((b) => b.file?.endsWith('.test.ts'));
const title = (b: Block) => `${b.page} line ${b.line}`;

describe.each(all)('$path', (page) => {
  it('links to files and headings that are there', () => {
    for (const { file, heading } of linksOf(page)) {
      expect(existsSync(join(root, file)), file).toBe(true);
      const linked = all.find(({ path }) => path === file);
      if (heading !== undefined && linked !== undefined) expect(headingsOf(linked)).toContain(heading);
    }
  });
});

describe('excerpts', () => {
  it.each(
    blocks.filter((b) => b.excerpt !== undefined).map((b) => [title(b), b] as const),
  )('%s is in its file', (_, b) => {
    expect(strangers(b)).toEqual([]);
  });
});

/** What the package's names stand for, in the checkout. */
const ENTRIES = entries();

/** Where a module without a file stands for the compiler. */
const place = (b: Block) => `docs/${b.page.replaceAll(/\W/g, '-')}-${b.line}.ts`;

/** Errors of the pages' code by file, type-checked in its place in the checkout. */
function typeErrors(): Map<string, string[]> {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile);
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, root);
  options.paths = Object.fromEntries(Object.entries(ENTRIES).map(([name, path]) => [name, [join(root, path)]]));
  Object.assign(options, { noEmit: true, declaration: false, allowJs: true, checkJs: true });
  const code = [...files].filter(([path]) => /\.m?[jt]s$/.test(path));
  const sources = new Map(
    [...code, ...modules.map((b) => [place(b), b.code] as const)].map(([p, c]) => [join(root, p), c]),
  );
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (path) => sources.has(path) || fileExists(path);
  host.readFile = (path) => sources.get(path) ?? readFile(path);
  host.getSourceFile = (path, version, ...rest) => {
    const text = sources.get(path);
    return text === undefined ? getSourceFile(path, version, ...rest) : ts.createSourceFile(path, text, version);
  };
  const program = ts.createProgram([...sources.keys()], options, host);
  const errors = [...sources.keys()].map((path): [string, string[]] => {
    const file = program.getSourceFile(path) as ts.SourceFile;
    const found = [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)];
    // JavaScript need not name the types of its parameters
    const counted = found.filter(({ code }) => !path.endsWith('js') || code < 7000 || code > 7999);
    return [relative(root, path), counted.map((d) => ts.flattenDiagnosticMessageText(d.messageText, '\n'))];
  });
  return new Map(errors);
}

describe('types', () => {
  const errors = typeErrors();
  it.each([...errors.keys()])('%s', (path) => {
    expect(errors.get(path)).toEqual([]);
  });
});

// A folder of the checkout that has the pages' files, and finds everything else where it is.
mkdirSync(join(root, 'out'), { recursive: true });
const folder = mkdtempSync(join(root, 'out', 'docs-'));
afterAll(() => rmSync(folder, { recursive: true }));
for (const shared of ['datasets', 'configs']) symlinkSync(join(root, shared), join(folder, shared));
for (const [path, code] of files) write(path, code);
for (const b of modules) write(place(b), b.code);

/** Writes a file; what it imports is a file of the pages, or the source in the checkout. */
function write(path: string, code: string): void {
  const resolved = code.replaceAll(/(from |import\()'(\.[^']*|poolgrad[^']*)'/g, (_, how: string, name: string) => {
    const target = ENTRIES[name] ?? join(dirname(path), name).replace(/\.js$/, '.ts');
    return `${how}'${join(files.has(target) ? folder : root, target)}'`;
  });
  mkdirSync(join(folder, dirname(path)), { recursive: true });
  writeFileSync(join(folder, path), resolved);
}

/** Runs `body` with the pages' folder as the working directory. */
async function there<T>(body: () => Promise<T>): Promise<T> {
  const before = process.cwd();
  process.chdir(folder);
  try {
    return await body();
  } finally {
    process.chdir(before);
  }
}

describe('modules', () => {
  it.each(modules.map((b) => [title(b), b] as const))('%s runs, and prints what the page says', async (_, b) => {
    const log = vi.spyOn(console, 'log').mockImplementation(() => undefined);
    try {
      await there(() => import(join(folder, place(b))));
      const next = blocks[blocks.indexOf(b) + 1];
      if (next?.page !== b.page || next.language !== 'output') return;
      expect(log.mock.calls.map((line) => `${line.join(' ')}\n`).join('')).toBe(next.code);
    } finally {
      log.mockRestore();
    }
  });
});

describe.each(tests.map((b) => [b.file as string, b] as const))('%s', async (path) => {
  await there(() => import(join(folder, path)));
});
