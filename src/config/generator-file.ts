/** Floor 4. A price generator in a YAML file of its own. */
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { registry } from '../../kernels/index.js';
import { UserError } from '../errors.js';
import { fileName } from '../file-name.js';
import { parseYamlFile } from './document.js';
import { ConfigError, show } from './explain.js';
import { type Document, type ResolvedGenerator, resolveGenerator } from './generator.js';
import { anchorModels, withOwnModels } from './own-models.js';

/** The map of a generator's file. Throws a UserError that names `flag` where there is none, and the file where it is no map. */
export async function readGenerator(path: string, flag = '--model'): Promise<Document> {
  const text = await readFile(path, 'utf8').catch((e: NodeJS.ErrnoException) => {
    throw new UserError(`${flag}: expected a YAML file of a price generator, got ${path} (${e.code ?? e.message})`, 2);
  });
  const document = parseYamlFile(text, path);
  if (typeof document === 'object' && document !== null && !Array.isArray(document)) return document as Document;
  throw new UserError(
    `${fileName(path)}: expected a map with the kind of a price generator, got ${show(document)}; write kind: ${Object.keys(registry.sources)[0]}`,
  );
}

/**
 * The generator of a file, which may name one of the user's own by its path: whoever gives the file answers for that. What is
 * wrong with it is said of the file.
 */
export async function resolveGeneratorFile(
  path: string,
  document: Document,
  assets: readonly string[],
): Promise<ResolvedGenerator> {
  try {
    const config = { data: { model: document } };
    const { data } = anchorModels(config, dirname(path)) as typeof config;
    const { registry: models } = await withOwnModels({ data }, registry, { allowCode: true });
    return resolveGenerator(data.model, assets, { at: ['data', 'model'], sources: models.sources });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    // the file is the model's section
    const at = error.path.slice(2).join('.');
    throw new UserError(`${fileName(path)}: ${at === '' ? '' : `${at}: `}${error.what}`);
  }
}
