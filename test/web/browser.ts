/**
 * The built page in a real browser, for tests: Chromium by playwright-core, where one is installed; served by `poolgrad ui`'s own
 * server, or by a plain static host. Whatever a page asks of another origin, and whatever its console or its policy complains of,
 * is kept.
 */
import { existsSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { serve } from '@hono/node-server';
import { serveStatic } from '@hono/node-server/serve-static';
import { Hono } from 'hono';
import { type Browser, type BrowserContextOptions, chromium, type Locator, type Page } from 'playwright-core';
import { serveFolder } from '../../src/live/ui/serve.js';
import { chromium as executable } from '../evaluate/chromium.js';

/** Where the page is built to. */
const built = join(import.meta.dirname, '../../dist/web');

/** The prices that the page comes with. */
export const SHIPPED = join(import.meta.dirname, '../../datasets/two-assets-90d.arrow');

export { executable };

if (executable === null) console.warn('skipped: tests of the page need Chromium on the path');
else if (!existsSync(join(built, 'index.html')))
  throw new Error('the built page was expected in dist/web: npm run build');

/** WebGPU on the software device that comes with Chromium. */
export const WEBGPU = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'];

export const launch = (flags: readonly string[] = []): Promise<Browser> =>
  chromium.launch({ executablePath: executable!, args: ['--no-sandbox', ...flags] });

export interface Served {
  readonly url: string;
  end(): Promise<void>;
}

/** The page by `poolgrad ui`, with a folder. */
export async function servedFolder(folder: string): Promise<Served> {
  const stop = new AbortController();
  let ended!: Promise<void>;
  const url = await new Promise<string>((resolve, reject) => {
    const options = { folder, page: built, port: 0, signal: stop.signal, onListening: resolve };
    ended = serveFolder(options);
    ended.catch(reject);
  });
  return {
    url: `${url}/`,
    end: async () => {
      stop.abort();
      await ended;
    },
  };
}

/** The page by a host that knows nothing of it, below a path of its own. */
export async function servedStatic(): Promise<Served> {
  const app = new Hono().use(
    '/some/where/*',
    serveStatic({ root: built, rewriteRequestPath: (path) => path.replace('/some/where', '') }),
  );
  const server = await new Promise<ReturnType<typeof serve>>((resolve) => {
    const made = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, () => resolve(made));
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/some/where/`,
    end: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

export interface Visit {
  readonly page: Page;
  /** What was asked of other origins, complaints of the console and of the policy, errors of scripts. */
  readonly complaints: string[];
  close(): Promise<void>;
}

/** A page of its own, opened at a URL. */
export async function visit(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<Visit> {
  const context = await browser.newContext({ acceptDownloads: true, ...options });
  const complaints: string[] = [];
  const { origin } = new URL(url);
  await context.route('**/*', (route) => {
    const asked = new URL(route.request().url());
    if (asked.origin === origin || ['blob:', 'data:'].includes(asked.protocol)) return route.continue();
    complaints.push(`asked of another origin: ${asked}`);
    return route.abort();
  });
  const page = await context.newPage();
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(`${message.type()}: ${message.text()}`);
  });
  page.on('pageerror', (error) => complaints.push(`error: ${error.stack}`));
  await page.goto(url);
  return { page, complaints, close: () => context.close() };
}

/** Types into a field as somebody does, key by key, in place of what it has; the page answers between two of them. */
export async function typed(
  field: Locator,
  text: string,
  { end = 'Enter' }: { readonly end?: string } = {},
): Promise<void> {
  await field.press('ControlOrMeta+a');
  await field.pressSequentially(text, { delay: 40 });
  if (end !== '') await field.press(end);
}

/** Whether something sticks out to the right, so that the page would scroll sideways. */
export const overflow = (page: Page): Promise<number> =>
  page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');

/** Controls that a screen reader has no name for, by their markup. */
export const nameless = (page: Page): Promise<string[]> => page.evaluate(NAMELESS);

const NAMELESS = `[...document.querySelectorAll('button, input, select, textarea, a[href], summary, [role=button], [role=img], iframe, progress')]
  .filter((e) => e.checkVisibility() && e.type !== 'hidden')
  .filter((e) => {
    const by = (e.getAttribute('aria-labelledby') ?? '').split(' ').map((id) => document.getElementById(id)?.textContent ?? '').join('');
    const labels = [...(e.labels ?? [])].map((label) => label.textContent).join('');
    const own = e.matches('button, a, summary, [role=button]') ? e.textContent : '';
    const names = [e.getAttribute('aria-label'), by, labels, own, e.title];
    return !names.some((name) => (name ?? '').trim() !== '');
  })
  .map((e) => e.outerHTML.slice(0, 200))`;
