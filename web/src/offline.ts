/**
 * Floor 7. The page without its host: a service worker that keeps the files of a build, and answers with them where the host
 * does not. The page itself is asked for anew each time, so that a new build is seen at once; files with a hash in their name
 * never change.
 */

/** What a service worker has, of which the types of a document know nothing. */
interface Scope {
  readonly location: Location;
  readonly registration: { readonly scope: string };
  readonly clients: { claim(): Promise<void> };
  skipWaiting(): Promise<void>;
  addEventListener(type: 'install' | 'activate', listener: (event: Lasting) => void): void;
  addEventListener(type: 'fetch', listener: (event: Asking) => void): void;
}
interface Lasting extends Event {
  waitUntil(work: Promise<unknown>): void;
}
interface Asking extends Lasting {
  readonly request: Request;
  respondWith(answer: Promise<Response>): void;
}
declare const self: Scope;

export {};

const { scope } = self.registration;
const OURS = `poolgrad ${scope} `;
/** A build is known by the name that it registers this script with. */
const KEPT = OURS + self.location.search;

self.addEventListener('install', (event) => event.waitUntil(keep()));
self.addEventListener('activate', (event) => event.waitUntil(forgetOthers()));
self.addEventListener('fetch', (event) => {
  const { request } = event;
  if (request.method !== 'GET' || !request.url.startsWith(scope)) return;
  event.respondWith(request.mode === 'navigate' ? anew(request) : kept(request));
});

async function keep(): Promise<void> {
  const listed: readonly string[] = await (await fetch('files.json', { cache: 'no-store' })).json();
  const cache = await caches.open(KEPT);
  await cache.addAll(['./', ...listed]);
  await self.skipWaiting();
}

/** The files of builds before this one. */
async function forgetOthers(): Promise<void> {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith(OURS) && name !== KEPT).map((name) => caches.delete(name)));
  await self.clients.claim();
}

async function anew(request: Request): Promise<Response> {
  try {
    return await fetch(request);
  } catch (error) {
    const answer = await (await caches.open(KEPT)).match('./');
    if (answer === undefined) throw error;
    return answer;
  }
}

const kept = async (request: Request): Promise<Response> =>
  (await (await caches.open(KEPT)).match(request)) ?? fetch(request);
