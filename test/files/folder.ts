/** A folder of its own for a test file, and what is in it. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

export function testFolder() {
  const root = mkdtempSync(join(tmpdir(), 'poolgrad-files-'));
  afterAll(() => rmSync(root, { recursive: true }));
  return {
    root,
    at: (...names: string[]) => join(root, ...names),
    list: (...names: string[]) => readdirSync(join(root, ...names)).sort(),
  };
}
