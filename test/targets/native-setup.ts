/** What tests of the native target share: a cache of their own, and the compilers that are here. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { findCompiler } from '../../src/targets/native/compiler.js';

/** Runs with environment variables of its own, until a promise that it gives is settled. */
export function withEnvironment<T>(values: Readonly<Record<string, string | undefined>>, body: () => T): T {
  const before = Object.fromEntries(Object.keys(values).map((name) => [name, process.env[name]]));
  const set = (variables: Readonly<Record<string, string | undefined>>) => {
    for (const [name, value] of Object.entries(variables)) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  };
  set(values);
  let result: T | null = null;
  try {
    result = body();
    return result;
  } finally {
    if (result instanceof Promise) void result.catch(() => undefined).finally(() => set(before));
    else set(before);
  }
}

/** Whether $CC could be this. */
export function isCompiler(command: string): boolean {
  try {
    withEnvironment({ CC: command }, findCompiler);
    return true;
  } catch {
    return false;
  }
}

/** Why there is no compiler; null where there is one. */
export const missing: string | null = (() => {
  try {
    findCompiler();
    return null;
  } catch (error) {
    return (error as Error).message;
  }
})();

if (missing !== null) console.warn(`skipped: ${missing}`);

/** Gives the tests of a file an empty cache folder; its path. */
export function ownCache(): { path: string } {
  const cache = { path: '' };
  const before = process.env.XDG_CACHE_HOME;
  beforeAll(() => {
    cache.path = mkdtempSync(join(tmpdir(), 'poolgrad-cache-'));
    process.env.XDG_CACHE_HOME = cache.path;
  });
  afterAll(() => {
    if (before === undefined) delete process.env.XDG_CACHE_HOME;
    else process.env.XDG_CACHE_HOME = before;
    rmSync(cache.path, { recursive: true, force: true });
  });
  return cache;
}
