/** A short seeded run of each kind of input: every case ends in a result or in one line. `npm run fuzz` goes on for hours. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { complaint, Workplace } from './command.js';
import { type Case, KINDS } from './kinds.js';
import { readSeeds, type Seeds, writeSeeds } from './seeds.js';

const folder = mkdtempSync(join(tmpdir(), 'poolgrad-fuzz-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Cases whose commands train, evaluate or assemble reports take longer. */
const RUNS: Readonly<Record<string, number>> = { checkpoints: 8, runs: 8, configs: 15, templates: 12 };

let seeds: Seeds;
let place: Workplace;
beforeAll(async () => {
  await writeSeeds(folder);
  seeds = readSeeds(folder, readdirSync(folder));
  place = new Workplace(folder);
});

describe('damaged input', () => {
  it.each(Object.keys(KINDS))('%s', async (kind) => {
    const property = fc.asyncProperty(KINDS[kind](seeds), async (c: Case) => {
      expect(await place.run(c)).toBe(null);
    });
    await fc.assert(property, { seed: 7, numRuns: RUNS[kind] ?? 40 });
  });
});

describe('an end that is found wrong', () => {
  it.each([
    ['a mistake of ours', '', 'error: unexpected: x is not a function; set POOLGRAD_DEBUG=1\n', 1],
    ['of ours as JSON', '{"error":"unexpected: x"}\n', '', 1],
    ['two errors', '', 'error: a\nerror: b\n', 1],
    ['a terminal sequence', '\u001b[31m', '', 0],
    ['silence', '', '', 1],
    ['a stack', '', 'error: a\n    at f (/x.js:3:4)\n', 1],
    ['an endless line', '', `error: ${'a'.repeat(2000)}\n`, 2],
    ['another exit code', '', 'error: a\n', 7],
  ])('%s', (_, stdout, stderr, exitCode) => {
    expect(complaint({ stdout, stderr, exitCode })).not.toBe(null);
  });

  it('and one that is not', () => {
    expect(complaint({ stdout: '', stderr: 'note: a\nerror: b: 1 was expected; mend it\n', exitCode: 2 })).toBe(null);
    expect(complaint({ stdout: 'done\n', stderr: '', exitCode: 0 })).toBe(null);
  });
});
