/** A market over HTTP, in process: calls, refusals, keys; and what its log survives. */
import {
  appendFileSync,
  existsSync,
  linkSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { HMM } from '../../src/compute/hmm.js';
import { marketOf } from '../../src/config/market.js';
import { lockFile } from '../../src/files/lock.js';
import { machine } from '../../src/files/temporary.js';
import { lineOf, linkOf, START, textOf } from '../../src/live/market/chain.js';
import { Exchange } from '../../src/live/market/exchange.js';
import { serveMarket } from '../../src/live/market/serve.js';
import { serviceOf } from '../../src/live/market/service.js';

const folder = mkdtempSync(join(tmpdir(), 'poolgrad-market-'));
afterAll(() => rmSync(folder, { recursive: true }));

const market = marketOf({
  venues: [
    { name: 'west', resource: 'gpu', region: 'us-west', latency: 12, compute: 500, credits: 1000, priceScale: 2 },
    { name: 'north', resource: 'gpu', region: 'eu-north', latency: 120, compute: 900, credits: 1350, priceScale: 1.5 },
    { name: 'cpu', resource: 'cpu', latency: 10, compute: 2500, credits: 900, priceScale: 0.4 },
  ],
});

let files = 0;
const file = () => join(folder, `${files++}.log`);

async function opened(log = file(), given = market) {
  const notes: string[] = [];
  const exchange = await Exchange.open(new HMM(given), log, (note) => notes.push(note));
  const app = serviceOf(exchange, { most: 2, hosts: new Set(['localhost']), onBroken: () => {} });
  const headers = { host: 'localhost', 'content-type': 'application/json' };
  const ask = async (path: string, init: RequestInit) => {
    const answer = await app.request(`http://localhost${path}`, init);
    return { status: answer.status, body: await answer.json(), headers: answer.headers };
  };
  const post = (path: string, given: unknown, more: Record<string, string> = {}) => {
    const body = typeof given === 'string' ? given : JSON.stringify(given);
    const length = { 'content-length': String(Buffer.byteLength(body)) };
    return ask(path, { method: 'POST', headers: { ...headers, ...length, ...more }, body });
  };
  const get = (path: string, host = 'localhost') => ask(path, { headers: { host } });
  return { log, exchange, notes, post, get };
}

describe('the service', () => {
  it('answers as the library does', async () => {
    const { exchange, post, get } = await opened();
    const library = new HMM(market);
    const order = { deltaTheta: { gpu: 100 }, sla: { latencyMs: 50 } };
    expect((await post('/quoteBuy', order)).body).toEqual({ sequence: 0, ...library.quoteBuy(order) });
    const swap = { ...order, minPsi: { gpu: 40 } };
    expect((await post('/swap', swap)).body).toEqual({ sequence: 1, ...library.swap(swap) });
    const sale = { deltaPsi: { north: 5 } };
    expect((await post('/quoteSell', sale)).body).toEqual({ sequence: 1, ...library.quoteSell(sale) });
    expect((await post('/sell', sale)).body).toEqual({ sequence: 2, ...library.sell(sale) });
    const pair = { deltaPsi: { cpu: 25 }, deltaTheta: { cpu: 10 }, provider: 'ann' };
    expect((await post('/addLiquidity', pair)).body).toEqual({ sequence: 3, ...library.addLiquidity(pair) });
    const shares = { shares: { cpu: 2 }, provider: 'ann' };
    expect((await post('/removeLiquidity', shares)).body).toEqual({ sequence: 4, ...library.removeLiquidity(shares) });
    const { body } = await get('/state');
    expect(body).toMatchObject({
      sequence: 4,
      treasury: library.state().treasury,
      holdings: { ann: { cpu: expect.any(Number) } },
    });
    expect((await get('/health')).body).toMatchObject({ ok: true, sequence: 4 });
    await exchange.close();
  });

  it('refuses in one sentence, and changes nothing', async () => {
    const { exchange, post, get } = await opened();
    const cases: [unknown, number, string][] = [
      [{ need: { gpu: 1e6 } }, 409, 'route: at most 1398.6 of gpu is available'],
      [
        { deltaTheta: { gpu: 10 }, minPsi: { gpu: 40 } },
        409,
        'swap: at least 40 units of gpu was expected, the market gives 6',
      ],
      [{ need: { gpu: 1 }, sla: { latencyMs: 1 } }, 409, 'route: a mean latency of gpu of 12 ms is the least'],
      [{ need: { tpu: 1 } }, 400, 'quote: a resource among gpu, cpu was expected, got tpu'],
      [{ deltaTheta: { gpu: 'x' } }, 400, "swap.deltaTheta.gpu: expected a number, got 'x'"],
      [
        { deltaTeta: { gpu: 1 } },
        400,
        "swap.deltaTeta: expected a known key, got 'deltaTeta'; did you mean 'deltaTheta'?",
      ],
      [{ need: { gpu: -1 } }, 400, 'swap: need of gpu above 0 was expected, got -1'],
      ['{', 400, 'swap: a JSON body was expected'],
      ['[]', 400, 'swap: expected values by name, got []'],
      [`{"need": ${'['.repeat(30000)}`, 400, 'swap: a JSON body was expected'],
      [JSON.stringify({ need: { ['g'.repeat(1 << 17)]: 1 } }), 413, 'body: at most 65536 bytes'],
    ];
    for (const [body, status, sentence] of cases) {
      const answer = await post('/swap', body);
      expect([answer.status, (answer.body as { error: string }).error]).toEqual([
        status,
        expect.stringContaining(sentence),
      ]);
    }
    expect((await post('/swap', { need: { gpu: 1e6 } })).body).toMatchObject({
      reason: 'requirement',
      available: 1398.6,
    });
    expect((await post('/swap', '{}', { 'content-type': 'text/plain' })).body).toEqual({
      error: "swap: a body of application/json was expected, got 'text/plain'",
    });
    const silent = new Headers({ host: 'localhost', 'content-type': 'application/json' });
    const unknown = serviceOf(exchange, { most: 1, hosts: null, onBroken: () => {} });
    expect((await unknown.request('/swap', { method: 'POST', headers: silent, body: '{}' })).status).toBe(411);
    expect((await get('/nothing')).status).toBe(404);
    // a name of elsewhere that leads here
    expect((await get('/state', 'example.com')).status).toBe(403);
    expect([exchange.sequence, exchange.hmm.state()]).toEqual([0, new HMM(market).state()]);
    await exchange.close();
  });

  it('refuses what no market can carry, and logs nothing of it', async () => {
    const { exchange, post, log } = await opened();
    const before = readFileSync(log, 'utf8');
    const provider = 'ann';
    const cases: [string, unknown, string][] = [
      // x·y overflows, though each reserve is finite
      ['addLiquidity', { deltaPsi: { west: 1e300 }, deltaTheta: { west: 1e300 }, provider }, 'that can be traded with'],
      [
        'addLiquidity',
        { deltaPsi: { west: 1 }, deltaTheta: { west: 1e-300 }, provider },
        'at least 1e-9 credits of west',
      ],
      [
        'addLiquidity',
        { deltaPsi: { west: 1e-300 }, deltaTheta: { west: 1 }, provider },
        'at least 5e-10 units of west',
      ],
      ['sell', { deltaPsi: { west: 1e-300 } }, 'at least 5e-10 units of west were expected, 1e-12 of what'],
      ['quoteSell', { deltaPsi: { west: 1e-300 } }, 'at least 5e-10 units of west'],
      ['removeLiquidity', { shares: { west: 1e-320 }, provider: 'founder' }, 'shares of west'],
      ['swap', { deltaTheta: { gpu: 1e-320 } }, 'credits of gpu'],
      ['quoteBuy', { deltaTheta: { gpu: 1e-320 } }, 'credits of gpu'],
      ['swap', { need: { gpu: 1e-300 } }, 'units of gpu'],
      ['quoteBuy', { need: { gpu: 1e-300 } }, 'units of gpu'],
    ];
    for (const [call, order, sentence] of cases) {
      const { status, body } = await post(`/${call}`, order);
      expect([call, status, body]).toEqual([call, 400, { error: expect.stringContaining(sentence) }]);
    }
    const { status } = await post('/sell', { deltaPsi: { west: 1e300 } });
    expect(status).toBe(400);
    expect([exchange.sequence, exchange.hmm.state()]).toEqual([0, new HMM(market).state()]);
    expect(readFileSync(log, 'utf8')).toBe(before);
    // the least that is taken is traded at the price of the moment, with a fee
    const { body } = await post('/swap', { need: { gpu: 2e-9 } });
    expect(body).toMatchObject({ fee: expect.any(Number), deltaPsi: { gpu: 2e-9 } });
    expect((body as { fee: number }).fee).toBeGreaterThan(0);
    await exchange.close();
  });

  it('trades a key once, however often and however soon it comes again', async () => {
    const { exchange, post, log } = await opened();
    const order = { need: { gpu: 10, cpu: 5 } };
    const key = { 'idempotency-key': 'a' };
    const both = await Promise.all([post('/swap', order, key), post('/swap', order, key)]);
    const replayed = both.map(({ headers }) => headers.get('idempotent-replayed'));
    expect(replayed).toEqual([null, 'true']);
    expect(both[1].body).toEqual(both[0].body);
    // the order of fields says nothing
    expect((await post('/swap', { need: { cpu: 5, gpu: 10 } }, key)).body).toEqual(both[0].body);
    expect((await post('/swap', { need: { gpu: 11 } }, key)).status).toBe(422);
    expect((await post('/sell', { deltaPsi: { cpu: 11 } }, key)).status).toBe(422);
    await exchange.close();
    const again = await opened(log);
    const later = await again.post('/swap', order, key);
    expect([later.headers.get('idempotent-replayed'), later.body]).toEqual(['true', both[0].body]);
    expect(again.exchange.sequence).toBe(1);
    await again.exchange.close();
  });

  it('takes no more trades at once than it says', async () => {
    const { exchange, post } = await opened();
    const all = await Promise.all([1, 2, 3].map((gpu) => post('/swap', { need: { gpu } })));
    expect(all.map(({ status }) => status)).toEqual([200, 200, 503]);
    expect(all[2].headers.get('retry-after')).toBe('1');
    await exchange.close();
  });
});

describe('the log', () => {
  const trade = async (log: string, times: number) => {
    const { exchange, post } = await opened(log);
    for (let i = 0; i < times; i++) await post('/swap', { need: { gpu: 1 + i } }, { 'idempotency-key': `k${i}` });
    const state = exchange.hmm.state();
    await exchange.close();
    return state;
  };

  it('is the whole market: the same to the bit after it is read', async () => {
    const log = file();
    const state = await trade(log, 20);
    const { exchange, notes } = await opened(log);
    expect([exchange.hmm.state(), exchange.sequence, notes]).toEqual([state, 20, []]);
    await exchange.close();
  });

  it('drops what a torn last line holds, wherever it was torn, and goes on', async () => {
    const log = file();
    await trade(log, 4);
    const whole = readFileSync(log);
    const last = whole.lastIndexOf(10, whole.length - 2) + 1;
    for (const cut of [last + 1, last + 5, last + 17, whole.length - 2, whole.length - 1]) {
      writeFileSync(log, whole);
      truncateSync(log, cut);
      const { exchange, notes, post } = await opened(log);
      expect([exchange.sequence, notes]).toEqual([
        3,
        [expect.stringContaining(`${cut - last} bytes after the last whole line are dropped`)],
      ]);
      expect((await post('/swap', { need: { gpu: 4 } }, { 'idempotency-key': 'k3' })).body).toMatchObject({
        sequence: 4,
      });
      await exchange.close();
      expect((await opened(log)).exchange.sequence).toBe(4);
    }
  });

  it('is refused where it is damaged, of another market, or none', async () => {
    const log = file();
    await trade(log, 4);
    const whole = readFileSync(log);
    const lines = whole.toString().split('\n');
    const damaged = (text: string) => {
      writeFileSync(log, text);
      return opened(log);
    };
    await expect(damaged(lines.with(2, lines[2].replace('"gpu":2', '"gpu":3')).join('\n'))).rejects.toThrow(
      /^--log: line 3 of .* is damaged/,
    );
    await expect(damaged(lines.filter((_, i) => i !== 2).join('\n'))).rejects.toThrow('line 3');
    await expect(damaged('venues: []\n')).rejects.toThrow("a market's log was expected");
    await expect(damaged('something')).rejects.toThrow("a market's log was expected");
    writeFileSync(log, whole);
    await expect(opened(log, { ...market, marketFee: 0.004 })).rejects.toThrow('was begun with another market');
    expect(readFileSync(log)).toEqual(whole);
    appendFileSync(log, '');
    const { exchange } = await opened(log);
    await exchange.close();
  });

  it('is refused where a line holds what no market can be', async () => {
    for (const reserves of [
      [null, 1000, 700],
      [500, 0, 700],
      [500, -1, 700],
      [1e300, 1e300, 1e300],
    ]) {
      const log = file();
      await trade(log, 1);
      const [first] = readFileSync(log, 'utf8').split('\n');
      const { link } = textOf(START, first) as { link: string };
      const change = { venues: { west: reserves }, treasury: 0, burned: 0 };
      const text = JSON.stringify({ sequence: 1, call: 'swap', order: {}, reply: {}, change });
      writeFileSync(log, `${first}\n${lineOf(linkOf(link, text), text)}`);
      await expect(opened(log)).rejects.toThrow(/^--log: line 2 of .* is damaged: change: /);
    }
  });

  it('is broken once its file is deleted or replaced: nothing is answered as done', async () => {
    for (const harm of [
      (log: string) => rmSync(log),
      (log: string) => renameSync(log, `${log}.old`),
      (log: string) => {
        const whole = readFileSync(log);
        rmSync(log);
        writeFileSync(log, whole);
      },
    ]) {
      const { exchange, post, get, log } = await opened();
      expect((await post('/swap', { need: { gpu: 1 } })).status).toBe(200);
      harm(log);
      const refused = await post('/swap', { need: { gpu: 1 } });
      expect([refused.status, (refused.body as { error: string }).error]).toEqual([
        503,
        expect.stringContaining('was expected to stay in its place, it was deleted, moved or replaced'),
      ]);
      expect((await get('/health')).status).toBe(503);
      await exchange.close();
    }
  });

  it('ends the service, which then fails, once its file is gone', async () => {
    const log = file();
    const served = serveMarket({
      market,
      log,
      host: '127.0.0.1',
      port: 0,
      signal: new AbortController().signal,
      tell: () => {},
      onListening: async (url) => {
        rmSync(log);
        const headers = { 'content-type': 'application/json' };
        const answer = await fetch(`${url}/swap`, { method: 'POST', headers, body: '{"need":{"gpu":1}}' });
        expect(answer.status).toBe(503);
      },
    });
    await expect(served).rejects.toMatchObject({ name: 'UserError', exitCode: 1 });
    expect(existsSync(`${log}.lock`)).toBe(false);
  });

  it('is not begun by a start that fails', async () => {
    const taken = createServer();
    const port = await new Promise<number>((done) =>
      taken.listen(0, '127.0.0.1', () => done((taken.address() as { port: number }).port)),
    );
    const { signal } = new AbortController();
    const start = (log: string, host: string, port: number) =>
      serveMarket({ market, log, host, port, signal, tell: () => {}, onListening: () => {} });
    const log = file();
    await expect(start(log, '127.0.0.1', port)).rejects.toThrow(`--port: a free port was expected, got ${port}`);
    await expect(start(log, '203.0.113.1', 0)).rejects.toThrow('--host: an address of this machine was expected');
    await expect(start(folder, '127.0.0.1', 0)).rejects.toThrow(
      `log: '${folder}' cannot be written: it is a folder; name another file by --log`,
    );
    writeFileSync(log, 'venues: []');
    // and what listens already stops listening
    await expect(start(log, '127.0.0.1', 0)).rejects.toThrow("a market's log was expected");
    expect([existsSync(`${log}.lock`), existsSync(`${folder}.lock`)]).toEqual([false, false]);
    rmSync(log);
    await new Promise((done) => taken.close(done));
    const stop = new AbortController();
    const served = serveMarket({
      market,
      log,
      host: '127.0.0.1',
      port,
      signal: stop.signal,
      tell: () => {},
      onListening: () => stop.abort(),
    });
    expect([await served, existsSync(log)]).toEqual([0, true]);
  });

  it('has one writer, by whatever name it is called', async () => {
    const log = file();
    await trade(log, 1);
    const [soft, hard, early] = [`${log}.soft`, `${log}.hard`, file()];
    symlinkSync(log, soft);
    const unlock = await lockFile(log, {});
    await expect(lockFile(soft, {})).rejects.toThrow(`is written to by process ${process.pid}`);
    linkSync(log, hard);
    await expect(lockFile(hard, {})).rejects.toThrow('it has 2 names (hard links), delete all others or copy it');
    await unlock();
    // a link to a file that is still to be made
    symlinkSync(early, `${early}.soft`);
    const first = await lockFile(`${early}.soft`, {});
    await expect(lockFile(early, {})).rejects.toThrow('is written to by process');
    await first();
  });

  it('has one writer: a lock of a process that is gone is taken over', async () => {
    const log = file();
    const unlock = await lockFile(log, {});
    await expect(lockFile(log, {})).rejects.toThrow(`is written to by process ${process.pid}; stop it first`);
    await unlock();
    // as of a process with a number that Linux gives to none
    writeFileSync(`${log}.lock`, `${machine()}-4194305-1`);
    const again = await lockFile(log, {});
    await again();
    expect(existsSync(`${log}.lock`)).toBe(false);
    writeFileSync(`${log}.lock`, '00000000-17-1');
    await expect(lockFile(log, {})).rejects.toThrow('on another machine, in another container or before a restart');
  });
});
