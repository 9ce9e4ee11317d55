/** Floor 5. A server of this machine: where it listens, who it answers, how it ends. */
import type { Server } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { serve } from '@hono/node-server';
import type { MiddlewareHandler } from 'hono';
import { UserError } from '../errors.js';

/** On a loopback address only its own names are: a page of elsewhere whose name leads here is not answered. */
export function hostsOf(host: string): ReadonlySet<string> | null {
  const names = ['localhost', '127.0.0.1', '[::1]'];
  return names.includes(host) || host === '::1' ? new Set(names) : null;
}

/** Answers 403 where the Host header names none of `hosts`; null lets all pass. */
export function onlyFor(hosts: ReadonlySet<string> | null): MiddlewareHandler {
  return async (c, next) => {
    const host = c.req.header('host')?.replace(/:\d+$/, '') ?? '';
    if (hosts === null || hosts.has(host)) return next();
    return c.json({ error: `host: one of ${[...hosts].join(', ')} was expected, got '${host}'` }, 403);
  };
}

/** Throws a UserError where the address cannot be had. */
export function listening(
  fetch: Parameters<typeof serve>[0]['fetch'],
  hostname: string,
  port: number,
): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = serve({ fetch, hostname, port }, () => {
      server.off('error', refuse);
      resolve(server);
    }) as Server;
    const refuse = (error: NodeJS.ErrnoException) => reject(cannotListen(error, hostname, port));
    server.once('error', refuse);
  });
}

function cannotListen({ code, message }: NodeJS.ErrnoException, host: string, port: number): Error {
  if (code === 'EADDRINUSE')
    return new UserError(`--port: a free port was expected, got ${port}; name another, or 0 for any`);
  if (code === 'EACCES')
    return new UserError(`--port: a port that you may open was expected, got ${port}; name one above 1023`);
  return new UserError(`--host: an address of this machine was expected, got '${host}': ${message}`);
}

export function urlOf(server: Server): string {
  const address = server.address();
  if (address === null || typeof address === 'string') return String(address);
  const host = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return `http://${host}:${address.port}`;
}

/** Resolves once the signal is aborted. */
export const ended = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });

/** What is under way is answered for `patience` ms; connections that wait are closed. */
export async function closed(server: Server, patience: number): Promise<void> {
  const all = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  await Promise.race([all, sleep(patience, undefined, { ref: false })]);
  server.closeAllConnections();
  await all;
}
