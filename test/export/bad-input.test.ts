/** What users get wrong: every message is one line that names the op, the value and the remedy. */
import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors.js';
import { exporters, type TunedPool } from '../../src/export/index.js';
import { documented, trainedSets } from './documents.js';
import { address, constantPool, fullTemplate, hmmPool, none, tfmmPool } from './pools.js';

function complaint(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    const { message, exitCode } = error as UserError;
    expect(message).not.toContain('\n');
    expect(message).toMatch(/^(export|parse) [a-z-]+( --strict)?: .+; .+/);
    expect(exitCode).toBe(1);
    return message;
  }
  throw new Error('expected a UserError, got none');
}

type Chain = Exclude<keyof typeof exporters, 'json'>;
const CHAINS = { 'constant-weight': 'balancer-weighted', tfmm: 'quantamm', hmm: 'hmm-solidity' } as const;

const exported = (name: Chain, pool: TunedPool, template: Record<string, unknown> = {}, strict = false) =>
  complaint(() => exporters[name].export(pool, { template, strict }));

describe('pools that no chain takes', () => {
  const cases: [string, TunedPool, string][] = [
    ['one asset', constantPool({ assets: ['BTC'], weights: [1] }), 'at least 2 named assets, got ["BTC"]'],
    ['an asset twice', constantPool({ assets: ['BTC', 'ETH', 'BTC'] }), 'got BTC twice'],
    ['weights off 1', constantPool({ weights: [0.5, 0.3, 0.1] }), 'must sum to 1 within 1e-9, got 0.9'],
    ['a weight too few', constantPool({ weights: [0.5, 0.5] }), 'weights must have one entry an asset (3), got 2'],
    ['a negative weight', constantPool({ weights: [0.7, 0.5, -0.2] }), 'weights[2] must be above 0, got -0.2'],
    ['a fee of NaN', constantPool({ fee: Number.NaN }), 'fee must be in [0, 1), got NaN'],
    ['no value', constantPool({ value: 0 }), 'value must be above 0, got 0'],
    ['no rule', tfmmPool({}, { rule: null }), "a tfmm pool needs 'rule', got none"],
    ['λ of 1', tfmmPool({ lambda: [0.9, 1] }), 'lambda[1] must be in (0, 1), got 1'],
    [
      'an interpolation longer than a step',
      tfmmPool({ chunkPeriod: 60 }),
      'weightInterpolationPeriod must be minutes above 0 of whole seconds, up to chunkPeriod (60), got 1440',
    ],
    ['ρ of 1', hmmPool({ rho: [0.5, 1] }), 'rho[1] must be in [0, 1): from ρ = 1 on'],
    ['two fees', hmmPool({}, { fee: 0.01 }), 'fee and marketFee of an hmm pool must be equal, got 0.01 and 0.003'],
    ['no price scale', hmmPool({ priceScale: [1, 0] }), 'priceScale[1] must be above 0, got 0'],
    [
      'no checkpoint',
      constantPool({ provenance: { ...constantPool().provenance, checkpoint: '' } }),
      'provenance.checkpoint must not be empty',
    ],
    [
      'a metric without value',
      constantPool({ provenance: { ...constantPool().provenance, metrics: { sharpe: Number.NaN } } }),
      'provenance.metrics.sharpe must be finite',
    ],
    [
      'no date',
      constantPool({ provenance: { ...constantPool().provenance, created: 'yesterday' } }),
      'must be an ISO 8601 date, got "yesterday"',
    ],
  ];
  it.each(cases)('%s', (_, pool, message) => {
    expect(exported(CHAINS[pool.kind], pool)).toContain(message);
  });

  it('refuses a kind that the target does not take, before anything else', () => {
    expect(exported('quantamm', constantPool())).toBe(
      'export quantamm: expected a pool of kind tfmm, got constant-weight; export it to another target (json takes every kind)',
    );
    expect(exported('hmm-solidity', tfmmPool())).toContain('expected a pool of kind hmm, got tfmm');
    expect(exported('balancer-weighted', hmmPool())).toContain('expected a pool of kind constant-weight, got hmm');
  });
});

