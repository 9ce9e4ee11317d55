/** `poolgrad ui`'s server, in process: what it shows of a folder, what it refuses, and trainings as they run. */
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runEvaluate } from '../../src/app/index.js';
import { figuresOf } from '../../src/evaluate/report/figures.js';
import { machine, thisProcess } from '../../src/files/temporary.js';
import { Folder } from '../../src/live/ui/folder.js';
import { RunReader } from '../../src/live/ui/runs.js';
import { serveFolder } from '../../src/live/ui/serve.js';
import { folderService } from '../../src/live/ui/service.js';
import type { Listing, RunNews } from '../../src/live/ui/wire.js';
import { loadCheckpoint } from '../../src/train/checkpoint-file.js';
import { MOMENTUM, trainedIn } from '../app/setup.js';

const root = mkdtempSync(join(tmpdir(), 'poolgrad-ui-'));
const folder = join(root, 'folder');
const page = join(root, 'page');
afterAll(() => rmSync(root, { recursive: true }));

const at = (name: string) => join(folder, name);
const SCRIPT = 'console.log(1)';

/** What `evaluate --json` says of the checkpoint. */
let evaluated: { readonly headline: { readonly value: number } };

beforeAll(async () => {
  for (const made of ['folder', 'folder/checkpoints', 'folder/node_modules', 'page', 'page/assets']) {
    mkdirSync(join(root, made));
  }
  writeFileSync(join(page, 'index.html'), '<!doctype html><html><head><title>p</title></head></html>');
  writeFileSync(join(page, 'assets/main.js'), SCRIPT);
  writeFileSync(join(root, 'secret.csv'), 'secret');
  const checkpoint = await trainedIn(folder, 'pool', MOMENTUM);
  const { json } = await runEvaluate({ checkpoint, out: checkpoint.replace('.json', '.html'), json: true });
  evaluated = json as typeof evaluated;
  writeFileSync(at('candles.csv'), 'time,close\n1,2\n');
  writeFileSync(at('notes.txt'), 'notes');
  writeFileSync(at('twice.yaml'), 'pool: {kind: tfmm}\npool: {kind: hmm}\n');
  writeFileSync(at('.env'), 'pool: secret');
  writeFileSync(at('other.json'), '{}');
  writeFileSync(at('node_modules/a.csv'), 'a');
  writeFileSync(at('checkpoints/broken.json'), readFileSync(checkpoint, 'utf8').replace('"seed":', '"seed":1'));
  symlinkSync('../secret.csv', at('out.csv'));
  symlinkSync(root, at('up'));
  symlinkSync('candles.csv', at('in.csv'));
});

async function served(given = folder) {
  const end = new AbortController();
  const service = folderService({
    folder: await Folder.open(given),
    page,
    hosts: new Set(['localhost']),
    signal: end.signal,
  });
  const get = (path: string, init: RequestInit = {}) =>
    service.request(`http://localhost${path}`, { headers: { host: 'localhost' }, ...init });
  return { get, end: () => end.abort() };
}

describe('the folder', () => {
  it('is listed by what its files hold', async () => {
    const { get } = await served();
    const listing = (await (await get('/api/folder')).json()) as Listing;
    expect(listing.folder).toBe('folder');
    expect(listing.files.map(({ path, kind, dataset }) => [path, kind, dataset])).toEqual([
      ['candles.csv', 'prices', null],
      ['in.csv', 'prices', null],
      ['pool.yaml', 'config', 'prices.arrow'],
      ['prices.arrow', 'dataset', null],
      ['twice.yaml', 'config', null],
    ]);
    const { state, dataset } = await loadCheckpoint(at('pool.json'));
    expect(listing.checkpoints).toEqual([
      {
        path: 'pool.json',
        size: expect.any(Number),
        modified: expect.any(Number),
        title: 'tfmm + momentum',
        assets: dataset!.assets,
        objective: expect.any(String),
        validation: state.best.validation,
        iteration: state.iteration,
        iterations: state.iteration,
        finished: true,
        dataset: 'prices.arrow',
        report: 'pool.html',
        code: [],
      },
    ]);
    expect(listing.reports).toEqual([
      { path: 'pool.html', modified: expect.any(Number), figures: figuresOf(readFileSync(at('pool.html'), 'utf8')) },
    ]);
    expect(listing.reports[0].figures!.headline.value).toEqual(evaluated.headline.value);
    expect(listing.damaged).toEqual([
      {
        path: 'checkpoints/broken.json',
        error: expect.stringContaining("'checkpoints/broken.json' is damaged: its hash"),
      },
      { path: 'twice.yaml', error: expect.stringMatching(/^twice\.yaml line 2: expected /) },
    ]);
    expect(listing.notes).toEqual(['2 links lead out of the folder']);
  });

  it('gives the bytes of what it lists, and of nothing else', async () => {
    const { get } = await served();
    const shown = {
      '/files/prices.arrow': 'prices.arrow',
      '/files/in.csv': 'candles.csv',
      '/files/checkpoints/broken.json': 'checkpoints/broken.json',
      '/reports/pool.html': 'pool.html',
    };
    for (const [path, name] of Object.entries(shown)) {
      const bytes = Buffer.from(await (await get(path)).arrayBuffer());
      expect([path, bytes.equals(readFileSync(at(name)))]).toEqual([path, true]);
    }
    const refused = [
      ...['/files/out.csv', '/files/up/secret.csv', '/files/../secret.csv', '/files/%2e%2e/secret.csv'],
      ...['/files/..%2fsecret.csv', '/files/x%2f..%2f..%2fsecret.csv', '/files//etc/passwd', '/files/%00'],
      ...['/files/.env', '/files/notes.txt', '/files/other.json', '/files/node_modules', '/files/pool.html'],
      ...['/reports/pool.json', '/reports/../page/index.html', '/secret.csv', '/../secret.csv', '/..%2fsecret.csv'],
    ];
    for (const path of refused) {
      const answer = await get(path);
      expect([path, answer.status]).toEqual([path, 404]);
      expect(await answer.text()).not.toContain('secret\n');
    }
  });

  it('is read only, by its own name only', async () => {
    const { get } = await served();
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']) {
      expect((await get('/files/prices.arrow', { method })).status).toBe(405);
    }
    const rebound = await get('/api/folder', { headers: { host: 'evil.example:8711' } });
    expect([rebound.status, await rebound.json()]).toEqual([
      403,
      { error: "host: one of localhost was expected, got 'evil.example'" },
    ]);
  });
});

