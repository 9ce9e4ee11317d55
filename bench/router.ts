/**
 * The router's latency: five resources of eight venues each, in process and over HTTP on loopback.
 *
 * Times on the wall are of this machine with all that it does besides; the processor time of a call is the least of several runs.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type ComputeMarket, type MarketVenue, type QuoteRequest, Router } from '../src/compute/quote.js';
import { route } from '../src/compute/route/route.js';
import { draw } from '../src/targets/runtime.js';
import { leastSeconds, processorTime } from './cases.js';

const RESOURCES = ['gpu', 'vram', 'cpu', 'net', 'disk'];
const VENUES = 8;
/** Markets in turn, so that no call is the one before. */
const MARKETS = 32;

interface RouterCase {
  readonly name: string;
  readonly run: (i: number) => unknown;
}

export interface LatencyRow {
  readonly name: string;
  /** µs on the wall. */
  readonly p50: number;
  readonly p99: number;
  /** µs of processor time a call; null where it is another process's and not known. */
  readonly processor: number | null;
}

/** Venues whose prices differ by a fifth, and a request of up to 5 % of them. */
function marketAndRequest(seed: number, riskScope: ComputeMarket['riskScope'], capped: boolean) {
  let at = 0;
  const pick = (low: number, high: number) => low + (high - low) * draw(23, seed, at++, 0);
  const venues = RESOURCES.flatMap((resource) => {
    const scale = 10 ** pick(-2, 1);
    return Array.from({ length: VENUES }, (_, k): MarketVenue => {
      const own = scale * pick(0.9, 1.1);
      const psi = 10 ** pick(3, 4) / own;
      const [rho, latency, efficiency] = [pick(0, 0.5), k === 0 ? 20 : pick(5, 150), pick(0.8, 1)];
      return {
        name: `${resource}-${k}`,
        resource,
        scale: own,
        psi,
        theta: own * psi * pick(0.9, 1.1),
        rho,
        latency,
        efficiency,
      };
    });
  });
  const need = RESOURCES.map((resource) => {
    const stock = venues.filter((v) => v.resource === resource).reduce((sum, v) => sum + v.psi, 0);
    return [resource, stock * pick(0.002, 0.05)] as const;
  });
  const market: ComputeMarket = { venues, marketFee: 0.003, riskFee: 0.02, riskScope };
  const asked: QuoteRequest = { need: Object.fromEntries(need), ...(capped ? { latency: 60 } : {}) };
  return { market, asked };
}

function casesOf(): RouterCase[] {
  return (['asset', 'pool'] as const).flatMap((scope) =>
    [false, true].flatMap((capped): RouterCase[] => {
      const all = Array.from({ length: MARKETS }, (_, i) => marketAndRequest(i, scope, capped));
      const routers = all.map(({ market }) => new Router(market));
      const problems = all.map(({ asked }, i) => routers[i].problemOf(asked).problem);
      const what = `${scope === 'asset' ? 'risk fee by pool' : 'risk fee of all'}${capped ? ', latency cap' : ''}`;
      return [
        { name: `route, ${what}`, run: (i) => route(problems[i % MARKETS]) },
        { name: `quote, ${what}`, run: (i) => routers[i % MARKETS].quote(all[i % MARKETS].asked) },
      ];
    }),
  );
}

const at = (sorted: Float64Array, part: number) => sorted[Math.floor(part * (sorted.length - 1))];

function rowOf({ name, run }: RouterCase, calls: number): LatencyRow {
  for (let i = 0; i < 2000; i++) run(i);
  const times = Float64Array.from({ length: calls }, (_, i) => {
    const start = performance.now();
    run(i);
    return 1000 * (performance.now() - start);
  }).sort();
  const many = () => {
    for (let i = 0; i < 2000; i++) run(i);
  };
  const processor = (1e6 * leastSeconds(many, 0.5, processorTime)) / 2000;
  return { name, p50: at(times, 0.5), p99: at(times, 0.99), processor };
}

