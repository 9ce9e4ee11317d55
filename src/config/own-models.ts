/**
 * Floor 4. Models of one's own: files that a config names in the place of a model. To import a file is to run it, so none
 * is imported unless the caller vouches for the config.
 */
import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { UserError } from '../errors.js';
import { sha256 } from '../hash.js';
import { ConfigError } from './explain.js';
import { entryAt, namedPaths, PLACES } from './model-places.js';
import { completeModel, MODEL_KINDS, type ModelKind } from './model-shape.js';
import { applyOverride } from './overrides.js';
import { isModelPath, type Registry } from './registry.js';

/** A file of code that a config names, and the sha256 (hex) of what it held when it was imported. */
export interface CodeFile {
  /** As the config names it, seen from the working directory. */
  readonly path: string;
  readonly sha256: string;
}

/** Who answers for the code that a config names. */
export interface CodeOptions {
  /**
   * True for a config that is the user's own or that they vouch for: the files that it names are imported, which runs them
   * with all that the account may do. Left out: a config that names any is refused, and nothing of it runs.
   */
  readonly allowCode?: boolean;
  /** The file that the config comes from, for the refusal. */
  readonly from?: string;
  /** What that file recorded of the code; it is no proof of anything, since whoever wrote the one wrote the other. */
  readonly recorded?: readonly CodeFile[];
}

/** The config with its paths of models, seen from `folder`, as seen from the working directory; all else as it is. */
export function anchorModels(config: unknown, folder: string): unknown {
  return PLACES.reduce((anchored, { at }) => {
    const named = entryAt(anchored, at);
    if (typeof named !== 'string' || !isModelPath(named)) return anchored;
    const path = relative(process.cwd(), resolve(folder, named)).replaceAll('\\', '/');
    return applyOverride(anchored, { path: at, value: path.startsWith('.') ? path : `./${path}` });
  }, config);
}

/**
 * The registry and in it the models that the config (short forms spelt out) names by paths, with the files that were
 * imported for them. Throws a UserError without importing anything where code is not allowed, and a ConfigError for a file
 * that is no such model.
 */
export async function withOwnModels(
  config: unknown,
  registry: Registry,
  options: CodeOptions,
): Promise<{ readonly registry: Registry; readonly code: readonly CodeFile[] }> {
  const named = namedPaths(config, registry);
  const paths = [...new Set(named.map(({ path }) => path))];
  if (paths.length > 0 && options.allowCode !== true) throw await refusal(paths, options);
  let models = registry;
  const code = new Map<string, CodeFile>();
  for (const { at, kind, path } of named) {
    const { model, sha256 } = await importModel(at, kind, path);
    const taken = Object.entries(registry[kind]).some(([key, { name }]) => name === model.name && !isModelPath(key));
    if (taken) throw nameTaken(at, path, model.name);
    models = { ...models, [kind]: { ...models[kind], [path]: model } };
    code.set(path, { path, sha256 });
  }
  return { registry: models, code: [...code.values()] };
}

/** One sentence for each file that is no longer what the checkpoint recorded. */
export const changedCode = (recorded: readonly CodeFile[], now: readonly CodeFile[]): string[] =>
  now.flatMap(({ path, sha256 }) => {
    const before = recorded.find((file) => file.path === path)?.sha256;
    if (before === sha256) return [];
    return before === undefined
      ? [`the code of ${path} (sha256 ${sha256}) is not recorded in the checkpoint`]
      : [`the code of ${path} has changed since training: sha256 ${before} then, ${sha256} now`];
  });

/** Larger files are no models; they are not read to be refused. */
const LARGEST = 2 ** 26;

/** The sha256 of a regular file, or why it has none. */
async function fingerprint(path: string): Promise<{ readonly sha256: string } | { readonly fault: string }> {
  const found = await stat(path).catch(() => null);
  if (found === null) return { fault: 'there is no such file' };
  if (!found.isFile() || found.size > LARGEST) return { fault: 'it is no file of code' };
  try {
    return { sha256: sha256(await readFile(path)) };
  } catch (error) {
    return { fault: String((error as Error).message).split('\n')[0] };
  }
}

async function refusal(paths: readonly string[], { from, recorded = [] }: CodeOptions): Promise<UserError> {
  const files = await Promise.all(
    paths.map(async (path) => {
      const found = await fingerprint(path);
      const now = 'sha256' in found ? `sha256 ${found.sha256}` : found.fault;
      const before = recorded.find((file) => file.path === path)?.sha256;
      if (before === undefined) return `${resolve(path)} (${now}, none recorded)`;
      const same = 'sha256' in found && found.sha256 === before;
      return `${resolve(path)} (${now}, ${same ? 'as recorded' : `${before} recorded`})`;
    }),
  );
  return new UserError(
    `${from ?? 'config'}: it names code, of which nothing was run: ${files.join(', ')}; a file from elsewhere can do anything with your account that you can, so read that code, then say --allow-code (in a program: allowCode: true)`,
  );
}

/** A shipped model's name would pass for that model: in reports, and in exports for chains that have a contract of it. */
const nameTaken = (at: readonly string[], path: string, name: string) =>
  new ConfigError(
    at,
    `expected a model with a name of its own in '${path}', got '${name}', which poolgrad has already; rename it there`,
  );

/** A file of code that the caller vouches for, run and imported; or why it is none. */
export async function importCode(
  path: string,
): Promise<{ readonly exported: unknown; readonly sha256: string } | { readonly fault: string }> {
  const found = await fingerprint(path);
  if ('fault' in found) return found;
  try {
    // by its content, so that a file that changes while a program runs is another module
    const module: { readonly default?: unknown } = await import(
      `${pathToFileURL(resolve(path)).href}?sha256=${found.sha256}`
    );
    return { exported: module.default, sha256: found.sha256 };
  } catch (error) {
    return { fault: loadFault(error, path) };
  }
}

async function importModel(at: readonly string[], kind: ModelKind, path: string) {
  const { page, what } = MODEL_KINDS[kind];
  const found = await importCode(path);
  if ('fault' in found) {
    throw new ConfigError(at, `expected a module that loads, got '${path}': ${found.fault}; see ${page}`);
  }
  const refuse = (got: string) =>
    new ConfigError(at, `expected ${what} as default export of '${path}', got ${got}; see ${page}`);
  return { model: completeModel(found.exported, kind, refuse), sha256: found.sha256 };
}

function loadFault(error: unknown, path: string): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ERR_UNKNOWN_FILE_EXTENSION' && /\.[cm]?ts$/.test(path)) {
    return `Node.js ${process.version} runs no TypeScript; use Node.js 22.18 or later, or compile it and name the .js file`;
  }
  if (code === 'ERR_MODULE_NOT_FOUND' && !existsSync(path)) return 'there is no such file';
  return String(message ?? error).split('\n')[0];
}
