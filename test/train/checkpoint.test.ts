/** Checkpoint files: what goes in comes out to the bit; every damage is told. */
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors.js';
import { ParameterLayout } from '../../src/rollout/layout.js';
import type { CheckpointDataset } from '../../src/train/checkpoint.js';
import {
  type Checkpoint,
  checkBelongs,
  checkpointLayout,
  decodeCheckpoint,
  encodeCheckpoint,
} from '../../src/train/checkpoint.js';
import { loadCheckpoint, saveCheckpoint } from '../../src/train/checkpoint-file.js';
import { decodeArray, encodeArrays } from '../../src/train/encoding.js';
import { frozen, type HistoryEntry } from '../../src/train/state.js';
import { COLUMNS, layout, someState } from './fake.js';

const checkpoint: Checkpoint = {
  program: '0.1.0',
  config: { pool: { kind: 'hmm', rho: 0.05 }, assets: ['BTC', 'ETH', 'SOL'], note: 'naïve ✓', nothing: null },
  dataset: { path: 'prices.arrow', hash: 'ab'.repeat(32), assets: ['BTC', 'ETH', 'SOL'], rows: 1000 },
  layout: checkpointLayout(layout),
  state: someState(),
};
const text = encodeCheckpoint(checkpoint);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'poolgrad-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('checkpoint', () => {
  it('comes back as it went, through a file, and leaves no other file', async () => {
    const path = join(folder, 'a.json');
    await writeFile(path, 'an older one');
    await saveCheckpoint(path, checkpoint);
    expect(await loadCheckpoint(path)).toEqual(checkpoint);
    expect(await readFile(path, 'utf8')).toBe(text);
    expect(await readdir(folder)).toEqual(['a.json']);
  });

  it('has one text, whatever the order of keys', () => {
    const { state, ...rest } = checkpoint;
    expect(encodeCheckpoint({ state: { ...state }, ...rest })).toBe(text);
    expect(encodeCheckpoint(decodeCheckpoint(text, 'a'))).toBe(text);
  });

  it('has the text of what it holds now, where entries of the history may change and where they are frozen', () => {
    const entry: { -readonly [K in keyof HistoryEntry]: HistoryEntry[K] } = { ...someState().history[0] };
    const textWith = (history: readonly HistoryEntry[]) =>
      encodeCheckpoint({ ...checkpoint, state: { ...someState(), history } });
    const before = textWith([entry]);
    expect(textWith([frozen(entry)])).toBe(before);
    expect(textWith([frozen(entry)])).toBe(before);
    entry.learningRate *= 2;
    expect(before).not.toContain(`"learningRate":${entry.learningRate},`);
    expect(textWith([entry])).toContain(`"learningRate":${entry.learningRate},`);
  });

  it('keeps every float64 and float32, NaN, −0 and subnormal ones too', () => {
    fc.assert(
      fc.property(fc.float64Array(), fc.float32Array(), fc.uint8Array(), (a, b, c) => {
        const coded = encodeArrays([a, b, c]) as { type: 'float64' | 'float32' | 'uint8'; data: string }[];
        const back = coded.map(({ type, data }) => decodeArray(type, data));
        [a, b, c].forEach((array, i) => {
          expect(Object.is(back[i]?.length, array.length)).toBe(true);
          array.forEach((x, k) => {
            expect(Object.is(back[i]?.[k], x)).toBe(true);
          });
        });
      }),
    );
  });

  it('takes slots as older files have them: a list in float32, with a count of steps', () => {
    const list = [
      { name: 'iter', values: Float32Array.of(2) },
      { name: 'm', values: Float32Array.of(0.5, Math.fround(0.1)) },
    ];
    const old = rehashed((d) => Object.assign(d.state as object, { slots: encodeArrays(list) }));
    expect(decodeCheckpoint(old, 'x.json').state.slots).toEqual({ m: Float64Array.of(0.5, Math.fround(0.1)) });
  });

  it('is little-endian in the file', () => {
    expect(encodeArrays(Float64Array.of(1))).toEqual({ type: 'float64', data: 'AAAAAAAA8D8=' });
  });
});

