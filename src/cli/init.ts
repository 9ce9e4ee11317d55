/** Floor 6. `poolgrad init`: a commented config to start from, made of a shipped one. */
import { existsSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { Command } from 'commander';
import { withNotes } from '../app/files.js';
import type { Starter } from '../app/starter.js';
import { UserError } from '../errors.js';
import { claimOutput } from '../files/output.js';
import { jsonOption, packageRoot, printOutput, shippedConfig } from './shared.js';

/** The shipped configs that can be started from: on a dataset of one's own. */
export const KINDS = [
  'momentum',
  'momentum-fees',
  'hmm',
  'constant-weight',
  'competitor',
  'e-clp',
  'reclamm',
  'fm-amm',
  'concentrated-range',
] as const;

/** And those that draw what they train on. */
export const DRAWN_KINDS = ['maker', 'maker-regimes', 'maker-assets', 'compute-market', 'amm-challenge'] as const;

const ALL: readonly string[] = [...KINDS, ...DRAWN_KINDS];

interface Flags {
  readonly kind: string;
  readonly data?: string;
  readonly assets?: string;
  readonly force: boolean;
  readonly json: boolean;
}

export function initCommand(): Command {
  return new Command('init')
    .description('write a commented config to start from')
    .argument('[file]', 'the config to write', 'poolgrad.yaml')
    .option('-k, --kind <name>', ALL.join(', '), 'momentum')
    .option('--data <dataset>', 'your prices (default: the shipped synthetic ones)')
    .option('--assets <names>', 'which of them, comma-separated, in the order of the pool (default: all)')
    .option('-f, --force', 'overwrite the file, if it is a config or other text', false)
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Examples:
  $ poolgrad init
  $ poolgrad init hmm.yaml --kind hmm --data prices.arrow
  $ poolgrad init range.yaml --kind concentrated-range --data prices.arrow --assets ETH,USDC
  $ poolgrad init fees.yaml --kind momentum-fees --force
  $ poolgrad init maker.yaml --kind maker

What is written can be trained: data that the pool cannot take are refused, and windows are shortened to the data.
${DRAWN_KINDS.join(', ')} draw their prices: they take no --data.`,
    )
    .action(runInit);
}

async function runInit(file: string, flags: Flags): Promise<void> {
  if (!ALL.includes(flags.kind)) {
    const { nearestName } = await import('../data/names.js');
    const near = nearestName(flags.kind, ALL);
    throw new UserError(`--kind: expected ${ALL.join(', ')}, got '${flags.kind}'; did you mean '${near}'?`, 2);
  }
  if (existsSync(file) && statSync(file).isFile() && !flags.force) {
    throw new UserError(`init: expected a new file, got '${file}', which exists; choose another name or say --force`);
  }
  const { text, notes } = await starterText(file, flags);
  const inputs = [shippedConfig(flags.kind), flags.data];
  const output = await claimOutput({ path: file, kind: 'config', inputs, force: flags.force });
  await output.write(text);
  const next = `poolgrad train ${file}`;
  const written = { text: `wrote ${file}\nnext: ${next}`, json: { file, kind: flags.kind, next } };
  printOutput(withNotes(written, [...notes, ...output.notes]), flags.json);
}

async function starterText(file: string, flags: Flags): Promise<Starter> {
  if ((DRAWN_KINDS as readonly string[]).includes(flags.kind)) {
    const given = flags.data ?? flags.assets;
    if (given === undefined) return { text: await configText(flags.kind, file, null), notes: [] };
    throw new UserError(
      `init: expected no --data and no --assets for ${flags.kind}, which draws its prices, got '${given}'; name data: {file: …} in what is written`,
      2,
    );
  }
  const data = flags.data ?? (await shippedDataset(flags.kind));
  const shipped = await configText(flags.kind, file, data);
  const { chosenAssets, fitStarter } = await import('../app/starter.js');
  const { loadDataset } = await import('../data/dataset-file.js');
  const dataset = await loadDataset(data);
  const assets = flags.assets === undefined ? undefined : chosenAssets(flags.assets, dataset);
  return fitStarter(shipped, dataset, data, assets);
}

/** Where the dataset of a shipped config lies. */
async function shippedDataset(kind: string): Promise<string> {
  const path = shippedConfig(kind);
  const [, , file] = FILE.exec(await readFile(path, 'utf8')) as RegExpExecArray;
  return resolve(dirname(path), file);
}

/** The line of a config that names the dataset. */
const FILE = /^( *file: )(\S+)/m;

/** The shipped config with its paths as seen from where it is written; `data` is null where prices are drawn. */
async function configText(kind: string, file: string, data: string | null): Promise<string> {
  const seen = (path: string) => relative(dirname(resolve(file)), path).replaceAll('\\', '/');
  const schema = seen(join(packageRoot(), 'configs', 'poolgrad.schema.json'));
  const text = (await readFile(shippedConfig(kind), 'utf8')).replace(/\$schema=\S+/, `$schema=${schema}`);
  if (data === null) return text;
  return text.replace(FILE, (_, key: string) => `${key}${JSON.stringify(seen(resolve(data)))}`);
}
