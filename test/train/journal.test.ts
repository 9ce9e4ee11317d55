/** The journal of a training: what it holds, whose place it takes, and that nothing which befalls it ends the training. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { machine, thisProcess } from '../../src/files/temporary.js';
import type { TrainEvent } from '../../src/train/events.js';
import { Journal } from '../../src/train/journal.js';
import { headOf, type JournalLine } from '../../src/train/journal-lines.js';
import { train } from '../../src/train/train.js';
import { options, problem } from './fake.js';

const root = mkdtempSync(join(tmpdir(), 'poolgrad-journal-'));
afterAll(() => rmSync(root, { recursive: true }));

let folders = 0;
function place() {
  const folder = join(root, String(folders++));
  mkdirSync(folder);
  const at = (name: string) => join(folder, name);
  const notes: string[] = [];
  const begin = (name = 'pool.json') => Journal.begin(at(name), about, (note) => notes.push(note));
  return { at, notes, begin, list: () => readdirSync(folder).sort() };
}

const about = {
  title: 'tfmm + momentum',
  assets: ['A', 'B'],
  objective: 'returns',
  device: 'wasm',
  steps: 'pool-steps',
  iterations: 60,
};

const linesOf = (path: string) =>
  readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

/** As of a process with a number that Linux gives to none. */
const GONE = `${machine()}-4194305-1`;
const headed = (process: string) => {
  const kept = { format: 'poolgrad-journal', version: 1, process, began: '2026-01-01T00:00:00Z' };
  return `${JSON.stringify({ ...kept, checkpoint: 'pool.json', ...about })}\n`;
};

describe('the journal', () => {
  it('has all that a training tells, beside its checkpoint', async () => {
    const { at, begin, notes } = place();
    const journal = (await begin())!;
    expect(journal.path).toBe(at('pool.running.jsonl'));
    const told: TrainEvent[] = [];
    await train(problem(), options({ iterations: 60, validateEvery: 7 }), {
      onEvent: (event) => {
        told.push(event);
        journal.tell(event);
      },
    });
    await journal.fail('stays');
    const [head, ...lines] = linesOf(journal.path) as [object, ...JournalLine[]];
    expect(head).toMatchObject({ ...about, process: thisProcess(), checkpoint: 'pool.json' });
    expect(headOf(readFileSync(journal.path, 'utf8'))).toEqual(head);
    // a head that lacks something, or has it of another type, is of no journal
    for (const key of Object.keys(head)) expect(headOf(JSON.stringify({ ...head, [key]: [1] }))).toBeNull();
    const validations = told.filter((event) => event.kind === 'validation');
    expect(validations.length).toBe(10);
    expect(lines.filter(({ kind }) => kind === 'validation')).toEqual(validations);
    expect(lines.at(-1)).toEqual({ kind: 'failed', error: 'stays' });
    // progress may be left out, but not after a validation, nor at the end
    const progress = lines.filter((line) => line.kind === 'progress');
    const marked = [...validations.slice(0, -1).map((v) => v.iteration + 1), 60];
    expect(progress.map(({ iteration }) => iteration)).toEqual(expect.arrayContaining(marked));
    expect(told).toEqual(expect.arrayContaining(progress));
    expect(notes).toEqual([]);
  });

  it('goes when the training has come to an end', async () => {
    const { begin, list } = place();
    const journal = (await begin())!;
    expect(list()).toEqual(['pool.running.jsonl']);
    await journal.end();
    expect(list()).toEqual([]);
    // whatever comes afterwards
    journal.tell({ kind: 'saved', checkpoint: 'pool.json', iteration: 1 });
    await journal.fail('late');
    expect(list()).toEqual([]);
  });

  it('takes the place of one whose run has ended, and of no other file', async () => {
    const { at, begin, list } = place();
    writeFileSync(at('pool.running.jsonl'), headed(GONE));
    const first = (await begin())!;
    expect(headOf(readFileSync(first.path, 'utf8'))?.process).toBe(thisProcess());
    const second = (await begin())!;
    expect(second.path).toBe(at('pool-2.running.jsonl'));
    writeFileSync(at('mine.running.jsonl'), 'my own notes\n');
    const third = (await begin('mine.json'))!;
    expect(third.path).toBe(at('mine-2.running.jsonl'));
    for (const journal of [first, second, third]) await journal.end();
    expect(list()).toEqual(['mine.running.jsonl']);
    expect(readFileSync(at('mine.running.jsonl'), 'utf8')).toBe('my own notes\n');
  });

  it('is at the place that a link leads to, and there is none of what is no file', async () => {
    const { at, begin, list, notes } = place();
    mkdirSync(at('real'));
    symlinkSync('real/pool.json', at('link.json'));
    const journal = (await begin('link.json'))!;
    expect(existsSync(at('real/pool.running.jsonl'))).toBe(true);
    await journal.end();
    expect(await Journal.begin('/dev/null', about, (note) => notes.push(note))).toBe(null);
    expect([list(), notes]).toEqual([['link.json', 'real'], []]);
  });

  it('that cannot be made is told of', async () => {
    const { at, begin, notes } = place();
    writeFileSync(at('file'), '');
    expect(await begin('file/pool.json')).toBe(null);
    expect(notes).toEqual([expect.stringMatching(/^no journal beside '.*file\/pool\.json': .*; poolgrad ui does not/)]);
  });
});
