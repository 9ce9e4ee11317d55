import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { registry } from '../../kernels/index.js';
import { chosenAssets, fitStarter } from '../../src/app/starter.js';
import { KINDS } from '../../src/cli/init.js';
import { parseYaml, resolveOn } from '../../src/config/index.js';
import { createDataset, type Dataset } from '../../src/data/dataset.js';

const DAY = 1440;

function dataset(assets: string[], days: number, interval = 60_000): Dataset {
  const rows = days * DAY;
  const prices = new Float64Array(rows * assets.length).fill(1);
  return createDataset({ assets, start: 0, interval, rows, prices, volume: null, meta: {} });
}

const shipped = (kind: string) => readFileSync(new URL(`../../configs/${kind}.yaml`, import.meta.url), 'utf8');

describe('init', () => {
  it.each(KINDS)('leaves %s as it is where the data hold it, and shortens windows where they do not', (kind) => {
    const text = shipped(kind);
    expect(fitStarter(text, dataset(['A', 'B'], 90), 'p.arrow')).toEqual({ text, notes: [] });
    const short = dataset(['A', 'B'], 20);
    const { text: shorter, notes } = fitStarter(text, short, 'p.arrow');
    expect(notes).toEqual([
      'windowDays is 7 and burnInDays 7, less than in the shipped config, as the dataset has 20 days',
    ]);
    const { config, recorded } = resolveOn(short, parseYaml(shorter), registry);
    expect([config.windowRows, recorded.split.burnIn]).toEqual([7 * DAY, 7 * DAY]);
  });

  it('refuses one price series for a pool of two assets, with the way out', () => {
    const one = dataset(['ETH'], 90);
    for (const kind of KINDS.filter((k) => k !== 'hmm')) {
      expect(() => fitStarter(shipped(kind), one, 'x/one.arrow')).toThrow(
        /^init: train would refuse one\.arrow: data\.assets: expected 2 assets.*, got ETH; import more \(--with-numeraire /,
      );
    }
  });

  it('names the assets that are chosen, in their order', () => {
    const three = dataset(['ETH', 'BTC/USD', '1INCH'], 90);
    expect(() => fitStarter(shipped('concentrated-range'), three, 'p.arrow')).toThrow(
      'name those, such as [ETH, BTC/USD], or take another pool (init does so: --assets ETH,BTC/USD)',
    );
    const assets = chosenAssets('1INCH, BTC/USD', three);
    const { text } = fitStarter(shipped('concentrated-range'), three, 'p.arrow', assets);
    expect(text).toContain('\n  assets: ["1INCH", "BTC/USD"]\n');
    expect(resolveOn(three, parseYaml(text), registry).config.assets).toEqual(['1INCH', 'BTC/USD']);
    expect(() => chosenAssets('ETH,DOGE', three)).toThrow("assets: 'DOGE' is not in the dataset");
  });

  it('takes rows of any part of a day', () => {
    expect(fitStarter(shipped('momentum'), dataset(['A', 'B'], 90, 300_000), 'p.arrow').notes).toEqual([]);
  });

  it('refuses rows that make no whole day and data that hold no window at all', () => {
    expect(() => fitStarter(shipped('momentum'), dataset(['A', 'B'], 90, 420_000), 'p.arrow')).toThrow(
      'init: train would refuse p.arrow: data.file: expected rows of which a whole number makes a day, or of whole days, got one every 7m',
    );
    expect(() => fitStarter(shipped('momentum'), dataset(['A', 'B'], 2), 'p.arrow')).toThrow(
      /init: train would refuse p\.arrow: split: train needs 43200 rows/,
    );
  });
});
