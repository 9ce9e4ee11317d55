/** What is fuzzed: for each kind of input, a damaged file or command line and the command that meets it. */
import fc from 'fast-check';
import { parse, stringify } from 'yaml';
import { encodeCheckpoint } from '../../src/train/checkpoint.js';
import { damagedBytes, damagedJson, damagedText, damagedTree, damagedWords } from './mutate.js';
import { RUN, type Seeds } from './seeds.js';

/** A command line in a folder of seeds and of this file. */
export interface Case {
  readonly args: readonly string[];
  readonly file?: { readonly name: string; readonly content: Uint8Array };
}

/** What ends soon whatever else a config says: short trainings, and one thread. */
const SOON = [...['train.iterations=1', 'train.sets=1', 'train.windows=1', 'run.threads=1', 'run.device=wasm']].flatMap(
  (entry) => ['--set', entry],
);

const on =
  (name: string, commands: readonly (readonly string[])[]) =>
  (contents: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Case> =>
    fc.tuple(contents, fc.constantFrom(...commands)).map(([content, args]) => ({ args, file: { name, content } }));

const text = (seeds: Seeds, name: string) => (seeds.get(name) as Buffer).toString();
const json = (seeds: Seeds, name: string): unknown => JSON.parse(text(seeds, name));

const CONFIG = [
  ['train', 'x.yaml', '--out', 'o.json', '--json', ...SOON],
  ['simulate', 'x.yaml', '--out', 'o.csv', '--every', '60', '--set', 'run.threads=1'],
];
const CHECKPOINT = [
  ['export', 'x.json', '--to', 'json', '--out', 'o.json'],
  ['simulate', 'x.json', '--out', 'o.arrow', '--every', '60'],
  ['weights', 'x.json'],
  ['evaluate', 'x.json', '--out', 'o.html'],
  ['train', 'momentum.yaml', '--init-from', 'x.json', '--out', 'o.json', '--json', ...SOON],
];
/** What a fit says of its length is said here, whatever its config says. */
const BRIEF = ['iterations=2', 'moments.scenarios=2', 'moments.rows=60', 'page.paths=1', 'page.samples=20'].flatMap(
  (entry) => ['--set', entry],
);
const MODELS = {
  'fit.yaml': [['fit', 'x.yaml', '--out', 'o.yaml', '--report', 'o.html', ...BRIEF]],
  'generator.yaml': [
    ['data', 'synth', '--model', 'x.yaml', '--assets', 'A,B', '--days', '2', '--interval', '1h', '--out', 'o.arrow'],
    ['regimes', 'prices.arrow', '--model', 'x.yaml', '--every', '6h', '--out', 'o.csv', '--report', 'o.html', '--json'],
  ],
} as const;
const imports = (file: string, ...more: string[]) => ['data', 'import', `A=${file}`, '--out', 'o.arrow', ...more];
const NAMED = ['--time-column', 'time', '--close-column', 'close', '--volume-column', 'volume'];

/** The content of a checkpoint under a hash that fits. */
const rehashed = (tree: unknown): string => {
  const { format: _, version: __, hash: ___, ...rest } = Object(tree) as Record<string, unknown>;
  return encodeCheckpoint(rest as unknown as Parameters<typeof encodeCheckpoint>[0]);
};

const LINES = [
  ['data', 'synth', '--out', 'o.arrow', '--assets', 'A,B', '--days', '2', '--seed', '7', '--drift', '3'],
  [...imports('candles.csv'), '--span', 'union', '--fill', 'forward', '--max-gap', '60', '--interval', '1m'],
  ['data', 'inspect', 'prices.arrow', '--json'],
  ['data', 'resample', 'prices.arrow', '--interval', '5m', '--out', 'o.arrow'],
  ['data', 'attach', 'prices.arrow', 'gas=table.arrow', '--out', 'o.arrow'],
  ['init', 'o.yaml', '--data', 'prices.arrow', '--kind', 'hmm'],
  ['train', 'fees.yaml', '--out', 'o.json', '--memory', '1GB', '--precision', 'float64', '--device', 'wasm', ...SOON],
  ['export', 'momentum.json', '--to', 'quantamm', '--template', 'template.json', '--out', 'o.json'],
  ['simulate', 'fees.json', '--every', '60', '--out', 'o.csv', '--set', 'run.threads=1'],
  ['weights', 'momentum.json', '--at', '2024-01-05', '--weights', '0.4,0.6', '--path', 'o.csv'],
  ['verify', 'cases.json', '--device', 'reference', '--json'],
  ['evaluate', 'run.json', '--data', 'prices.arrow', '--entry', '1', '--out', 'o.html'],
  ['fit', 'fit.yaml', '--set', 'model.kind=ou', '--out', 'o.yaml', '--report', 'o.html', '--json'],
  [
    'regimes',
    'prices.arrow',
    '--regimes',
    '2',
    '--every',
    '6h',
    '--iterations',
    '5',
    '--out',
    'o.csv',
    '--save',
    'o.yaml',
  ],
  ['doctor', '--json'],
];

/** Cases of each kind. */
export const KINDS: Readonly<Record<string, (seeds: Seeds) => fc.Arbitrary<Case>>> = {
  configs: (seeds) =>
    fc.constantFrom('momentum.yaml', 'fees.yaml').chain((name) => {
      const tree = damagedTree(parse(text(seeds, name)));
      return on(
        'x.yaml',
        CONFIG,
      )(
        fc.oneof(
          tree.map((t) => Buffer.from(stringify(t))),
          damagedJson(parse(text(seeds, name))),
          damagedText(text(seeds, name)),
        ),
      );
    }),
  models: (seeds) =>
    fc.constantFrom(...(Object.keys(MODELS) as (keyof typeof MODELS)[])).chain((name) =>
      on(
        'x.yaml',
        MODELS[name],
      )(
        fc.oneof(
          damagedTree(parse(text(seeds, name))).map((t) => Buffer.from(stringify(t))),
          damagedText(text(seeds, name)),
        ),
      ),
    ),
  flags: () =>
    fc
      .constantFrom(...LINES)
      .chain(damagedWords)
      .map((args) => ({ args })),
  checkpoints: (seeds) =>
    fc
      .constantFrom('momentum.json', 'fees.json')
      .chain((name) =>
        on(
          'x.json',
          CHECKPOINT,
        )(
          fc.oneof(
            { weight: 6, arbitrary: damagedJson(json(seeds, name), rehashed) },
            { weight: 1, arbitrary: damagedText(text(seeds, name)) },
          ),
        ),
      ),
  csv: (seeds) =>
    on('x.csv', [
      imports('x.csv'),
      imports('x.csv', ...NAMED),
      imports('x.csv', '--skip-lines', '1', '--time-column', '1', '--close-column', '5'),
      ['data', 'attach', 'prices.arrow', 'gas=x.csv', '--time-column', 'time', '--out', 'o.arrow'],
    ])(damagedText(text(seeds, 'candles.csv'))),
  arrow: (seeds) =>
    fc
      .constantFrom('table.arrow', 'stream.arrow', 'prices.arrow')
      .chain((name) =>
        on('x.arrow', [
          ['data', 'inspect', 'x.arrow'],
          imports('x.arrow', '--time-column', 'timestamp', '--close-column', 'close_A'),
        ])(damagedBytes(seeds.get(name) as Buffer)),
      ),
  feather: (seeds) =>
    fc
      .constantFrom('candles-lz4.feather', 'candles-zstd.feather')
      .chain((name) => on('x.feather', [imports('x.feather')])(damagedBytes(seeds.get(name) as Buffer))),
  parquet: (seeds) =>
    fc
      .constantFrom('candles-snappy.parquet', 'candles-zstd.parquet', 'candles-delta.parquet')
      .chain((name) => on('x.parquet', [imports('x.parquet')])(damagedBytes(seeds.get(name) as Buffer))),
  archives: (seeds) =>
    fc.oneof(
      on('x.csv.gz', [imports('x.csv.gz')])(damagedBytes(seeds.get('candles.csv.gz') as Buffer)),
      on('x.zip', [imports('x.zip')])(damagedBytes(seeds.get('candles.zip') as Buffer)),
    ),
  runs: (seeds) =>
    on('x.json', [
      ['evaluate', 'x.json', '--data', 'prices.arrow', '--out', 'o.html'],
      ['train', 'momentum.yaml', '--init-from', 'x.json', '--out', 'o.json', '--json', ...SOON],
    ])(
      fc.oneof(
        damagedJson(RUN),
        damagedJson(RUN, (tree) => JSON.stringify(JSON.stringify(tree))),
        damagedText(text(seeds, 'run.json')),
      ),
    ),
  templates: (seeds) =>
    on('x.json', [
      ['export', 'momentum.json', '--to', 'quantamm', '--template', 'x.json', '--out', 'o.json'],
      ['export', 'fees.json', '--to', 'balancer-weighted', '--template', 'x.json', '--out', 'o.json'],
    ])(fc.oneof(damagedJson(json(seeds, 'template.json')), damagedText(text(seeds, 'template.json')))),
  cases: (seeds) =>
    on('x.json', [['verify', 'x.json', '--prices', 'prices.arrow', '--device', 'reference']])(
      fc.oneof(damagedJson(json(seeds, 'cases.json')), damagedText(text(seeds, 'cases.json'))),
    ),
};
