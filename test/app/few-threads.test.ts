/** A system that refuses threads: the job goes on with those that there are, to the same bits, and says so. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it, vi } from 'vitest';

const refusals = vi.hoisted(() => ({ count: 0 }));
vi.mock('node:worker_threads', async (original) => ({
  ...(await original<typeof import('node:worker_threads')>()),
  Worker: class {
    constructor() {
      refusals.count++;
      throw Object.assign(new Error('EAGAIN'), { code: 'ERR_WORKER_INIT_FAILED' });
    }
  },
}));
vi.mock('node:os', async (original) => ({
  ...(await original<typeof import('node:os')>()),
  availableParallelism: () => 4,
}));

const { FEES, trainedIn, training } = await import('./setup.js');
const { wasm } = await import('../../src/targets/wasm/index.js');

const folder = mkdtempSync(join(tmpdir(), 'poolgrad-threads-'));
afterAll(() => rmSync(folder, { recursive: true }));

it('training goes on with one thread, asks once, and has the same bits', async () => {
  expect(availableParallelism()).toBe(4);
  const out = await trainedIn(folder, 'one', FEES);
  expect(refusals.count).toBe(0);
  const config = join(folder, 'one.yaml');
  const many = join(folder, 'many.json');
  const { json } = await training({ config, out: many, set: ['run.threads=3'] });
  expect((json as { notes: string[] }).notes).toContain(
    'threads: the system refused this process more than 1 of 3 (ulimit -u): it goes on with those',
  );
  expect(refusals.count).toBe(1);
  expect(wasm.threads?.(4)).toBe(1);
  expect(refusals.count).toBe(1);
  const state = (path: string) => JSON.parse(readFileSync(path, 'utf8')).state;
  expect(state(many)).toEqual(state(out));
});

it('more threads than cores are cut to them, which is said once', async () => {
  const out = join(folder, 'cut.json');
  const { json } = await training({ config: join(folder, 'one.yaml'), out, set: ['run.threads=1024'] });
  expect((json as { notes: string[] }).notes).toEqual(
    expect.arrayContaining([
      'run.threads: 1024 is cut to the 4 cores that this process may use',
      'threads: the system refused this process more than 1 of 4 (ulimit -u): it goes on with those',
    ]),
  );
});