describe('pools that a chain does not take', () => {
  const quantamm: [string, TunedPool, string][] = [
    ['a rule without contract', tfmmPool({ name: 'power-channel' }), "momentum, anti-momentum, got 'power-channel'"],
    ['k of 0', tfmmPool({ k: [1, 0] }), 'κ of asset 1 must be above 0 for the rule contract, got 0'],
    ['a k that rounds to 0', tfmmPool({ k: [1e-19, 1] }), 'κ of asset 0 must be above 0 for the rule contract, got 0'],
    ['a guard rail below 1 %', tfmmPool({ minimumWeight: 0.005 }), 'at least 0.01 and below 1/2, got 0.005'],
    ['a weight below the guard rail', tfmmPool({}, { weights: [0.96, 0.04] }), 'of ETH must be at least 0.05'],
    ['a fee below .001 %', tfmmPool({}, { fee: 5e-6 }), 'must be from 0.00001 (.001 %) to 0.1 (10 %), got 0.000005;'],
    ['λ that rounds to 0', tfmmPool({ lambda: [1e-19, 0.5] }), 'lambda[0] must be in (0, 1), got 0'],
    [
      'nine assets',
      tfmmPool(
        { lambda: Array(9).fill(0.5), memoryDays: Array(9).fill(5), k: Array(9).fill(1), estimator: null },
        { assets: [...'ABCDEFGHI'], weights: Array(9).fill(1 / 9) },
      ),
      'expected 2 to 8 assets, got 9',
    ],
    [
      'prices that overflow',
      tfmmPool({ estimator: { ewma: [1e21, 1], a: [0, 0] } }),
      'must fit an int128 at 1e18 (below 1.7e20), got 1e+21',
    ],
    [
      'prices that vanish',
      tfmmPool({ estimator: { ewma: [1e-20, 1], a: [0, 0] } }),
      'moving averages must be at least',
    ],
    ['no change allowed', tfmmPool({ maximumChange: 1e-23 }), 'epsilonMax must be in (0, 1], got 0'],
  ];
  it.each(quantamm)('quantamm: %s', (_, pool, message) => {
    expect(exported('quantamm', pool)).toContain(message);
  });

  it('balancer-weighted: a weight below 1 %, a fee above 10 %', () => {
    const thin = constantPool({ weights: [0.6, 0.395, 0.005] });
    expect(exported('balancer-weighted', thin)).toContain('the weight of USD must be at least 0.01, got 0.005');
    expect(exported('balancer-weighted', constantPool({ fee: 0.2 }))).toContain('to 0.1 (10 %), got 0.2');
  });

  it('hmm-solidity: ρ of 0 beside others, ρ lost in rounding, reserves too large or empty', () => {
    expect(exported('hmm-solidity', hmmPool({ rho: [0, 0.1] }))).toContain(
      'rho must be 0 for all assets or for none (the struct has one lambda), got 0, 0.1',
    );
    expect(exported('hmm-solidity', hmmPool({ rho: [1e-19, 1e-20] }))).toContain('rho must survive rounding to 1e-18');
    expect(exported('hmm-solidity', hmmPool({ psi: [1e21, 1] }))).toContain('squares below 2^256 at 1e18');
    expect(exported('hmm-solidity', hmmPool({ psi: [0, 1], theta: [0, 1] }))).toContain('asset 0 must hold reserves');
  });
});

describe('templates', () => {
  const cases: [string, Record<string, unknown>, string][] = [
    ['an unknown field', { poolManger: address('1') }, "got 'poolManger'; did you mean 'poolManager'?"],
    [
      'an unknown role',
      { roleAccounts: { pauseManger: address('1') } },
      "got 'roleAccounts.pauseManger'; did you mean 'pauseManager'?",
    ],
    ['an unknown token field', { tokens: { BTC: { adress: 1 } } }, "got 'tokens.BTC.adress'; did you mean"],
    ['an asset that is not there', { tokens: { BTX: address('1') } }, "(BTC, ETH), got 'BTX'; did you mean 'BTC'?"],
    ['a short address', { rule: '0x1234' }, 'rule: expected an address (0x and 40 hex digits), got "0x1234"'],
    ['an address that YAML read as a number', { rule: 1.2e48 }, '(0x and 40 hex digits) in quotes, got 1.2e+48'],
    ['a token address without quotes', { tokens: { BTC: 1.2e48 } }, 'tokens.BTC: expected an address'],
    ['a bad salt', { salt: '0x7' }, 'salt: expected a salt (0x and 64 hex digits), got "0x7"'],
    ['one address twice', { tokens: { BTC: address('a'), ETH: address('A') } }, `got ${address('a')} twice`],
    ['a pool creator', { roleAccounts: { poolCreator: address('1') } }, 'poolCreator must be the zero address'],
    [
      'yield fees without a rate',
      { tokens: { BTC: { token: address('1'), paysYieldFees: true } } },
      'BTC pays yield fees and so needs a rate provider',
    ],
    ['a trade limit above .3', { maxTradeSizeRatio: 0.5 }, 'must be above 0 and at most 0.3, got 0.5'],
    ['a registry that permits nothing', { poolRegistry: 64 }, 'poolRegistry must permit an action'],
    ['an empty oracle list', { oracles: { BTC: [] } }, 'template field oracles.BTC'],
    ['details of three', { poolDetails: [['a', 'b', 'c']] }, 'template field poolDetails.0'],
  ];
  it.each(cases)('%s', (_, template, message) => {
    expect(exported('quantamm', tfmmPool(), template)).toContain(message);
  });

  it('--strict names every placeholder that is left', () => {
    const { poolManager: _, salt: __, ...rest } = fullTemplate();
    expect(exported('quantamm', tfmmPool(), rest, true)).toBe(
      'export quantamm --strict: expected no placeholders, got 2 (salt, poolManager); fill them in the template or leave out --strict',
    );
    expect(exported('balancer-weighted', constantPool(), {}, true)).toContain(
      'expected no placeholders, got 6 (tokens.BTC',
    );
  });
});

