/** Folders are made with all above them, and what takes none fails at once. */
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { makeFolder } from '../../src/files/folder.js';

it('makes what is missing, and takes what is there', () => {
  const root = mkdtempSync(join(tmpdir(), 'folder-'));
  try {
    for (let k = 0; k < 2; k++) makeFolder(join(root, 'a', 'b', 'c'), 0o700);
    expect(statSync(join(root, 'a', 'b', 'c')).mode & 0o777).toBe(0o700);
  } finally {
    rmSync(root, { recursive: true });
  }
});

it.skipIf(!existsSync('/proc/self'))('fails where a folder takes none', () => {
  expect(() => makeFolder('/proc/x/poolgrad/native')).toThrow(/ENOENT|EACCES|EPERM/);
});
