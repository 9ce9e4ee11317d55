/** `npm run fuzz`: seeded trials of every kind of input; what fails is kept in a folder, small, with how to run it alone. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import fc from 'fast-check';
import { type Case, KINDS } from './kinds.js';
import { Runner } from './runner.js';
import { readSeeds, type Seeds, writeSeeds } from './seeds.js';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string' },
    out: { type: 'string', default: 'fuzz-failures' },
  },
});
const [seconds, seed] = [values.seconds, values.seed].map(Number);
const names = values.only === undefined ? Object.keys(KINDS) : values.only.split(',');
const unknown = names.find((name) => !Object.hasOwn(KINDS, name));
if (unknown !== undefined || !(seconds > 0) || !Number.isSafeInteger(seed)) {
  console.error(`fuzz: --seconds, --seed and --only with some of ${Object.keys(KINDS).join(', ')} were expected`);
  process.exit(2);
}

/** A word as a shell takes it. */
const quoted = (word: string) => (/^[\w./,=-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);

/** Everything that a failing case needs, in a folder of its own. */
function keep(kind: string, { args, file }: Case, why: string, at: string): string {
  const folder = resolve(values.out, `${kind}-${at.replaceAll(/\W/g, '-')}`);
  mkdirSync(folder, { recursive: true });
  for (const [name, content] of seeds) if (name !== file?.name) writeFileSync(join(folder, name), content);
  if (file !== undefined) writeFileSync(join(folder, file.name), file.content);
  const command = ['npx', 'poolgrad', ...args].map(quoted).join(' ');
  writeFileSync(join(folder, 'README'), `${why}\n\nseed ${at} of ${kind}; in this folder:\n${command}\n`);
  return folder;
}

/** Trials of a kind until its time is over; the number of failures that differ by what they say. */
async function fuzz(kind: string, share: number, runner: Runner): Promise<number> {
  const end = Date.now() + 1000 * share;
  const found = new Set<string>();
  let trials = 0;
  for (let round = seed; Date.now() < end; round++) {
    let why = '';
    const property = fc.asyncProperty(KINDS[kind](seeds), async (c) => {
      trials++;
      const wrong = await runner.run(c);
      // of failures that were found, one is enough
      if (wrong === null || found.has(sort(wrong))) return true;
      why = wrong;
      return false;
    });
    const limits = { interruptAfterTimeLimit: Math.max(end - Date.now(), 1), numRuns: 1000, verbose: 0 };
    const { failed, counterexample, interrupted } = await fc.check(property, { seed: round, ...limits });
    if (failed && counterexample !== null) {
      found.add(sort(why));
      const folder = keep(kind, counterexample[0], why, `${round}-${found.size}`);
      console.log(`${kind}: ${why}\n  ${relative('', folder)}`);
    }
    if (interrupted) break;
  }
  console.log(`${kind}: ${trials} trials, ${found.size} failed`);
  return found.size;
}

/** Two failures of one sort differ in numbers and in what they quote. */
const sort = (why: string) => why.replaceAll(/\d+|['"“].*?['"”]/g, '#').slice(0, 80);

const root = mkdtempSync(join(tmpdir(), 'poolgrad-fuzz-'));
const folder = join(root, 'seeds');
mkdirSync(folder);
await writeSeeds(folder);
const seeds: Seeds = readSeeds(folder, readdirSync(folder));
const runner = new Runner(folder, join(root, 'reason'));
let failures = 0;
try {
  for (const kind of names) failures += await fuzz(kind, seconds / names.length, runner);
} finally {
  runner.stop();
  rmSync(root, { recursive: true });
}
console.log(failures === 0 ? 'fuzz: nothing failed' : `fuzz: ${failures} failed, kept in ${values.out}`);
process.exit(failures === 0 ? 0 : 1);
