/** The library in a browser: what a bundle of it holds, and what it computes where there is no Node.js. */
import { isBuiltin } from 'node:module';
import { createContext, runInContext } from 'node:vm';
import { gzipSync } from 'node:zlib';
import { beforeAll, expect, it } from 'vitest';
import * as browser from '../../src/entries/browser.js';
import { wasm } from '../../src/targets/wasm/index.js';
import { type Bundle, bundle } from './bundle.js';
import { openIn } from './ground.js';

/** Compressed, all of it, a third of what our page may weigh: one that needs less leaves the rest out. */
const LARGEST = 500_000;

/** Libraries that have no business in a page: for terminals, for Node.js, or by far too large. */
const FORBIDDEN = /node_modules\/(@tensorflow|koffi|cli-progress|commander|linkedom|hono|@hono|asciichart|webgpu)\//;

let made: Bundle;
beforeAll(async () => {
  made = await bundle();
});

const withNode = ({ chains }: Bundle) =>
  chains.filter(([id]) => isBuiltin(id) || FORBIDDEN.test(id)).map((chain) => chain.join(' ← '));

it('holds nothing of Node.js, of TensorFlow.js, or for terminals', () => {
  expect(made.chains.length).toBeGreaterThan(100);
  expect(withNode(made)).toEqual([]);
});

it('would tell by which way something slipped in', async () => {
  const slipped = await bundle(`export { loadDataset } from './src/data/dataset-file.js';`);
  expect(withNode(slipped)).toContainEqual(
    expect.stringMatching(/^node:zlib ← src\/data\/on-disk\.ts ← src\/data\/dataset-file\.ts$/),
  );
});

it('is small enough for a page', () => {
  expect(gzipSync(made.code).length).toBeLessThan(LARGEST);
});

it('computes the bits of Node.js where there is none of it', async () => {
  // what a browser has and the language has not; no require, no process, no Buffer
  const globals = {
    performance,
    TextEncoder,
    TextDecoder,
    MessageChannel,
    atob,
    btoa,
    structuredClone,
    URL,
    Blob,
    console,
  };
  const context = createContext({ ...globals, WebAssembly });
  runInContext(`${made.code}; globalThis.poolgrad = poolgrad;`, context);
  const there = context.poolgrad as typeof browser;
  const plain = ({ objective, gradient }: { objective: Float64Array; gradient: Float64Array }) => [
    [...objective],
    [...gradient],
  ];
  const figures = async (lib: typeof browser, target: typeof wasm | null) => plain(await openIn(lib, target));
  const here = await figures(browser, wasm);
  expect(here.flat().every(Number.isFinite)).toBe(true);
  expect(here[1].filter((g) => g !== 0).length).toBeGreaterThan(2);
  expect(await figures(there, null)).toEqual(here);
});
