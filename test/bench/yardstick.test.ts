/** Cases beside code by hand: what a script prints is read, what does not run is refused. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { cases } from '../../bench/cases.js';
import { besideHandText, byHandIn, byHandOf } from '../../bench/yardstick.js';

const folder = mkdtempSync(join(tmpdir(), 'yardstick-'));
afterAll(() => rmSync(folder, { recursive: true }));

const LINES = [
  'b by hand W=4: forward 4.00 ns/step, gradient 5; events/min 0.4',
  'c by hand W=8: forward 3.5 ns/step, gradient 4.25',
  '(b) wasm, one thread: forward 10.67 ns/step, gradient 19.33',
];

it('reads the lines of code by hand, and no others', () => {
  expect(byHandIn(LINES.join('\n'))).toEqual([
    { case: 'b', width: 4, forward: 4, gradient: 5 },
    { case: 'c', width: 8, forward: 3.5, gradient: 4.25 },
  ]);
  // what is written by hand are cases of the benchmark
  for (const name of ['(b) ', '(c) ']) expect(cases.some((c) => c.name.startsWith(name))).toBe(true);
});

it('runs the script of a folder', () => {
  writeFileSync(join(folder, 'run.sh'), `echo '${LINES[0]}'`);
  const [byHand] = byHandOf(folder);
  expect(besideHandText({ name: '(b) momentum', target: 'wasm', forward: 8, gradient: 15, byHand })).toBe(
    '(b) momentum: wasm / by hand with 4 sets side by side: forward 8.00 / 4.00 = 2.0×, + gradient 15.00 / 5.00 = 3.0×',
  );
});

it('refuses a folder without a script, and a script that fails', () => {
  expect(() => byHandOf(join(folder, 'none'))).toThrow('a folder with a script run.sh was expected');
  writeFileSync(join(folder, 'run.sh'), 'echo no compiler >&2; exit 1');
  expect(() => byHandOf(folder)).toThrow(/got: no compiler$/);
});
