/** Floor 4. Files of exchange candles, by their paths, made into one dataset. */
import { type ImportOptions, type ImportResult, importSources } from './import.js';
import { isName } from './names.js';
import { onDisk } from './on-disk.js';

/** A file, and the asset in it (null: guessed from the file name). */
export interface ImportFile {
  readonly asset: string | null;
  readonly path: string;
}

/** `BTC=path` or `path`. */
export function parseImportFile(text: string): ImportFile {
  const at = text.indexOf('=');
  const [name, path] = [text.slice(0, Math.max(at, 0)), text.slice(at + 1)];
  // a slash before the sign is a path with a sign in it
  return isName(name) && !name.includes('/') && path !== '' ? { asset: name, path } : { asset: null, path: text };
}

/** As `importSources`. */
export const importFiles = (files: readonly ImportFile[], options: ImportOptions): Promise<ImportResult> =>
  importSources(
    files.map(({ asset, path }) => ({ asset, source: onDisk(path) })),
    options,
  );
