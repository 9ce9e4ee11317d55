/**
 * Floor 5. A market over HTTP: the printed calls as POST with a JSON body, and what the market is as GET.
 *
 * Answers are JSON: what the call gives, or `{error, …}` with the sentence that a command would print. 400 an order that makes no
 * sense, 403 a foreign Host, 404 another address, 409 an order that the market cannot fill now (with `available`), 411 and 413 a
 * body of no stated length or too long, 422 a key that came with another request before, 500 a fault of ours, 503 a service that
 * stops or has too much to do.
 */
import { type Context, Hono } from 'hono';
import { priceOf } from '../../compute/curve.js';
import type { HMM, Trades } from '../../compute/hmm.js';
import { Slipped } from '../../compute/orders.js';
import { Unroutable } from '../../compute/route/problem.js';
import { check } from '../../config/explain.js';
import { UserError } from '../../errors.js';
import { onlyFor } from '../server.js';
import { bodies } from './bodies.js';
import { type Exchange, KeyTaken } from './exchange.js';

const LARGEST_BODY = 64 << 10;
const LONGEST_KEY = 200;

export interface ServiceOptions {
  /** Trades that may be under way at once. */
  readonly most: number;
  /** Names in the Host header that are this service's; all where null. */
  readonly hosts: ReadonlySet<string> | null;
  /** Called once where the log cannot be written any more. */
  readonly onBroken: (error: Error) => void;
}

type Call = keyof typeof bodies;

const TRADES = ['swap', 'sell', 'addLiquidity', 'removeLiquidity'] as const satisfies readonly (Call & keyof Trades)[];

export function serviceOf(exchange: Exchange, { most, hosts, onBroken }: ServiceOptions): Hono {
  const { hmm } = exchange;
  const app = new Hono();
  const started = Date.now();
  let underWay = 0;

  app.use(onlyFor(hosts));
  app.get('/health', (c) => {
    const broken = exchange.broken;
    const body = { ok: broken === null, sequence: exchange.sequence, uptimeSeconds: (Date.now() - started) / 1000 };
    return broken === null ? c.json(body) : c.json({ ...body, error: broken.message }, 503);
  });
  app.get('/state', (c) => c.json({ sequence: exchange.sequence, ...stateOf(hmm) }));

  const quoted = (c: Context, quote: object) => c.json({ sequence: exchange.sequence, ...quote });
  app.post('/quoteBuy', async (c) => quoted(c, hmm.quoteBuy(await orderOf(c, 'quoteBuy'))));
  app.post('/quoteSell', async (c) => quoted(c, hmm.quoteSell(await orderOf(c, 'quoteSell'))));
  for (const call of TRADES) {
    app.post(`/${call}`, async (c) => {
      if (underWay >= most) {
        c.header('Retry-After', '1');
        return c.json({ error: `${call}: at most ${most} trades can be under way at once; try again` }, 503);
      }
      underWay++;
      try {
        const key = keyOf(c);
        const order = (await orderOf(c, call)) as Trades[typeof call][0];
        const { sequence, reply, isReplay } = await exchange.trade(call, order, key);
        if (isReplay) c.header('Idempotent-Replayed', 'true');
        return c.json({ sequence, ...(reply as object) });
      } finally {
        underWay--;
      }
    });
  }

  app.notFound((c) => {
    const known = Object.keys(bodies)
      .map((call) => `POST /${call}`)
      .join(', ');
    return c.json({ error: `GET /state, GET /health, ${known} were expected, got ${c.req.method} ${c.req.path}` }, 404);
  });
  app.onError((error, c) => {
    if (error instanceof Unroutable) {
      return c.json({ error: error.message, reason: error.reason, available: error.available }, 409);
    }
    if (error instanceof Slipped)
      return c.json({ error: error.message, reason: 'slippage', available: error.available }, 409);
    if (error instanceof BadBody) return c.json({ error: error.message }, error.status);
    if (error instanceof KeyTaken) return c.json({ error: error.message }, 422);
    if (exchange.broken !== null) {
      onBroken(exchange.broken);
      return c.json(
        { error: `${exchange.broken.message}; the market stops, nothing of this request is known to be done` },
        503,
      );
    }
    if (error instanceof UserError) return c.json({ error: error.message }, 400);
    return c.json({ error: `unexpected: ${error.message.split('\n')[0]}` }, 500);
  });
  return app;
}

/** A body that is not read. */
class BadBody extends Error {
  constructor(
    readonly status: 411 | 413,
    message: string,
  ) {
    super(message);
  }
}

/** The server reads no more of a body than its length says. */
function checkLength(c: Context): void {
  const length = c.req.header('content-length');
  if (length === undefined) throw new BadBody(411, 'body: a Content-Length was expected, got none');
  if (Number(length) <= LARGEST_BODY) return;
  throw new BadBody(413, `body: at most ${LARGEST_BODY} bytes were expected, got ${length}`);
}

/** The checked body. JSON must be said, which no page of another origin can without being asked. */
async function orderOf<C extends Call>(c: Context, call: C) {
  const type = c.req.header('content-type') ?? '';
  if (!/^application\/json\b/i.test(type)) {
    throw new UserError(`${call}: a body of application/json was expected, got '${type}'`);
  }
  checkLength(c);
  const text = await c.req.text();
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch (error) {
    throw new UserError(`${call}: a JSON body was expected: ${(error as Error).message.split('\n')[0]}`);
  }
  return check(bodies[call], given, [call]);
}

function keyOf(c: Context): string | undefined {
  const key = c.req.header('idempotency-key');
  if (key === undefined || (key !== '' && key.length <= LONGEST_KEY)) return key;
  throw new UserError(`Idempotency-Key: 1 to ${LONGEST_KEY} letters were expected, got ${key.length}`);
}

/** With the price of the moment. */
function stateOf(hmm: HMM) {
  const { venues, ...rest } = hmm.state();
  const { marketFee, riskFee, riskScope } = hmm.market;
  const shown = venues.map(({ psi, theta, rho, scale, ...v }) => ({
    ...v,
    psi,
    theta,
    curvature: rho,
    priceScale: scale,
    price: priceOf({ psi, theta, rho, scale }),
  }));
  return { marketFee, riskFee, riskScope, venues: shown, ...rest };
}