const main = fileURLToPath(new URL('../src/cli/main.js', import.meta.url));

/** Seconds that a process has computed, where the system tells. */
function processorOf({ pid }: ChildProcess): number | null {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
    return (Number(fields[11]) + Number(fields[12])) / 100;
  } catch {
    return null;
  }
}

/** Requests at even times, whatever came of those before: what clients see under so many a second. */
async function overHttp(path: string, body: unknown, perSecond: number, seconds: number): Promise<LatencyRow> {
  const folder = mkdtempSync(join(tmpdir(), 'poolgrad-bench-'));
  const { market } = marketAndRequest(0, 'asset', true);
  const venues = market.venues.map(({ psi, theta, rho, scale, ...v }) => ({
    ...v,
    ...{ compute: psi, credits: theta, curvature: rho, priceScale: scale },
  }));
  writeFileSync(join(folder, 'market.json'), JSON.stringify({ venues }));
  const child = spawn(process.execPath, [main, 'serve', 'market.json', '--port', '0'], { cwd: folder, stdio: 'pipe' });
  const agent = new Agent({ keepAlive: true, maxSockets: 32 });
  try {
    const url = await new Promise<string>((resolve, reject) => {
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        const found = /at (http:\S+), /.exec(text);
        if (found !== null) resolve(found[1]);
      });
      child.on('exit', () => reject(new Error('the service ended')));
    });
    const text = JSON.stringify(body);
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
    const post = () =>
      new Promise<number>((resolve, reject) => {
        const start = performance.now();
        const sent = request(url + path, { method: 'POST', agent, headers }, (answer) => {
          if (answer.statusCode !== 200) reject(new Error(`${path}: status ${answer.statusCode}`));
          answer.resume().on('end', () => resolve(1000 * (performance.now() - start)));
        });
        sent.on('error', reject).end(text);
      });
    for (let i = 0; i < 500; i++) await post();
    const before = processorOf(child);
    const count = perSecond * seconds;
    const under: Promise<number>[] = [];
    const start = performance.now();
    while (under.length < count) {
      const due = Math.min(count, Math.floor(((performance.now() - start) / 1000) * perSecond));
      while (under.length < due) under.push(post());
      // a loop that waits for nothing would take a core from the service
      await sleep(1);
    }
    const times = Float64Array.from(await Promise.all(under)).sort();
    const after = processorOf(child);
    return {
      name: `HTTP ${path}, ${perSecond} a second`,
      p50: at(times, 0.5),
      p99: at(times, 0.99),
      processor: before === null || after === null ? null : (1e6 * (after - before)) / count,
    };
  } finally {
    agent.destroy();
    child.removeAllListeners('exit');
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true });
  }
}

/** Prints and returns all rows whose name contains `only`. */
export async function routerRows(only: string | undefined, quick: boolean, log: (text: string) => void) {
  const rows: LatencyRow[] = [];
  const isAsked = (name: string) => only === undefined || `router ${name}`.includes(only);
  const add = (row: LatencyRow) => {
    rows.push(row);
    const processor = row.processor === null ? '-' : row.processor.toFixed(1);
    log(
      `${row.name.padEnd(42)}${row.p50.toFixed(1).padStart(10)}${row.p99.toFixed(1).padStart(10)}${processor.padStart(14)}`,
    );
  };
  const title = `${RESOURCES.length} resources of ${VENUES} venues each`;
  log(`${title.padEnd(42)}  p50 µs    p99 µs  processor µs`);
  for (const c of casesOf()) if (isAsked(c.name)) add(rowOf(c, quick ? 5000 : 30_000));
  const { asked } = marketAndRequest(0, 'asset', true);
  const sla = { latencyMs: asked.latency };
  const small = { deltaTheta: { gpu: 0.01 } };
  for (const [path, body] of [
    ['/quoteBuy', { need: asked.need, sla }],
    ['/swap', small],
  ] as const) {
    if (isAsked(`HTTP ${path}`)) add(await overHttp(path, body, 1000, quick ? 2 : 5));
  }
  return rows;
}
