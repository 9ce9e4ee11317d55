/**
 * Floor 5. A folder over HTTP, for the page: GET only, nothing is written, no code of a file is run.
 *
 * `/` and its parts are the built page; `/api/folder` what the folder has; `/api/events` the same as a stream, with the trainings
 * that run; `/files/…` the bytes of a file that is listed, `/reports/…` a report. 403 a foreign Host, 404 any other path, 405
 * another method; an error is `{error}` with the sentence that a command would print.
 */
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { serveStatic } from '@hono/node-server/serve-static';
import { type Context, Hono } from 'hono';
import { type SSEStreamingApi, streamSSE } from 'hono/streaming';
import { onlyFor } from '../server.js';
import type { FileKind, Folder } from './folder.js';
import { Lister } from './listing.js';
import { FILE_POLICY, HEADERS, REPORT_POLICY } from './policy.js';
import { RunReader } from './runs.js';
import type { StreamEvents } from './wire.js';

/** Between two looks at journals, and at the folder, ms. */
const [LOOK, WALK] = [400, 2000];

/** By this the page knows that it has a server: a static host serves it without. */
const MARK = '<meta name="poolgrad-folder" content="">';

const TYPES: Readonly<Record<FileKind, string>> = {
  dataset: 'application/octet-stream',
  prices: 'application/octet-stream',
  config: 'text/plain; charset=utf-8',
  checkpoint: 'application/json',
  journal: 'text/plain; charset=utf-8',
  report: 'text/html; charset=utf-8',
};

export interface FolderServiceOptions {
  readonly folder: Folder;
  /** Where the built page is. */
  readonly page: string;
  readonly hosts: ReadonlySet<string> | null;
  /** Ends the streams. */
  readonly signal: AbortSignal;
}

export function folderService({ folder, page, hosts, signal }: FolderServiceOptions): Hono {
  const app = new Hono();
  const lister = new Lister(folder);

  app.use(onlyFor(hosts));
  app.use(async (c, next) => {
    await next();
    for (const [name, value] of Object.entries(HEADERS)) if (!c.res.headers.has(name)) c.header(name, value);
  });
  app.use(async (c, next) => {
    if (c.req.method === 'GET' || c.req.method === 'HEAD') return next();
    c.header('Allow', 'GET, HEAD');
    return c.json({ error: `GET was expected, got ${c.req.method}` }, 405);
  });
  app.get('/api/folder', async (c) => c.json(await lister.list(await folder.find())));
  app.get('/api/events', (c) => streamSSE(c, (stream) => tellAll(stream, folder, lister, signal)));
  app.get('/files/:path{.+}', (c) => send(c, folder, (kind) => kind !== 'report'));
  app.get('/reports/:path{.+}', (c) => send(c, folder, (kind) => kind === 'report'));
  const index = async (c: Context) => {
    const text = await readFile(join(page, 'index.html'), 'utf8');
    return c.html(text.replace(/<head>/i, (head) => `${head}${MARK}`));
  };
  app.get('/', index);
  app.get('/index.html', index);
  app.use(serveStatic({ root: page }));
  app.notFound((c) => c.json({ error: `a file of the folder or of the page was expected, got ${c.req.path}` }, 404));
  app.onError((error, c) => c.json({ error: `unexpected: ${error.message.split('\n')[0]}` }, 500));
  return app;
}

/** The bytes of a file, as far as there were any when it was opened. */
async function send(c: Context, folder: Folder, isWanted: (kind: FileKind) => boolean): Promise<Response> {
  const opened = await folder.openFile(c.req.param('path') ?? '');
  if (opened === null || !isWanted(opened.file.kind)) {
    await opened?.handle.close();
    return c.notFound() as Response;
  }
  const { handle, file } = opened;
  c.header('Content-Type', TYPES[file.kind]);
  c.header('Content-Security-Policy', file.kind === 'report' ? REPORT_POLICY : FILE_POLICY);
  // a sandbox may not ask for a group of its own: opened alone, a report would not be shown
  if (file.kind === 'report') c.header('Cross-Origin-Opener-Policy', 'unsafe-none');
  const { size } = await handle.stat();
  c.header('Content-Length', String(size));
  if (c.req.method === 'HEAD' || size === 0) {
    await handle.close();
    return c.body(null);
  }
  const bytes = createReadStream('', { fd: handle, end: size - 1 });
  return c.body(Readable.toWeb(bytes) as ReadableStream);
}

/** The folder and its trainings, and whatever changes, until who listens goes. */
async function tellAll(stream: SSEStreamingApi, folder: Folder, lister: Lister, signal: AbortSignal): Promise<void> {
  const reader = new RunReader(folder);
  const ended = new AbortController();
  stream.onAbort(() => ended.abort());
  const until = AbortSignal.any([signal, ended.signal]);
  const tell = <E extends keyof StreamEvents>(event: E, data: StreamEvents[E]) =>
    stream.writeSSE({ event, data: JSON.stringify(data) });
  let [before, walked] = ['', -Infinity];
  let journals: readonly string[] = [];
  while (!until.aborted) {
    const found = performance.now() - walked >= WALK ? await folder.find() : null;
    if (found !== null) journals = found.files.filter(({ kind }) => kind === 'journal').map(({ path }) => path);
    const { runs, gone } = await reader.news(journals);
    if (found !== null || gone.length > 0) {
      // a run that ends leaves its checkpoint as the last of it, which an earlier look may have missed
      const listing = await lister.list(found === null || gone.length > 0 ? await folder.find() : found);
      const text = JSON.stringify(listing);
      if (text !== before) await tell('listing', listing);
      [before, walked] = [text, performance.now()];
    }
    for (const run of runs) await tell('run', run);
    for (const path of gone) await tell('gone', { path });
    await sleep(LOOK, undefined, { signal: until }).catch(() => {});
  }
}
