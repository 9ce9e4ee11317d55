/** Floor 5. A folder and the page, served on this machine until a signal. */
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../../errors.js';
import { closed, ended, hostsOf, listening, urlOf } from '../server.js';
import { Folder } from './folder.js';
import { folderService } from './service.js';

/** Nobody else's machine gets an answer. */
const HOST = '127.0.0.1';

export interface FolderOptions {
  readonly folder: string;
  /** Where the built page is. */
  readonly page: string;
  /** 0 for any that is free. */
  readonly port: number;
  /** Ends it at once. */
  readonly signal: AbortSignal;
  readonly onListening: (url: string) => void;
}

/** Resolves when it has ended. Throws a UserError where it cannot begin. */
export async function serveFolder({ folder: path, page, port, signal, onListening }: FolderOptions): Promise<void> {
  const folder = await Folder.open(path).catch(({ code, message }: NodeJS.ErrnoException) => {
    const reason = { ENOENT: 'there is none', ENOTDIR: 'it is a file', EACCES: 'it may not be read' }[code ?? ''];
    throw new UserError(`ui: a folder was expected, got '${path}': ${reason ?? message}; name another`, 2);
  });
  await access(join(page, 'index.html')).catch(() => {
    throw new UserError(`ui: the built page was expected at '${page}', got none; build it by npm run build`);
  });
  const service = folderService({ folder, page, hosts: hostsOf(HOST), signal });
  const server = await listening(service.fetch, HOST, port);
  onListening(urlOf(server));
  await ended(signal);
  await closed(server, 0);
}
