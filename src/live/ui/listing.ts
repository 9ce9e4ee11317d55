/** Floor 5. What a folder has, for the page: datasets, configs, checkpoints and what they came to, reports. */
import { readFile } from 'node:fs/promises';
import { basename, join, posix } from 'node:path';
import { parse } from 'yaml';
import { POOL_SECTIONS } from '../../config/pool.js';
import { figuresOf, type ReportFigures } from '../../evaluate/report/figures.js';
import { type Checkpoint, decodeCheckpoint } from '../../train/checkpoint.js';
import type { Folder, FoundFile } from './folder.js';
import type { CheckpointEntry, FileEntry, Listing, ReportEntry } from './wire.js';

/** What was read of a file, until it changes. */
type Read =
  | { readonly checkpoint: Checkpoint }
  | { readonly data: string | null }
  | { readonly figures: ReportFigures | null }
  | { readonly error: string };

/** No file of this many bytes is read as a whole. */
const LARGEST = 256 << 20;

export class Lister {
  private readonly known = new Map<string, { readonly stamp: string; readonly read: Read }>();

  constructor(private readonly folder: Folder) {}

  async list(): Promise<Listing> {
    const { files, notes } = await this.folder.find();
    const here = new Set(files.map(({ path }) => path));
    const of = (kind: FoundFile['kind']) => files.filter((file) => file.kind === kind);
    const checkpoints: CheckpointEntry[] = [];
    const damaged: { path: string; error: string }[] = [];
    for (const file of of('checkpoint')) {
      const read = await this.read(file);
      if ('checkpoint' in read) checkpoints.push(entryOf(file, read.checkpoint, here));
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

  private async readAnew({ path, kind, size }: FoundFile): Promise<Read> {
    if (size > LARGEST) return { error: `at most ${LARGEST >> 20} MiB were expected, got ${size} bytes` };
    const text = await readFile(join(this.folder.root, path), 'utf8');
    if (kind === 'checkpoint') return { checkpoint: decodeCheckpoint(text, path) };
    return kind === 'report' ? { figures: figuresOf(text) } : { data: dataOf(text) };
  }
}

/** The file of prices that a config names; null where it names none. */
function dataOf(text: string): string | null {
  const { data } = (parse(text) ?? {}) as { readonly data?: string | { readonly file?: unknown } };
  const file = typeof data === 'object' ? data?.file : data;
  return typeof file === 'string' ? file : null;
}

/** A file that another names: as seen from its folder, else beside it. */
function seenFrom(path: string, named: string, here: ReadonlySet<string>): string | null {
  const places = [named.replaceAll('\\', '/'), posix.basename(named)];
  return places.map((place) => posix.join(posix.dirname(path), place)).find((place) => here.has(place)) ?? null;
}

function entryOf(file: FoundFile, checkpoint: Checkpoint, here: ReadonlySet<string>): CheckpointEntry {
  const { path, size, modified } = file;
  const { config, dataset, state, code = [] } = checkpoint;
  const report = path.replace(/\.json$/i, '.html');
  const { iterations } = (config.train ?? {}) as { readonly iterations?: number };
  return {
    ...{ path, size, modified },
    title: titleOf(config),
    assets: dataset?.assets ?? assetsOf(config),
    objective: kindOf(config.objective) ?? '',
    validation: state.best.validation,
    iteration: state.iteration,
    iterations: iterations ?? state.iteration,
    finished: state.finished,
    dataset: dataset === null ? null : seenFrom(path, dataset.path, here),
    report: here.has(report) ? report : null,
    code: code.map((module) => module.path),
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
