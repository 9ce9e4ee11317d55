/** Links of the page: a state comes back as it was, and what is no link of ours is told in a sentence. */
import { describe, expect, it } from 'vitest';
import { fragmentOf, stateOf } from '../../web/src/link.js';
import { DEFAULT_STATE, type PageState } from '../../web/src/state.js';

const STATE: PageState = {
  config: { pool: { kind: 'tfmm', fee: { value: 0.001, train: true } }, rule: { kind: 'momentum', k: [1, 2] } },
  data: { from: 'drawn', model: { kind: 'gbm', sigma: 0.7 }, assets: ['Ä', 'B'], days: 30, interval: 60_000, seed: 7 },
  view: { panel: 'simulate', part: 'test', asset: 1 },
};

const plain = (state: unknown) => `#1j.${Buffer.from(JSON.stringify(state)).toString('base64url')}`;

describe('a link', () => {
  it.each([
    ['its own', STATE],
    ['the default', DEFAULT_STATE],
  ])('brings %s state back', async (_, state) => {
    expect(await stateOf(`#${await fragmentOf(state)}`)).toEqual(state);
  });
  it('has letters that no address escapes, and is short', async () => {
    const fragment = await fragmentOf(STATE);
    expect(fragment).toMatch(/^1z\.[A-Za-z0-9_-]+$/);
    expect(fragment.length).toBeLessThan(plain(STATE).length);
  });
  it('may be plain', async () => {
    expect(await stateOf(plain(STATE))).toEqual(STATE);
  });
  it('is none where there is no fragment', async () => {
    expect(await stateOf('')).toBeNull();
    expect(await stateOf('#')).toBeNull();
  });
});

describe('what is no link', () => {
  it.each([
    ['begins otherwise', '#main', /it begins otherwise/],
    ['is cut off', '#1z.3VQ', /cut off or changed/],
    ['is no JSON', `#1j.${Buffer.from('{').toString('base64url')}`, /cut off or changed/],
    ['has no config', plain({ data: { from: 'shipped' } }), /it has no config/],
    ['has no prices', plain({ config: {} }), /it names no prices/],
    ['has other prices', plain({ config: {}, data: { from: 'https://example.org' } }), /names prices in a way unknown/],
    ['is endless', `#1j.${'A'.repeat(300_000)}`, /too long/],
  ])('%s: a sentence says so', async (_, fragment, sentence) => {
    await expect(stateOf(fragment)).rejects.toThrow(sentence);
  });
  it('inflates into more than any state: it is refused', async () => {
    const huge = { ...STATE, config: { pool: 'x'.repeat(5_000_000) } };
    await expect(stateOf(`#${await fragmentOf(huge as PageState)}`)).rejects.toThrow(/too long/);
  });
});

describe('a view', () => {
  it('of a panel or part that there is not is the default', async () => {
    const state = await stateOf(plain({ ...STATE, view: { part: 'nonsense', asset: -3 } }));
    expect(state?.view).toEqual({ ...DEFAULT_STATE.view, asset: 0 });
  });
});