describe('answers', () => {
  it('keep a browser to this origin, isolated', async () => {
    const { get } = await served();
    for (const path of ['/', '/assets/main.js', '/api/folder', '/files/prices.arrow', '/reports/pool.html', '/none']) {
      const { headers, body } = await get(path);
      await body?.cancel();
      expect(Object.fromEntries(headers)).toMatchObject({
        'cross-origin-opener-policy': path.startsWith('/reports/') ? 'unsafe-none' : 'same-origin',
        'cross-origin-embedder-policy': 'require-corp',
        'cross-origin-resource-policy': 'same-origin',
        'x-content-type-options': 'nosniff',
      });
      expect(headers.get('content-security-policy')).toContain("default-src 'none'");
      expect(headers.get('access-control-allow-origin')).toBe(null);
    }
    const policyOf = async (path: string) => {
      const { headers, body } = await get(path);
      await body?.cancel();
      return headers.get('content-security-policy');
    };
    // threads of WebAssembly are workers by blob: a header without it takes them from the page, which says nothing
    const html = readFileSync(join(import.meta.dirname, '../../web/index.html'), 'utf8');
    const own = /http-equiv="Content-Security-Policy"\s+content="([^"]*)"/.exec(html)?.[1] ?? '';
    const directives = (policy: string | null) =>
      (policy ?? '')
        .split('; ')
        .map((directive) => directive.split(' ').sort().join(' '))
        .sort();
    const frames = directives("frame-ancestors 'none'");
    expect(directives(await policyOf('/'))).toEqual([...directives(own), ...frames].sort());
    expect(await policyOf('/reports/pool.html')).toMatch(/^sandbox allow-scripts;/);
    expect(await policyOf('/files/pool.json')).toContain('sandbox');
  });

  it('are the built page, which is told that it has a folder', async () => {
    const { get } = await served();
    expect(await (await get('/')).text()).toContain('<head><meta name="poolgrad-folder" content="">');
    const script = await get('/assets/main.js');
    expect([script.headers.get('content-type'), await script.text()]).toEqual([
      expect.stringContaining('javascript'),
      SCRIPT,
    ]);
  });
});

/** Events of the stream, as they come. */
async function* eventsOf(body: ReadableStream<Uint8Array>): AsyncGenerator<{ event: string; data: unknown }> {
  let rest = '';
  for await (const bytes of body) {
    const parts = (rest + Buffer.from(bytes).toString('utf8')).split('\n\n');
    rest = parts.pop()!;
    for (const part of parts) {
      const field = (name: string) => part.match(new RegExp(`^${name}: (.*)$`, 'm'))![1];
      yield { event: field('event'), data: JSON.parse(field('data')) };
    }
  }
}

