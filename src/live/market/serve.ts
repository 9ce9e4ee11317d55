/** Floor 5. The market of a file, served until a signal: the log locked and read, the server started, all that is under way ended. */
import type { Hono } from 'hono';
import { HMM } from '../../compute/hmm.js';
import type { ComputeMarket } from '../../compute/quote.js';
import { lockFile } from '../../files/lock.js';
import { closed, ended, hostsOf, listening, urlOf } from '../server.js';
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
