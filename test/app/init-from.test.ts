/** Start values from a checkpoint whose config is not what it says: one line, in words. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { changedCheckpoint, MOMENTUM, refusal, trainedIn, training } from './setup.js';

const folder = mkdtempSync(join(tmpdir(), 'poolgrad-init-from-'));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string) => join(folder, name);

let own = '';
beforeAll(async () => {
  own = await trainedIn(folder, 'mom', MOMENTUM);
});

it.each([
  ['no pool', {}, /^--init-from: expected the pool tfmm as in the config, got nothing in /],
  ['a pool of no kind', { pool: { fee: 0 } }, /expected the pool tfmm as in the config, got nothing in /],
  ['a list for a kind', { pool: { kind: ['tfmm'] } }, /expected the pool tfmm as in the config, got \["tfmm"\] in /],
  ['null for a rule', { pool: { kind: 'tfmm' }, rule: null }, /expected the rule momentum .* got nothing in /],
])('%s', async (_, config, message) => {
  const other = changedCheckpoint(own, at('other.json'), (c) => Object.assign(c, { config }));
  const job = training({ config: at('mom.yaml'), initFrom: other, out: at('o.json') });
  expect(await refusal(job)).toMatch(message);
});
