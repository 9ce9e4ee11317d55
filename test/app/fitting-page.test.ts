/** The page on fitting: its files are written, its commands run, and what they print is what it says. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { commandIn } from '../cli/run.js';
import { blocksOf, pages } from '../package/pages.js';

const folder = mkdtempSync(join(tmpdir(), 'poolgrad-fitting-'));
afterAll(() => rmSync(folder, { recursive: true }));

const page = pages().find(({ path }) => path === 'docs/fitting.md');
const blocks = page === undefined ? [] : blocksOf(page);
const poolgrad = commandIn(folder);

it('runs as it says', () => {
  const files = blocks.flatMap(({ language, code }) => (language === 'yaml' ? [code] : []));
  for (const code of files) writeFileSync(join(folder, /^# (\S+)\n/.exec(code)?.[1] ?? ''), code);
  expect(files).toHaveLength(2);
  let printed = 0;
  blocks.forEach(({ language, code }, i) => {
    if (language !== 'sh') return;
    let last = '';
    for (const line of code.trim().split('\n')) {
      const { status, stdout, stderr } = poolgrad(...line.replace(/^poolgrad /, '').split(' '));
      expect(status, `${line}\n${stderr}`).toBe(0);
      last = stdout;
    }
    const next = blocks[i + 1];
    if (next?.language !== 'text') return;
    printed++;
    expect(last).toBe(next.code);
  });
  expect(printed).toBe(2);
});
