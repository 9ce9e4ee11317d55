/** `poolgrad serve` killed in the midst of requests, again and again: what was answered is there, once. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, it } from 'vitest';
import { type Change, HMM } from '../../src/compute/hmm.js';
import { loadMarket } from '../../src/config/market.js';
import { startIn } from '../cli/run.js';

const folder = mkdtempSync(join(tmpdir(), 'poolgrad-killed-'));
afterAll(() => rmSync(folder, { recursive: true }));

const MARKET = `
venues:
  - {name: west, resource: gpu, compute: 50000, credits: 100000, priceScale: 2}
  - {name: north, resource: gpu, compute: 90000, credits: 135000, priceScale: 1.5}
  - {name: cpu, resource: cpu, compute: 250000, credits: 90000, priceScale: 0.4}
`;
writeFileSync(join(folder, 'market.yaml'), MARKET);

const KILLS = 12;
/** Requests under way at once. */
const CLIENTS = 16;

async function started() {
  const run = startIn(folder, 'serve', 'market.yaml', '--port', '0');
  for (;;) {
    const found = /at (http:\S+), log \S+ with (\d+) trades/.exec(run.written.stderr);
    if (found !== null) return { run, url: found[1], trades: Number(found[2]) };
    if (run.written.stderr.includes('error:')) throw new Error(run.written.stderr);
    await sleep(5);
  }
}

interface Answered {
  readonly status: number;
  readonly body: { readonly sequence: number; readonly deltaPsi: Record<string, number> };
}

/** Null where the connection broke before there was an answer. */
function post(agent: Agent, url: string, key: string, order: unknown): Promise<Answered | null> {
  return new Promise((resolve) => {
    const headers = { 'content-type': 'application/json', 'idempotency-key': key };
    const asked = request(`${url}/swap`, { method: 'POST', agent, headers }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      answer.on('end', () => resolve({ status: answer.statusCode as number, body: JSON.parse(text) }));
      answer.on('error', () => resolve(null));
    });
    asked.on('error', () => resolve(null));
    asked.end(JSON.stringify(order));
  });
}

it('loses nothing that was answered and trades nothing twice', async () => {
  const answered = new Map<string, Answered['body']>();
  const open = new Map<string, unknown>();
  let count = 0;
  const orderOf = (i: number) => ({ deltaTheta: { [i % 3 === 0 ? 'cpu' : 'gpu']: 1 + (i % 7) } });

  for (let kill = 0; kill < KILLS; kill++) {
    const { run, url, trades } = await started();
    expect(trades).toBeGreaterThanOrEqual(answered.size);
    const agent = new Agent({ keepAlive: true, maxSockets: CLIENTS });
    let isDead = false;
    // what had no answer is asked again, with the same key
    const waiting = [...open];
    const client = async () => {
      while (!isDead) {
        const [key, order] = waiting.pop() ?? [`key-${count}`, orderOf(count++)];
        open.set(key, order);
        const answer = await post(agent, url, key, order);
        if (answer === null) return;
        expect(answer.status).toBe(200);
        answered.set(key, answer.body);
        open.delete(key);
      }
    };
    const before = answered.size;
    const clients = Array.from({ length: CLIENTS }, client);
    while (answered.size < before + 40 + 30 * kill) await sleep(1);
    run.kill('SIGKILL');
    isDead = true;
    await Promise.all(clients);
    agent.destroy();
    expect((await run.ended).signal).toBe('SIGKILL');
  }

  const { run, url } = await started();
  const agent = new Agent({ keepAlive: true });
  for (const [key, order] of open) answered.set(key, (await post(agent, url, key, order))?.body as Answered['body']);
  // and one that was answered long ago
  const first = [...answered][0];
  expect((await post(agent, url, first[0], orderOf(Number(first[0].slice(4)))))?.body).toEqual(first[1]);
  agent.destroy();
  run.kill('SIGTERM');
  const { code, stdout } = await run.ended;
  expect([code, stdout]).toEqual([0, `stopped: ${count} trades in market.log\n`]);

  const records = readFileSync(join(folder, 'market.log'), 'utf8')
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((line) => JSON.parse(line.slice(17)) as { sequence: number; key: string; reply: object; change: Change });
  expect(records.map(({ sequence }) => sequence)).toEqual(records.map((_, i) => i + 1));
  expect(new Set(records.map(({ key }) => key)).size).toBe(count);
  expect(records.length).toBe(count);
  for (const { key, sequence, reply } of records) expect({ sequence, ...reply }).toEqual(answered.get(key));

  // the trades themselves, done again one by one, lead to the same market
  const market = await loadMarket(join(folder, 'market.yaml'));
  const [done, told] = [new HMM(market), new HMM(market)];
  for (const { key, change } of records) {
    done.swap(orderOf(Number(key.slice(4))));
    told.apply(change);
  }
  expect(told.state()).toEqual(done.state());
});
