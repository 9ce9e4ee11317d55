/**
 * Floor 5. The files of a folder that the page may see: by what they hold, not by what they are called, and none that lies
 * outside the folder, whatever links there are.
 */
import { constants, type Stats } from 'node:fs';
import { type FileHandle, open, readdir, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { contentOf } from '../../files/contents.js';
import { ENDING } from '../../train/journal-lines.js';

export type FileKind = 'dataset' | 'prices' | 'config' | 'checkpoint' | 'report' | 'journal';

export interface FoundFile {
  /** Seen from the folder, with `/`. */
  readonly path: string;
  readonly kind: FileKind;
  readonly size: number;
  /** ms since 1970 */
  readonly modified: number;
}

export interface Found {
  readonly files: readonly FoundFile[];
  /** What was left out; a line each. */
  readonly notes: readonly string[];
}

/** How far down, and how many names in all, are looked at. */
const [DEEPEST, MOST] = [8, 20_000];

/** What exchanges deliver, and `data import` reads. */
const PRICES = /\.(csv|csv\.gz|csv\.zip|parquet|feather)$/i;

export class Folder {
  /** What a file of this size and time holds. */
  private readonly known = new Map<string, { readonly stamp: string; readonly kind: FileKind | null }>();

  private constructor(
    /** Its real place. */
    readonly root: string,
  ) {}

  /** Throws an error of the file system where there is none. */
  static async open(path: string): Promise<Folder> {
    const root = await realpath(path);
    await readdir(root);
    return new Folder(root);
  }

  /** All files that the page may see, in the order of their paths. */
  async find(): Promise<Found> {
    const files: FoundFile[] = [];
    let [names, outside, isCut] = [0, 0, false];
    const visit = async (folder: string, depth: number): Promise<void> => {
      const entries = await readdir(join(this.root, folder), { withFileTypes: true }).catch(() => []);
      for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
        if (entry.name.startsWith('.') || entry.name === 'node_modules') continue;
        if (++names > MOST) {
          isCut = true;
          return;
        }
        const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
        if (entry.isDirectory()) {
          if (depth < DEEPEST) await visit(path, depth + 1);
          else isCut = true;
          continue;
        }
        const isLink = entry.isSymbolicLink();
        const place = isLink ? await this.placeOf(path) : join(this.root, path);
        if (place === null) outside++;
        else {
          const file = await this.look(path, place);
          if (file !== null) files.push(file);
        }
      }
    };
    await visit('', 0);
    const notes = [
      ...(outside === 0 ? [] : [`${outside} ${outside === 1 ? 'link leads' : 'links lead'} out of the folder`]),
      ...(isCut ? [`only the first ${MOST} names, ${DEEPEST} folders deep, were looked at`] : []),
    ];
    return { files, notes };
  }

  /** Opens a file that the page may see, for reading; null of any other path. */
  async openFile(path: string): Promise<{ readonly handle: FileHandle; readonly file: FoundFile } | null> {
    const parts = path.split('/');
    if (parts.some((part) => part === '' || part.startsWith('.') || /[\\\0]/.test(part))) return null;
    const place = await this.placeOf(path);
    const file = place === null ? null : await this.look(path, place);
    if (place === null || file === null) return null;
    // what has become a link meanwhile is not followed
    const handle = await open(place, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0)).catch(() => null);
    return handle === null ? null : { handle, file };
  }

  /** The real place of a path; null where that is not in the folder. */
  private async placeOf(path: string): Promise<string | null> {
    const place = await realpath(join(this.root, path)).catch(() => null);
    const within = this.root.endsWith(sep) ? this.root : `${this.root}${sep}`;
    return place?.startsWith(within) ? place : null;
  }

  private async look(path: string, place: string): Promise<FoundFile | null> {
    const stats = await stat(place).catch(() => null);
    if (stats?.isFile() !== true) return null;
    const kind = await this.kindOf(path, place, stats);
    return kind === null ? null : { path, kind, size: stats.size, modified: stats.mtimeMs };
  }

  private async kindOf(path: string, place: string, stats: Stats): Promise<FileKind | null> {
    const stamp = `${stats.ino} ${stats.size} ${stats.mtimeMs}`;
    const before = this.known.get(path);
    if (before?.stamp === stamp) return before.kind;
    const kind = await kindOf(path, place).catch(() => null);
    this.known.set(path, { stamp, kind });
    return kind;
  }
}

/** By its ending, and what it holds; null of what the page has no use for. */
async function kindOf(path: string, place: string): Promise<FileKind | null> {
  if (path.endsWith(ENDING)) return 'journal';
  if (PRICES.test(path)) {
    if (!/\.feather$/i.test(path)) return 'prices';
    return (await contentOf(place)) === 'dataset' ? 'dataset' : 'prices';
  }
  const [wanted] = Object.entries(ENDINGS).find(([, ending]) => ending.test(path)) ?? [];
  return wanted !== undefined && (await contentOf(place)) === wanted ? (wanted as FileKind) : null;
}

const ENDINGS = { dataset: /\.arrow$/i, config: /\.ya?ml$/i, checkpoint: /\.json$/i, report: /\.html?$/i };