/** The text with other content under a hash that fits: as an older or hostile program might write it. */
function rehashed(change: (document: Record<string, unknown>) => void): string {
  const document = JSON.parse(text) as Record<string, unknown>;
  change(document);
  const { format, version, hash, ...rest } = document;
  const shell = encodeCheckpoint(rest as unknown as Checkpoint);
  return format === 'poolgrad-checkpoint' && version === 1 ? shell : JSON.stringify({ format, version, hash, ...rest });
}

describe('bad checkpoints', () => {
  const cases: [string, string, RegExp][] = [
    [
      'cut short',
      text.slice(0, -100),
      /^checkpoint: 'x.json' is damaged: it ends after \d+ characters, within the JSON; restore/,
    ],
    ['empty', '', /^checkpoint: 'x.json': a poolgrad-checkpoint was expected, got text that is not JSON; give/],
    ['a YAML file', 'pool:\n  kind: hmm\n', /a poolgrad-checkpoint was expected, got text that is not JSON/],
    ['other JSON', '{"a": 1}', /a poolgrad-checkpoint was expected, got format none/],
    ['JSON null', 'null', /a poolgrad-checkpoint was expected, got format none/],
    ['another format', '{"format":"onnx"}', /a poolgrad-checkpoint was expected, got format "onnx"/],
    [
      'a flipped digit',
      text.replace('"rows":1000', '"rows":1001'),
      /is damaged: its hash is [0-9a-f]{12}…, its content has/,
    ],
    ['a flipped bit of a raw', text.replace(/("raw":\{"data":")AAAA/, '$1AAAB'), /is damaged: its hash is/],
    ['no hash', text.replace(/"hash":"\w+",/, ''), /is damaged: its hash is undefined, its content has/],
    [
      'a newer version',
      text.replace('"version":1', '"version":2'),
      /has version 2, this poolgrad reads version 1; use the/,
    ],
    ['no version', text.replace('"version":1,', ''), /has version undefined, this poolgrad reads version 1; use/],
    ...[0, -1, 0.5, 99, '1', null, true].map((version): [string, string, RegExp] => [
      `the version ${JSON.stringify(version)}, which never was`,
      rehashed((d) => Object.assign(d, { version })),
      new RegExp(
        `has version ${JSON.stringify(version)}, this poolgrad reads version 1; use the poolgrad that wrote it`,
      ),
    ]),
    ['a missing part', rehashed((d) => delete d.state), /is damaged: state: /],
    ['an unknown part', rehashed((d) => Object.assign(d, { extra: 1 })), /is damaged: .*extra/],
    [
      'raws of another size',
      rehashed((d) => Object.assign(d.state as object, { sets: 3 })),
      /is damaged: state.raw: expected 21 numbers, got 14|raw: expected 21/,
    ],
    [
      'a best set that is none',
      rehashed((d) => Object.assign((d.state as { best: object }).best, { set: 2 })),
      /expected the best set to be one of the sets/,
    ],
    [
      'numbers that are not base64',
      rehashed((d) => Object.assign(d.state as object, { moved: { type: 'uint8', data: '*' } })),
      /expected base64 of uint8 numbers/,
    ],
    [
      'half a number',
      rehashed((d) => Object.assign(d.state as object, { raw: { type: 'float64', data: 'AAAA' } })),
      /expected base64 of float64 numbers/,
    ],
  ];
  const changed = (part: object) => rehashed((d) => Object.assign(d.state as object, part));
  const best = (part: object) => rehashed((d) => Object.assign((d.state as { best: object }).best, part));
  const array = (...values: number[]) => encodeArrays(Float64Array.from(values));
  const history = (...iterations: number[]) =>
    changed({ history: iterations.map((iteration) => ({ ...checkpoint.state.history[0], iteration })) });
  const nonsense: [string, string, RegExp][] = [
    [
      'NaN for the best',
      best({ raw: array(...new Array(COLUMNS).fill(Number.NaN)) }),
      /state.best.raw: expected numbers, got NaN/,
    ],
    [
      'one NaN among the sets',
      changed({ raw: array(Number.NaN, ...new Array(2 * COLUMNS - 1).fill(0)) }),
      /state.raw: .*NaN/,
    ],
    ['no figure of the best', best({ validation: null }), /is damaged: state.best.validation: /],
    ['a best of an iteration to come', best({ iteration: 3 }), /the best iteration to be one of those done/],
    [
      'a word that is missing',
      changed({ finished: undefined }),
      /is damaged: state.finished: expected boolean, got nothing; restore/,
    ],
    ['a seed that is none', changed({ seed: 2 ** 32 }), /is damaged: state.seed: /],
    ['a negative count', changed({ reseeded: -1 }), /is damaged: state.reseeded: /],
    ['half an iteration', changed({ iteration: 1.5 }), /is damaged: state.iteration: /],
    ['a history that lacks one', history(0), /expected history to have every iteration once, in order/],
    ['a history out of order', history(1, 0), /expected history to have every iteration once, in order/],
    ['a history of others', history(0, 1, 2, 3), /expected history to have every iteration once, in order/],
    ['an optimiser without its slots', changed({ slots: {} }), /expected slots of the optimiser/],
    ['moments that are none', changed({ slots: { m: encodeArrays(Float64Array.of(Number.NaN)) } }), /slots.m: .*NaN/],
    ['a list in the place of a map', rehashed((d) => Object.assign(d, { dataset: [] })), /is damaged: dataset: /],
    [
      'parts within parts',
      rehashed((d) => Object.assign(d, { config: JSON.parse(`${'{"a":'.repeat(500)}1${'}'.repeat(500)}`) })),
      /its parts lie within each other more than 100 deep/,
    ],
  ];
  it.each([...cases, ...nonsense])('%s', (_name, content, message) => {
    const decode = () => decodeCheckpoint(content, 'x.json');
    expect(decode).toThrow(UserError);
    expect(decode).toThrow(message);
    try {
      decode();
    } catch (error) {
      expect((error as Error).message).not.toContain('\n');
    }
  });

  it('every single changed character is told', () => {
    fc.assert(
      fc.property(fc.nat(text.length - 2), fc.constantFrom('0', 'A', ' ', '"', '}'), (at, character) => {
        const changed = text.slice(0, at) + character + text.slice(at + 1);
        if (changed !== text) expect(() => decodeCheckpoint(changed, 'x.json')).toThrow(UserError);
      }),
      { numRuns: 500 },
    );
  });

  it('no file, a folder', async () => {
    await expect(loadCheckpoint(join(folder, 'none.json'))).rejects.toThrow(
      /cannot be read: there is no such file; give/,
    );
    await expect(loadCheckpoint(folder)).rejects.toThrow(/cannot be read: it is a folder/);
  });

  it('a place where nothing can be written', async () => {
    await expect(saveCheckpoint(join(folder, 'no', 'a.json'), checkpoint)).rejects.toThrow(/its folder does not exist/);
    const taken = join(folder, 'taken.json');
    await mkdir(taken);
    await expect(saveCheckpoint(taken, checkpoint)).rejects.toThrow(UserError);
    expect(await readdir(taken)).toEqual([]);
  });

  it.skipIf(process.getuid?.() === 0)('a folder without permission (not told apart for root)', async () => {
    const closed = join(folder, 'closed');
    await mkdir(closed);
    await chmod(closed, 0o500);
    await expect(saveCheckpoint(join(closed, 'a.json'), checkpoint)).rejects.toThrow(
      /cannot be written: permission denied/,
    );
  });
});

describe('checkBelongs', () => {
  it('accepts the same data in another place', () => {
    expect(() =>
      checkBelongs(checkpoint, { ...(checkpoint.dataset as CheckpointDataset), path: 'elsewhere.arrow' }, layout),
    ).not.toThrow();
  });

  it('refuses other data', () => {
    const other = { path: 'new.arrow', hash: 'cd'.repeat(32), assets: ['BTC'], rows: 5 };
    expect(() => checkBelongs(checkpoint, other, layout)).toThrow(
      /^resume: the checkpoint was trained on prices.arrow \(1000 rows of BTC, ETH, SOL, abababababab…\), got new.arrow \(5 rows of BTC, cdcd/,
    );
  });

  it('refuses other parameters', () => {
    const other = new ParameterLayout([{ prefix: 'pool', parameters: { fee: layout.entries[0].parameter } }], ['BTC']);
    expect(() => checkBelongs(checkpoint, checkpoint.dataset, other)).toThrow(
      /has the parameters pool.fee \(1\), pool.weights \(3\), rule.k \(3\), got pool.fee \(1\); use its config/,
    );
    expect(layout.columns).toBe(COLUMNS);
  });
});