describe('files that were damaged or edited', () => {
  const text = {
    json: exporters.json.export(documented(trainedSets.hmm), none).text,
    quantamm: exporters.quantamm.export(tfmmPool(), { template: fullTemplate(), strict: true }).text,
    'hmm-solidity': exporters['hmm-solidity'].export(hmmPool(), none).text,
    'balancer-weighted': exporters['balancer-weighted'].export(constantPool(), none).text,
  };
  type Name = keyof typeof text;
  // biome-ignore lint/suspicious/noExplicitAny: the edits reach anywhere into parsed JSON
  const edited = (name: Name, edit: (file: any) => void) => {
    const file = JSON.parse(text[name]);
    edit(file);
    return complaint(() => exporters[name].parse(JSON.stringify(file)));
  };

  it('no JSON, another format, another version', () => {
    for (const name of Object.keys(text) as Name[]) {
      expect(complaint(() => exporters[name].parse('{'))).toContain('expected JSON, got');
      expect(edited(name, (file) => (file.format = 'other'))).toContain('format: expected "poolgrad/');
      expect(edited(name, (file) => (file.formatVersion = 9))).toContain('got 9');
      expect(edited(name, (file) => (file.surprise = 1))).toContain('surprise');
    }
    expect(complaint(() => exporters.quantamm.parse(text.json))).toContain('got "poolgrad/pool"');
  });

  it('json: a missing field, a number as text, lists of another length, an older version', () => {
    expect(edited('json', (file) => delete file.value)).toContain('value: expected number, got nothing;');
    expect(edited('json', (file) => (file.value = '1'))).toContain('got "1"');
    expect(edited('json', ({ pool }) => pool.parameters.rho.value.pop())).toContain(
      'pool.parameters.rho.value must have 2 entries, got 1;',
    );
    expect(edited('json', ({ pool }) => (pool.parameters.rho.raw[0] = 'NaN'))).toContain('pool.parameters.rho.raw.0');
    expect(edited('json', ({ pool }) => pool.reserves.assets.push(1))).toContain('reserves.assets must have 2 entries');
    expect(edited('json', ({ provenance }) => (provenance.dataset = ''))).toContain('dataset must not be empty');
    expect(edited('json', (file) => (file.formatVersion = 1))).toContain('formatVersion: expected 2, got 1;');
  });

  it('quantamm: integers that the factory would refuse', () => {
    const settings = '_poolSettings';
    expect(edited('quantamm', ({ params }) => (params.normalizedWeights[0] = '1'))).toContain('must sum to 1000000');
    expect(edited('quantamm', ({ params }) => (params._initialWeights[0] = '1'))).toContain('must equal normalized');
    expect(edited('quantamm', ({ params }) => (params.swapFeePercentage = '3000000000000001'))).toContain('of 1e11');
    expect(edited('quantamm', ({ params }) => params[settings].oracles.pop())).toContain('got 1 and 2');
    expect(edited('quantamm', ({ params }) => (params[settings].updateInterval = 0))).toContain('got 0');
    expect(edited('quantamm', ({ params }) => (params[settings].epsilonMax = '0'))).toContain('epsilonMax must be');
    expect(edited('quantamm', ({ params }) => params[settings].lambda.push('1', '1'))).toContain('1 or 2 entries');
    expect(edited('quantamm', ({ params }) => (params[settings].ruleParameters[1] = ['1']))).toContain('must be [0]');
    expect(edited('quantamm', ({ params }) => params.tokens.reverse())).toContain('must be sorted by address');
    expect(edited('quantamm', (file) => (file.checkpointOrder = [0, 0]))).toContain('got [0,0]');
    expect(edited('quantamm', (file) => file.assets.pop())).toContain('one entry an asset (2), got 1');
    expect(edited('quantamm', ({ params }) => (params.poolRegistry = 17))).toContain('params.poolRegistry');
    expect(edited('quantamm', ({ params }) => (params[settings].lambda[0] = '0.9'))).toContain('as decimal text');
  });

  it('balancer-weighted: a weight below 1 %', () => {
    const shift = (file: { arguments: { normalizedWeights: string[] } }) => {
      const weights = file.arguments.normalizedWeights.map(BigInt);
      const taken = weights[1] - 1n;
      file.arguments.normalizedWeights = [weights[0] + taken, 1n, weights[2]].map(String);
    };
    expect(edited('balancer-weighted', shift)).toContain('normalizedWeights[1] must be at least 10000000000000000');
  });

  it('hmm-solidity: kappa that the reserves do not give, arrays of different length, ρ above 1', () => {
    expect(edited('hmm-solidity', ({ pool }) => (pool.kappa = '5'))).toContain('kappa must be H of the reserves');
    expect(edited('hmm-solidity', ({ sidecar }) => (sidecar.kappas[0] = '5'))).toContain('sidecar.kappas must be');
    expect(edited('hmm-solidity', ({ pool }) => pool.psi.pop())).toContain(
      'psi must have one entry an asset (2), got 1',
    );
    expect(edited('hmm-solidity', ({ pool }) => (pool.weights[0] = '1'))).toContain('above lambda (ρ < 1)');
  });
});
