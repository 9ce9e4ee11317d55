/** Floor 5. The market of a file, served until a signal: the log locked and read, the server started, all that is under way ended. */
import type { Server } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { serve } from '@hono/node-server';
import type { Hono } from 'hono';
import { HMM } from '../../compute/hmm.js';
import type { ComputeMarket } from '../../compute/quote.js';
import { UserError } from '../../errors.js';
import { lockFile } from '../../files/lock.js';
import { Exchange } from './exchange.js';
import { serviceOf } from './service.js';

/** Trades under way at once. */
const MOST = 1024;

/** How long those that are under way may take at the end, ms. */
const PATIENCE = 5000;

export interface ServeOptions {
  readonly market: ComputeMarket;
  readonly log: string;
  readonly host: string;
  /** 0 for any that is free. */
  readonly port: number;
  /** Ends the service. */
  readonly signal: AbortSignal;
  readonly tell: (note: string) => void;
  readonly onListening: (url: string, sequence: number) => void;
}

/** Resolves, with the number of trades in the log, when the service has ended. Throws a UserError where it cannot begin or go on. */
export async function serveMarket(options: ServeOptions): Promise<number> {
  const { market, log, host, port, signal, tell, onListening } = options;
  const unlock = await lockFile(log, { what: 'log', flag: '--log' });
  try {
    let begin!: (service: Hono) => void;
    const service = new Promise<Hono>((resolve) => {
      begin = resolve;
    });
    // first of all, since a start that fails must leave no log; who asks early waits until the log is read
    const server = await listening(async (request, env) => (await service).fetch(request, env), host, port);
    const exchange = await Exchange.open(new HMM(market), log, tell).catch(async (error) => {
      await closed(server, 0);
      throw error;
    });
    try {
      let broken: Error | null = null;
      const failed = new AbortController();
      const onBroken = (error: Error) => {
        broken = error;
        failed.abort();
      };
      begin(serviceOf(exchange, { most: MOST, hosts: hostsOf(host), onBroken }));
      onListening(urlOf(server), exchange.sequence);
      await ended(AbortSignal.any([signal, failed.signal]));
      await closed(server, PATIENCE);
      if (broken !== null) throw broken;
      return exchange.sequence;
    } finally {
      await exchange.close();
    }
  } finally {
    await unlock();
  }
}

/** On a loopback address only its own names are: a page of elsewhere whose name leads here is not answered. */
function hostsOf(host: string): ReadonlySet<string> | null {
  const names = ['localhost', '127.0.0.1', '[::1]'];
  return names.includes(host) || host === '::1' ? new Set(names) : null;
}

function listening(fetch: Parameters<typeof serve>[0]['fetch'], hostname: string, port: number): Promise<Server> {
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

function urlOf(server: Server): string {
  const address = server.address();
  if (address === null || typeof address === 'string') return String(address);
  const host = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return `http://${host}:${address.port}`;
}

const ended = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });

/** What is under way is answered for `patience` ms; connections that wait are closed. */
async function closed(server: Server, patience: number): Promise<void> {
  const all = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  await Promise.race([all, sleep(patience, undefined, { ref: false })]);
  server.closeAllConnections();
  await all;
}
