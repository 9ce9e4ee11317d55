/** Messages in the page: where the library names an option of the command line, the page names its own control. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { ofBytes, openPrices, registry } from '../../src/entries/browser.js';
import { openWebgpu } from '../../src/targets/webgpu/index.js';
import { failureOf } from '../../web/src/engine/failure.js';
import { fileHandlers } from '../../web/src/engine/files.js';
import { modelHandlers } from '../../web/src/engine/models.js';
import type { CallName } from '../../web/src/engine/protocol.js';
import type { DataRef } from '../../web/src/state.js';

const told = async (call: CallName, work: Promise<unknown>): Promise<string> => {
  const error = await work.then(
    () => null,
    (e: unknown) => e,
  );
  return failureOf(error, call).message;
};

const source = (name: string, text: string | Uint8Array) => ({
  asset: name,
  source: ofBytes(`${name}.csv`, new Uint8Array(Buffer.from(text))),
});

/** Prices of two assets. */
const data: DataRef = {
  from: 'drawn',
  model: { kind: 'gbm' },
  assets: ['A', 'B'],
  days: 40,
  interval: 3_600_000,
  seed: 3,
};
const turn = { signal: new AbortController().signal, tell: () => {} };

describe('a message of the library', () => {
  it('names the page’s own control', async () => {
    const none = { requestAdapter: async () => null } as unknown as GPU;
    expect(await told('train', openWebgpu(none))).toMatch(/got no adapter; take wasm under “Device”$/);

    const config = {
      pool: { kind: 'constant-weight' },
      feeLaw: { kind: Object.keys(registry.feeLaws)[0] },
      objective: 'returns',
      train: { windowDays: 2 },
    };
    const saved = fileHandlers.save({ what: 'balancer-weighted', config, data, state: null, name: 'x.json' }, turn);
    expect(await told('save', Promise.resolve(saved))).toMatch(/which only json carries; take “Export: json”, or /);

    const columns = readFileSync(new URL('../data/fixtures/candles-zstd.parquet', import.meta.url));
    const mixed = openPrices([source('A', columns)], { format: 'binance-klines' });
    expect(await told('openPrices', mixed)).toMatch(
      /^A\.csv: “Columns as” says binance-klines, .*; take columns there, or /,
    );
  });

  it('says what trains by the page’s own controls', async () => {
    const of = (pool: object, more: object = { flow: { kind: 'elastic', v0: 0.0005 } }) => {
      const config = {
        pool: { kind: 'constant-weight', ...pool },
        objective: 'returns',
        train: { windowDays: 2 },
        ...more,
      };
      return told('describe', Promise.resolve(modelHandlers.describe({ config, data }, turn)));
    };
    expect(await of({ fee: { value: 0.003, train: true, bounds: [0.01, 0.001] } })).toBe(
      'pool.fee.bounds: expected the least in training below the greatest, got [0.01,0.001]; to fix the value untick “trained”',
    );
    expect(await of({ fee: { value: 0, train: true } })).toMatch(/start a little inside, or untick “trained”$/);
    expect(await of({ fee: { value: 0.003, train: true } }, {})).toMatch(
      /^pool\.fee: expected a flow that answers to fee, got “trained” ticked without one, where fee would run to its bound; choose one under “Who else trades”, or untick “trained”$/,
    );
    expect(await of({ weights: { value: 0.5, bounds: [0.1, 0.9] } })).toMatch(/untick “trained”$/);
  });

  it('says whose options it names where the page has no control', async () => {
    const rows = (from: number) =>
      ['timestamp,close', ...Array.from({ length: 9 }, (_, t) => `${from + 60_000 * t},${100 + t}`)].join('\n');
    const apart = openPrices([source('A', rows(1_700_000_000_000)), source('B', rows(1_700_006_000_000))]);
    expect(await told('openPrices', apart)).toMatch(
      /or use --span union \(options of poolgrad data import, whose dataset opens here too\)$/,
    );
  });
});

/** Options in the words of the page, or of the command that imports prices, as page-words.ts and failure.ts have them. */
const TOLD = [
  ...['device', 'to', 'format', 'set', 'memory', 'with-numeraire'],
  ...['numeraire', 'interval', 'span', 'fill', 'max-gap', 'time-column', 'close-column', 'skip-lines', ''],
];
/** In modules of the page's library, but of functions that the page does not call, or within a command that is named whole. */
const ELSEWHERE = [
  ...['trades', 'out', 'data', 'init-from', 'strict', 'entry', 'every', 'columns'],
  ...[
    'volatility',
    'drift',
    'days',
    'assets',
    'seed',
    'start',
    'correlation',
    'dwell',
    'drift-half-life',
    'daily-volume',
  ],
];

/** Options that texts of these files name; '' where the name is put in. */
function optionsOf(files: Iterable<string>): Set<string> {
  const found = new Set<string>();
  const look = (node: ts.Node): void => {
    const isText = ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node);
    if (isText) for (const [, name] of node.text.matchAll(/(?:^|[\s('`])--([a-z][a-z-]*|$)/g)) found.add(name);
    ts.forEachChild(node, look);
  };
  for (const file of files) look(ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest));
  return found;
}

/** Files that one is made of. */
function filesFrom(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  const isTypes = (s: ts.Statement) =>
    (ts.isImportDeclaration(s) && s.importClause?.isTypeOnly === true) || (ts.isExportDeclaration(s) && s.isTypeOnly);
  for (const s of ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest).statements) {
    const from = ts.isImportDeclaration(s) || ts.isExportDeclaration(s) ? s.moduleSpecifier : undefined;
    if (from === undefined || !ts.isStringLiteral(from) || isTypes(s)) continue;
    const path = resolve(dirname(file), from.text.replace(/\.js$/, '.ts'));
    if (from.text.startsWith('.') && existsSync(path)) filesFrom(path, seen);
  }
  return seen;
}

it('of the page’s library names no option that nobody has looked at', () => {
  const files = filesFrom(resolve(import.meta.dirname, '../../src/entries/browser.ts'));
  expect([...optionsOf(files)].sort()).toEqual([...TOLD, ...ELSEWHERE].sort());
});
