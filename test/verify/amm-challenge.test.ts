/** The figures of the AMM challenge in ../shared/golden on both exact targets. */
import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { reference } from '../../src/targets/reference/index.js';
import type { SynchronousTarget } from '../../src/targets/target.js';
import { wasm } from '../../src/targets/wasm/index.js';
import { readCases } from '../../src/verify/cases.js';
import { verifyCases } from '../../src/verify/verify.js';

const FILE = '../shared/golden/amm-challenge.json';
const present = existsSync(FILE);
if (!present) console.warn(`golden cases: skipped, ${FILE} is not here`);

describe.skipIf(!present)('golden cases of the AMM challenge', () => {
  /** `rows` of the means over simulations: all take a minute on reference, whose bits are those of wasm (test/competition). */
  async function check(target: SynchronousTarget, rows?: number): Promise<number> {
    const read = await readCases(FILE);
    if (read.kind !== 'amm-challenge') throw new Error(`cases of the challenge were expected, got ${read.kind}`);
    const statistics = { rows: read.cases.statistics.rows.slice(0, rows) };
    const reports = verifyCases({ ...read, cases: { ...read.cases, statistics } }, null, target);
    for (const r of reports) {
      for (const d of r.deviations) expect(d.error, `${r.name}: ${d.field}`).toBeLessThanOrEqual(d.tolerance);
    }
    return reports.length;
  }

  it('steps, paths and means on wasm', async () => {
    expect(await check(wasm)).toBe(63);
  });
  it('steps and paths on reference', async () => {
    expect(await check(reference, 1)).toBe(38);
  });
});
