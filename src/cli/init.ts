/** Floor 6. `poolgrad init`: a commented config to start from, made of a shipped one. */
import { existsSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { Command } from 'commander';
import { withNotes } from '../app/files.js';
import { UserError } from '../errors.js';
import { claimOutput } from '../files/output.js';
import { jsonOption, packageRoot, printOutput, shippedConfig } from './shared.js';

/** The shipped configs that can be started from. */
export const KINDS = [
  'momentum',
  'momentum-fees',
  'hmm',
  'constant-weight',
  'e-clp',
  'reclamm',
  'fm-amm',
  'concentrated-range',
] as const;

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
    .option('-k, --kind <name>', KINDS.join(', '), 'momentum')
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

What is written can be trained: data that the pool cannot take are refused, and windows are shortened to the data.`,
    )
    .action(runInit);
}

async function runInit(file: string, flags: Flags): Promise<void> {
  if (!(KINDS as readonly string[]).includes(flags.kind)) {
    const { nearestName } = await import('../data/names.js');
    const near = nearestName(flags.kind, KINDS);
    throw new UserError(`--kind: expected ${KINDS.join(', ')}, got '${flags.kind}'; did you mean '${near}'?`, 2);
  }
  if (existsSync(file) && statSync(file).isFile() && !flags.force) {
    throw new UserError(`init: expected a new file, got '${file}', which exists; choose another name or say --force`);
  }
  const data = flags.data ?? (await shippedDataset(flags.kind));
  const shipped = await configText(flags.kind, file, data);
  const { chosenAssets, fitStarter } = await import('../app/starter.js');
  const { loadDataset } = await import('../data/dataset-file.js');
  const dataset = await loadDataset(data);
  const assets = flags.assets === undefined ? undefined : chosenAssets(flags.assets, dataset);
  const { text, notes } = fitStarter(shipped, dataset, data, assets);
  const inputs = [shippedConfig(flags.kind), flags.data];
  const output = await claimOutput({ path: file, kind: 'config', inputs, force: flags.force });
  await output.write(text);
  const next = `poolgrad train ${file}`;
  const written = { text: `wrote ${file}\nnext: ${next}`, json: { file, kind: flags.kind, next } };
  printOutput(withNotes(written, [...notes, ...output.notes]), flags.json);
}

/** Where the dataset of a shipped config lies. */
async function shippedDataset(kind: string): Promise<string> {
  const path = shippedConfig(kind);
  const [, , file] = FILE.exec(await readFile(path, 'utf8')) as RegExpExecArray;
  return resolve(dirname(path), file);
}

/** The line of a config that names the dataset. */
const FILE = /^( *file: )(\S+)/m;

/** The shipped config with its paths as seen from where it is written. */
async function configText(kind: string, file: string, data: string): Promise<string> {
  const seen = (path: string) => relative(dirname(resolve(file)), path).replaceAll('\\', '/');
  const schema = seen(join(packageRoot(), 'configs', 'poolgrad.schema.json'));
  const text = await readFile(shippedConfig(kind), 'utf8');
  return text
    .replace(/\$schema=\S+/, `$schema=${schema}`)
    .replace(FILE, (_, key: string) => `${key}${JSON.stringify(seen(resolve(data)))}`);
}
