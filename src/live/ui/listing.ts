/** Floor 5. What a folder has, for the page: datasets, configs, checkpoints and what they came to, reports. */
import { readFile } from 'node:fs/promises';
import { basename, join, posix } from 'node:path';
import { parseYamlFile } from '../../config/document.js';
import { POOL_SECTIONS } from '../../config/pool.js';
import { figuresOf, type ReportFigures } from '../../evaluate/report/figures.js';
import { type Checkpoint, decodeCheckpoint } from '../../train/checkpoint.js';
import type { Folder, Found, FoundFile } from './folder.js';
import type { CheckpointEntry, FileEntry, Listing, ReportEntry } from './wire.js';

/** What a checkpoint says of itself, and the path of its dataset as it names it. */
interface Told {
  readonly entry: Omit<CheckpointEntry, 'dataset' | 'report'>;
  readonly data: string | null;
}

/** What was read of a file, until it changes. */
type Read =
  | Told
  | { readonly data: string | null }
  | { readonly figures: ReportFigures | null }
  | { readonly error: string };

/** No file of this many bytes is read as a whole. */
const LARGEST = 256 << 20;

export class Lister {
  private readonly known = new Map<string, { readonly stamp: string; readonly read: Read }>();

  constructor(private readonly folder: Folder) {}

  async list({ files, notes }: Found): Promise<Listing> {
    const here = new Set(files.map(({ path }) => path));
    for (const path of this.known.keys()) if (!here.has(path)) this.known.delete(path);
    const of = (kind: FoundFile['kind']) => files.filter((file) => file.kind === kind);
    const checkpoints: CheckpointEntry[] = [];
    const damaged: { path: string; error: string }[] = [];
    for (const file of of('checkpoint')) {
      const read = await this.read(file);
      if ('entry' in read) checkpoints.push(placed(read, here));
      else if ('error' in read) damaged.push({ path: file.path, error: read.error });
    }
    const openable: FileEntry[] = [];
    const reports: ReportEntry[] = [];
    for (const file of files) {
      const { path, kind, size, modified } = file;
      if (kind === 'dataset' || kind === 'prices') openable.push({ path, kind, size, modified, dataset: null });
      if (kind !== 'config' && kind !== 'report') continue;
      const read = await this.read(file);
      if (kind === 'report') reports.push({ path, modified, figures: 'figures' in read ? read.figures : null });
      else {
        const data = 'data' in read && read.data !== null ? seenFrom(path, read.data, here) : null;
        openable.push({ path, kind, size, modified, dataset: data });
      }
      if ('error' in read) damaged.push({ path, error: read.error });
    }
    const name = basename(this.folder.root) || this.folder.root;
    return { folder: name, files: openable, checkpoints, reports, damaged, notes };
  }

  private async read(file: FoundFile): Promise<Read> {
    const stamp = `${file.size} ${file.modified}`;
    const before = this.known.get(file.path);
    if (before?.stamp === stamp) return before.read;
    const read = await this.readAnew(file).catch((error: Error) => ({ error: error.message }));
    this.known.set(file.path, { stamp, read });
    return read;
  }

  private async readAnew(file: FoundFile): Promise<Read> {
    const { path, kind, size } = file;
    if (size > LARGEST) return { error: `at most ${LARGEST >> 20} MiB were expected, got ${size} bytes` };
    const text = await readFile(join(this.folder.root, path), 'utf8');
    if (kind === 'checkpoint') return toldOf(file, decodeCheckpoint(text, path));
    return kind === 'report' ? { figures: figuresOf(text) } : { data: dataOf(parseYamlFile(text, path)) };
  }
}

/** The file of prices that a config names; null where it names none. */
function dataOf(config: unknown): string | null {
  const { data } = (config ?? {}) as { readonly data?: string | { readonly file?: unknown } };
  const file = typeof data === 'object' ? data?.file : data;
  return typeof file === 'string' ? file : null;
}

/** A file that another names: as seen from its folder, else beside it. */
function seenFrom(path: string, named: string, here: ReadonlySet<string>): string | null {
  const places = [named.replaceAll('\\', '/'), posix.basename(named)];
  return places.map((place) => posix.join(posix.dirname(path), place)).find((place) => here.has(place)) ?? null;
}

function toldOf({ path, size, modified }: FoundFile, checkpoint: Checkpoint): Told {
  const { config, dataset, state, code = [] } = checkpoint;
  const { iterations } = (config.train ?? {}) as { readonly iterations?: number };
  const entry = {
    ...{ path, size, modified },
    title: titleOf(config),
    assets: dataset?.assets ?? assetsOf(config),
    objective: kindOf(config.objective) ?? '',
    validation: state.best.validation,
    iteration: state.iteration,
    iterations: iterations ?? state.iteration,
    finished: state.finished,
    code: code.map((module) => module.path),
  };
  return { entry, data: dataset?.path ?? null };
}

/** With what is beside it now. */
function placed({ entry, data }: Told, here: ReadonlySet<string>): CheckpointEntry {
  const report = entry.path.replace(/\.json$/i, '.html');
  return {
    ...entry,
    dataset: data === null ? null : seenFrom(entry.path, data, here),
    report: here.has(report) ? report : null,
  };
}

/** The kinds of models of a config, as `tfmm + momentum`. */
const titleOf = (config: Checkpoint['config']): string =>
  ['system', ...POOL_SECTIONS]
    .map((section) => kindOf(config[section]))
    .filter((kind) => kind !== null && kind !== 'none')
    .join(' + ');

function kindOf(section: unknown): string | null {
  const { kind } = (section ?? {}) as { readonly kind?: unknown };
  return typeof kind === 'string' ? kind : null;
}

function assetsOf(config: Checkpoint['config']): readonly string[] {
  const { assets } = (config.data ?? {}) as { readonly assets?: unknown };
  return Array.isArray(assets) ? assets.map(String) : [];
}