describe('a training', () => {
  const head = (process: string) =>
    `${JSON.stringify({
      ...{ format: 'poolgrad-journal', version: 1, process, began: '2026-01-01T00:00:00Z', checkpoint: 'live.json' },
      ...{ title: 'tfmm', assets: ['A'], objective: 'returns', device: 'wasm', steps: 'pool-steps', iterations: 9 },
    })}\n`;
  const progress = (iteration: number) =>
    `${JSON.stringify({ kind: 'progress', iteration, objective: iteration / 10 })}\n`;

  it('is told anew where another has taken its file, which is longer by then', async () => {
    const taken = join(root, 'taken');
    mkdirSync(taken);
    const journal = join(taken, 'live.running.jsonl');
    const reader = new RunReader(await Folder.open(taken));
    const news = async () => (await reader.news(['live.running.jsonl'])).runs;
    writeFileSync(journal, head(`${machine()}-4194305-1`) + progress(1));
    expect(await news()).toMatchObject([{ state: 'killed', isWhole: true }]);
    expect(await news()).toEqual([]);
    writeFileSync(journal, head(thisProcess()) + progress(5) + progress(6));
    expect(await news()).toMatchObject([
      { state: 'running', isWhole: true, lines: [{ iteration: 5 }, { iteration: 6 }] },
    ]);
  });

  it('is told of as it goes on, is killed, is resumed, and ends', async () => {
    const watched = join(root, 'watched');
    mkdirSync(watched);
    const journal = join(watched, 'live.running.jsonl');
    writeFileSync(journal, head(thisProcess()) + progress(1));
    const { get, end } = await served(watched);
    const events = eventsOf((await get('/api/events')).body!);
    const next = async () => (await events.next()).value as { event: string; data: unknown };
    const run = async () => {
      const { event, data } = await next();
      expect(event).toBe('run');
      const { state, isWhole, lines, checkpoint } = data as RunNews;
      return {
        state,
        isWhole,
        checkpoint,
        iterations: lines.map((line) => ('iteration' in line ? line.iteration : null)),
      };
    };
    expect((await next()).event).toBe('listing');
    const checkpoint = 'live.json';
    expect(await run()).toEqual({ state: 'running', isWhole: true, checkpoint, iterations: [1] });
    // a line that is half written is not there yet
    const third = progress(3);
    appendFileSync(journal, progress(2) + third.slice(0, 9));
    expect(await run()).toEqual({ state: 'running', isWhole: false, checkpoint, iterations: [2] });
    appendFileSync(journal, third.slice(9));
    expect(await run()).toEqual({ state: 'running', isWhole: false, checkpoint, iterations: [3] });
    // another process begins anew where one was killed
    unlinkSync(journal);
    writeFileSync(join(watched, 'x'), '');
    writeFileSync(journal, head(`${machine()}-4194305-1`) + progress(3));
    expect(await run()).toEqual({ state: 'killed', isWhole: true, checkpoint, iterations: [3] });
    unlinkSync(journal);
    writeFileSync(join(watched, 'y'), '');
    writeFileSync(journal, head(thisProcess()));
    expect(await run()).toEqual({ state: 'running', isWhole: true, checkpoint, iterations: [] });
    appendFileSync(journal, '{"kind":"saved","checkpoint":"live-2.json","iteration":4}\n');
    expect(await run()).toMatchObject({ checkpoint: 'live-2.json', isWhole: false });
    appendFileSync(journal, '{"kind":"failed","error":"not finite"}\n');
    expect(await run()).toMatchObject({ state: 'failed', checkpoint: 'live-2.json' });
    unlinkSync(journal);
    expect(await next()).toEqual({ event: 'gone', data: { path: 'live.running.jsonl' } });
    end();
    expect((await events.next()).done).toBe(true);
  });
});

describe('the server', () => {
  const options = { folder, page, port: 0, signal: AbortSignal.abort(), onListening: () => {} };

  it('ends at once, with a stream open', async () => {
    const end = new AbortController();
    let listening!: (url: string) => void;
    const url = new Promise<string>((resolve) => {
      listening = resolve;
    });
    const all = serveFolder({ ...options, signal: end.signal, onListening: listening });
    expect(await url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    const { body } = await fetch(`${await url}/api/events`);
    const events = eventsOf(body!);
    expect((await events.next()).value).toMatchObject({ event: 'listing' });
    end.abort();
    await all;
    await events.next().catch(() => {});
  });

  it('says what it lacks', async () => {
    const none = join(root, 'none');
    await expect(serveFolder({ ...options, folder: none })).rejects.toThrow(
      `ui: a folder was expected, got '${none}': there is none; name another`,
    );
    await expect(serveFolder({ ...options, folder: at('pool.json') })).rejects.toThrow('it is a file; name another');
    await expect(serveFolder({ ...options, page: none })).rejects.toThrow(
      `ui: the built page was expected at '${none}', got none; build it by npm run build`,
    );
    const taken = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => taken.once('listening', resolve));
    const { port } = taken.address() as AddressInfo;
    await expect(serveFolder({ ...options, port })).rejects.toThrow(`--port: a free port was expected, got ${port}`);
    taken.close();
  });
});
