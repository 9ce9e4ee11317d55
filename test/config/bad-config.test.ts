import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { registry } from '../../kernels/index.js';
import { resolveConfig } from '../../src/config/index.js';
import { UserError } from '../../src/errors.js';

const { fee } = registry.pools.tfmm.parameters({});
const { rho } = registry.pools.hmm.parameters({});
const { weights } = registry.pools['constant-weight'].parameters({});
const { memoryDays } = registry.rules.momentum.parameters({ chunkPeriod: 1440, maxMemoryDays: 30 });
const { v0 } = registry.flows.elastic.parameters;

/** A config in YAML, what is wrong with it told in one line. */
interface BadCase {
  readonly name: string;
  readonly config: string;
  readonly message: string;
}

const objectives = `${Object.keys(registry.objectives).join(', ')} or the path of a model such as ./my-objective.js`;

const data = 'data: prices.arrow\n';
const kinds = Object.keys(registry.pools).join(', ');
const tfmm = `${data}pool: tfmm\n`;

const cases: BadCase[] = [
  {
    name: 'empty config',
    config: ``,
    message: 'data: expected a map (the prices), got nothing; its keys are file, assets',
  },
  {
    name: 'a list',
    config: `- a\n- b`,
    message:
      'config: expected a map (a config), got ["a","b"]; its keys are data, pool, feeLaw, rule, flow, system, objective, solve, split, train, run',
  },
  {
    name: 'no pool',
    config: `data: prices.arrow`,
    message:
      'pool: expected a map with a kind, got nothing; for example pool: {kind: tfmm}, or of another system: {kind: …}',
  },
  {
    name: 'no data file',
    config: `data: { assets: [SYNA, SYNB] }\npool: tfmm`,
    message:
      'data.file: expected the path of a dataset, got nothing; for example prices.arrow, as `poolgrad data import` writes it',
  },
  {
    name: 'a map in the place of the one number that all assets share',
    config: `${data}pool: { kind: tfmm, fee: { value: { x: 1 } } }`,
    message: `pool.fee.value: expected a number from 0 to 0.1, got {"x":1}; ${fee.doc}`,
  },
  {
    name: 'a list in the place of its raw number',
    config: `${data}pool: { kind: tfmm, fee: { raw: [1, 2] } }`,
    message: 'pool.fee.raw: expected a finite raw number, got [1,2]; without raw the numbers are values, in their unit',
  },
  {
    name: 'misspelt section',
    config: `${data}poool: tfmm`,
    message: "poool: expected a known key, got 'poool'; did you mean 'pool'?",
  },
  {
    name: 'misspelt key',
    config: `${tfmm}train: { lerningRate: 0.1 }`,
    message: "train.lerningRate: expected a known key, got 'lerningRate'; did you mean 'learningRate'?",
  },
  {
    name: 'key in the wrong section',
    config: `${tfmm}learningRate: 0.1`,
    message: "learningRate: expected a known key, got 'learningRate'; it belongs under train",
  },
  {
    name: 'key of train under run',
    config: `${tfmm}run: { seed: 3 }`,
    message: "run.seed: expected a known key, got 'seed'; it belongs under train",
  },
  {
    name: 'unknown pool',
    config: `${data}pool: { kind: tfm }`,
    message: `pool.kind: expected ${kinds} or the path of a model such as ./my-pool.js, got 'tfm'; did you mean 'tfmm'?`,
  },
  {
    name: 'pool without kind',
    config: `${data}pool: { fee: 0.003 }`,
    message: `pool.kind: expected ${kinds} or the path of a model such as ./my-pool.js, got nothing; for example kind: constant-weight`,
  },
  {
    name: 'name of an object method as kind',
    config: `${data}pool: constructor`,
    message: `pool.kind: expected ${kinds} or the path of a model such as ./my-pool.js, got 'constructor'; did you mean 'constant-weight'?`,
  },
  {
    name: 'bounds of assets that no weights meet',
    config: `${data}pool: { kind: tfmm, assetBounds: on, greatestWeight: 0.4 }\n`,
    message: 'pool.greatestWeight: expected weights with a sum of at least 1, got 0.4 + 0.4; change them',
  },
  {
    name: 'arbitrage between minutes',
    config: `${data}pool: { kind: tfmm, arbitrageEvery: 2.5 }\n`,
    message: 'pool.arbitrageEvery: expected a time of whole steps of 1m, got 2.5; take 2m or 3m',
  },
  {
    name: 'a time that is text and no time',
    config: `${data}pool: tfmm\nrule: { kind: momentum, chunkPeriod: 1 day }\n`,
    message:
      "rule.chunkPeriod: expected a number from 0 to 525600 (minutes), or a time such as 12s, 5m or 1d, got '1 day'; time between two steps of the rule; leave it out for the default 1440",
  },
  {
    name: 'a time that is no whole number of steps',
    config: `${data}pool: tfmm\nrule: { kind: momentum, chunkPeriod: 90s }\n`,
    message: "rule.chunkPeriod: expected a time of whole steps of 1m, got '90s'; take 1m or 2m",
  },
  {
    name: 'a memory that is no time',
    config: `${data}pool: tfmm\nrule: { kind: momentum, memoryDays: long }\n`,
    message:
      "rule.memoryDays: expected a number from 0.000001 to 365 (days), or a time such as 12s, 5m or 1d, got 'long'; memory of the estimator of the price trend",
  },
  {
    name: 'windows that are no time',
    config: `${data}pool: tfmm\ntrain: { windowDays: a month }\n`,
    message:
      "train.windowDays: expected a number above 0 (days), or a time such as 12s, 5m or 1d, got 'a month'; length of a window in days; leave it out for the default 20",
  },
  {
    name: 'blocks that do not divide the step',
    config: `${data}pool: { kind: tfmm, blocks: { seconds: 7 } }\n`,
    message:
      'pool.blocks.seconds: expected blocks of which a whole number makes a step of 1m, got 7; take 6.66667 or 7.5',
  },
  {
    name: 'blocks longer than a step',
    config: `${data}pool: { kind: tfmm, blocks: { seconds: 120 } }\n`,
    message:
      'pool.blocks.seconds: expected blocks within a step of 1m, got 120 s; take shorter ones, or leave blocks out',
  },
  {
    name: 'blocks of no length',
    config: `${data}pool: { kind: tfmm, blocks: {} }\n`,
    message:
      'pool.blocks.seconds: expected the seconds from one block to the next, got nothing; for example seconds: 12',
  },
  {
    name: 'blocks beside another time of arbitrage',
    config: `${data}pool: { kind: tfmm, arbitrageEvery: 5m, blocks: { seconds: 12 } }\n`,
    message:
      'pool.blocks: expected blocks or arbitrageEvery, which both say when arbitrageurs come, got both; leave one out',
  },
  {
    name: 'gas to be trained behind a step',
    config: `${data}pool: { kind: tfmm, arbitrageCosts: on, gas: { value: 5, train: true } }\n`,
    message:
      'pool.gas: expected a gasGate above 0 for its training, got train: true with gasGate 0, a step without a gradient; add gasGate: 0.1 or freeze it: train: false',
  },
  {
    name: 'a margin to be trained behind a step',
    config: `${data}pool: { kind: reclamm, centerednessMargin: { train: true } }\nflow: { kind: elastic, v0: 0.001 }\n`,
    message:
      'pool.centerednessMargin: expected a shiftGate above 0 for its training, got train: true with shiftGate 0, a step without a gradient; add shiftGate: 0.1 or freeze it: train: false',
  },
  {
    name: 'bounds of assets that cross',
    config: `${data}pool: { kind: tfmm, assetBounds: on, leastWeight: [0.2, 0.6], greatestWeight: 0.6 }\n`,
    message: 'pool.greatestWeight: expected more than leastWeight for each asset, got 0.6 and 0.6; move one of them',
  },
  {
    name: 'start weights for a rule that gives them',
    config: `${data}pool: { kind: tfmm, initialWeights: [0.4, 0.6] }\nrule: { kind: minimum-variance }`,
    message:
      'pool.initialWeights: expected none with rule minimum-variance, whose windows start from the weights that it gives, got [0.4,0.6]; remove it',
  },
  {
    name: 'unknown rule',
    config: `${tfmm}rule: { kind: momentun }`,
    message:
      "rule.kind: expected momentum, anti-momentum, power-channel, mean-reversion-channel, triple-threat-mean-reversion-channel, difference-momentum, minimum-variance, market-cap or the path of a model such as ./my-rule.js, got 'momentun'; did you mean 'momentum'?",
  },
  {
    name: 'unknown objective',
    config: `${tfmm}objective: sharp`,
    message: `objective.kind: expected ${objectives}, got 'sharp'; did you mean 'sharpe'?`,
  },
  {
    name: 'unknown penalty',
    config: `${tfmm}objective: { penalty: { kind: turnovr } }`,
    message: `objective.penalty.kind: expected ${objectives}, got 'turnovr'; did you mean 'turnover'?`,
  },
  {
    name: 'misspelt parameter',
    config: `${data}pool: { kind: tfmm, feee: 0.003 }`,
    message: "pool.feee: expected a known key, got 'feee'; did you mean 'fee'?",
  },
  {
    name: 'a parameter whose setting is off',
    config: `${data}pool: { kind: tfmm, fee: 0.003, gas: 2 }`,
    message:
      'pool.gas: expected arbitrageCosts: on with it, got arbitrageCosts: off; add arbitrageCosts: on, or take gas out',
  },
  {
    name: 'a parameter of a rule whose setting is off',
    config: `${tfmm}rule: { kind: momentum, averageMemoryDays: 3 }`,
    message:
      'rule.averageMemoryDays: expected ownAverage: on with it, got ownAverage: off; add ownAverage: on, or take averageMemoryDays out',
  },
  {
    name: 'misspelt setting of a rule',
    config: `${tfmm}rule: { kind: momentum, chunkperiod: 60 }`,
    message: "rule.chunkperiod: expected a known key, got 'chunkperiod'; did you mean 'chunkPeriod'?",
  },
  {
    name: 'fee out of range',
    config: `${data}pool: { kind: tfmm, fee: 0.3 }`,
    message: `pool.fee: expected a number from 0 to 0.1, got 0.3; ${fee.doc}`,
  },
  {
    name: 'fee as text',
    config: `${data}pool: { kind: tfmm, fee: 30bps }`,
    message: `pool.fee: expected a number from 0 to 0.1, got '30bps'; ${fee.doc}`,
  },
  {
    name: 'not a number',
    config: `${data}pool: { kind: tfmm, fee: .nan }`,
    message: `pool.fee: expected a number from 0 to 0.1, got NaN; ${fee.doc}`,
  },
  {
    name: 'one asset out of range',
    config: `${data}pool: { kind: hmm, rho: { SYNA: 0.1, SYNB: -0.1 } }`,
    message: `pool.rho.SYNB: expected a number from 0 to 1, got -0.1; ${rho.doc}`,
  },
  {
    name: 'curvature 1',
    config: `${data}pool: { kind: hmm, rho: 1 }`,
    message: `pool.rho: expected a number below 1, got 1; ${rho.doc}`,
  },
  {
    name: 'unknown asset',
    config: `${data}pool: { kind: hmm, rho: { SYNA: 0.1, SYNC: 0.1 } }`,
    message: "pool.rho.SYNC: expected a known key, got 'SYNC'; did you mean 'SYNA'?",
  },
  {
    name: 'asset left out',
    config: `${data}pool: { kind: hmm, rho: { SYNA: 0.1 } }`,
    message: 'pool.rho: expected a number for each of SYNA, SYNB, got none for SYNB; add it',
  },
  {
    name: 'list of the wrong length',
    config: `${data}pool: { kind: hmm, rho: [0.1, 0.2, 0.3] }`,
    message: 'pool.rho: expected 2 numbers, one for each of SYNA, SYNB, got 3; one number alone stands for all assets',
  },
  {
    name: 'weights that do not add up',
    config: `${data}pool: { kind: constant-weight, weights: [0.5, 0.6] }`,
    message: 'pool.weights: expected numbers that add up to 1, got 0.5 + 0.6 = 1.1; leave it out for equal shares',
  },
  {
    name: 'a weight of 0',
    config: `${data}pool: { kind: constant-weight, weights: [1, 0] }`,
    message: `pool.weights: expected shares above 0, got 1, 0; ${weights.doc}`,
  },
  {
    name: 'bounds on weights',
    config: `${data}pool: { kind: constant-weight, weights: { value: [0.5, 0.5], bounds: [0.1, 0.9] } }`,
    message: 'pool.weights.bounds: expected no bounds for shares of 1, got [0.1,0.9]; freeze them by train: false',
  },
  {
    name: 'misspelt key of a parameter',
    config: `${data}pool: { kind: tfmm, fee: { value: 0.003, trian: true } }`,
    message: "pool.fee.trian: expected a known key, got 'trian'; did you mean 'train'?",
  },
  {
    name: 'train that is no truth value',
    config: `${data}pool: { kind: tfmm, fee: { value: 0.003, train: maybe } }`,
    message: "pool.fee.train: expected true or false, got 'maybe'; false freezes the parameter",
  },
  {
    name: 'bounds that are no pair',
    config: `${data}pool: { kind: hmm, rho: { bounds: [0.1] } }\nflow: { kind: elastic, v0: 0.001 }`,
    message: 'pool.rho.bounds: expected two numbers [least, greatest], got [0.1]; leave it out for the whole range',
  },
  {
    name: 'bounds the wrong way round',
    config: `${data}pool: { kind: hmm, rho: { bounds: [0.5, 0.1] } }\nflow: { kind: elastic, v0: 0.001 }`,
    message: 'pool.rho.bounds: expected [least, greatest], got [0.5,0.1]; to fix the value say train: false',
  },
  {
    name: 'start outside the bounds',
    config: `${data}pool: { kind: hmm, rho: { value: 0.7, bounds: [0.1, 0.5] } }\nflow: { kind: elastic, v0: 0.001 }`,
    message:
      'pool.rho.bounds: expected bounds around the start value 0.7, got [0.1,0.5]; widen them or give another value',
  },
  {
    name: 'a bound out of range',
    config: `${data}pool: { kind: hmm, rho: { value: 0.7, bounds: [0.1, 1.5] } }\nflow: { kind: elastic, v0: 0.001 }`,
    message: `pool.rho.bounds.1: expected a number from 0 to 1, got 1.5; ${rho.doc}`,
  },
  {
    name: 'training a fee without flow',
    config: `${data}pool: { kind: tfmm, fee: { value: 0.003, train: true } }`,
    message:
      'pool.fee: expected a flow that answers to fee, got train: true without one, where fee would run to its bound; add flow: {kind: elastic, v0: …} (find v0 by `poolgrad data calibrate`), or freeze it: {value: 0.003, train: false}',
  },
  {
    name: 'training a curvature without flow',
    config: `${data}pool: { kind: hmm, rho: { value: [0.1, 0.2], train: true } }`,
    message:
      'pool.rho: expected a flow that answers to rho, got train: true without one, where rho would run to its bound; add flow: {kind: elastic, v0: …} (find v0 by `poolgrad data calibrate`), or freeze it: {value: [0.1,0.2], train: false}',
  },
  {
    name: 'training a fee from 0',
    config: `${data}pool: { kind: tfmm, fee: { value: 0, train: true } }\nflow: { kind: elastic, v0: 0.001 }`,
    message:
      'pool.fee: expected a start value between 0 and 0.1 for training, got 0, from where no gradient leads; start a little inside, or freeze it: train: false',
  },
  {
    name: 'flow without v0',
    config: `${tfmm}flow: elastic`,
    message: `flow.v0: expected a number (1/minute), got nothing; ${v0.doc}`,
  },
  {
    name: 'a rule for a pool without one',
    config: `${data}pool: constant-weight\nrule: momentum`,
    message:
      "rule: expected no rule for pool constant-weight, whose weights do not move, got 'momentum'; remove the rule, or say pool: {kind: tfmm}",
  },
  {
    name: 'turnover of a pool without rule',
    config: `${data}pool: constant-weight\nobjective: { penalty: { kind: turnover } }`,
    message:
      "objective.penalty.kind: expected one that pools without a rule have, got 'turnover', which is made of weight changes; take drawdown or another",
  },
  {
    name: 'quotes of a pool without',
    config: `${tfmm}objective: tracking_error`,
    message:
      "objective.kind: expected one that pools without quotes have, got 'tracking_error', which is made of prices against the numéraire; take returns_over_hodl or another",
  },
  {
    name: 'setting out of range',
    config: `${tfmm}rule: { kind: momentum, chunkPeriod: 0 }`,
    message: 'rule.chunkPeriod: expected a time of whole steps of 1m, got 0; take 1m',
  },
  {
    name: 'unknown choice of a setting',
    config: `${tfmm}rule: { kind: momentum, interpolation: cubic }`,
    message:
      "rule.interpolation: expected linear, approx_optimal or geodesic, got 'cubic'; the path of the weights between two rule steps",
  },
  {
    name: 'half a minute',
    config: `${tfmm}rule: { kind: momentum, chunkPeriod: 60.5, weightInterpolationPeriod: 60 }`,
    message: 'rule.chunkPeriod: expected a time of whole steps of 1m, got 60.5; take 1h or 61m',
  },
  {
    name: 'interpolation longer than a chunk',
    config: `${tfmm}rule: { kind: momentum, chunkPeriod: 60 }`,
    message:
      'rule.weightInterpolationPeriod: expected at most chunkPeriod = 1h, got 1d; shorten it or lengthen chunkPeriod',
  },
  {
    name: 'minimum weight too large',
    config: `${tfmm}rule: { kind: momentum, minimumWeight: 0.5 }`,
    message: 'rule.minimumWeight: expected less than 1/2 for 2 assets, got 0.5; lower it',
  },
  {
    name: 'memory beyond the longest',
    config: `${tfmm}rule: { kind: momentum, memoryDays: 40, maxMemoryDays: 30 }`,
    message: `rule.memoryDays: expected a number from 0.000001 to 30 (days), got 40; ${memoryDays.doc}`,
  },
  {
    name: 'asset that is not in the data',
    config: `data: { file: prices.arrow, assets: [SYNA, BTC] }\npool: tfmm`,
    message: "data.assets: expected assets of the dataset (SYNA, SYNB), got 'BTC'; name those or leave it out",
  },
  {
    name: 'asset named twice',
    config: `data: { file: prices.arrow, assets: [SYNA, SYNA] }\npool: tfmm`,
    message: "data.assets: expected each asset once, got 'SYNA' twice; name it once",
  },
  {
    name: 'one asset in a weighted pool',
    config: `data: { file: prices.arrow, assets: [SYNA] }\npool: tfmm`,
    message: 'data.assets: expected 2 assets or more for pool tfmm, got SYNA; name more, or take another pool',
  },
  {
    name: 'shares that do not add up',
    config: `${tfmm}split: { train: 0.8 }`,
    message:
      'split: expected train > 0, and train, validation and test to add up to 1, got 0.8 + 0.2 + 0.2 = 1.2; change one of them',
  },
  {
    name: 'a negative share',
    config: `${tfmm}split: { train: -0.1 }`,
    message:
      'split.train: expected a number from 0 to 1 (share of the rows for training; the three add up to 1), got -0.1; leave it out for the default 0.6',
  },
  {
    name: 'no sets',
    config: `${tfmm}train: { sets: 0 }`,
    message:
      'train.sets: expected a whole number of 1 or more (parameter sets trained side by side), got 0; leave it out for the default 8',
  },
  {
    name: 'half a set',
    config: `${tfmm}train: { sets: 2.5 }`,
    message:
      'train.sets: expected a whole number of 1 or more (parameter sets trained side by side), got 2.5; leave it out for the default 8',
  },
  {
    name: 'unknown optimizer',
    config: `${tfmm}train: { optimizer: adm }`,
    message: "train.optimizer: expected adam, adamw or sgd, got 'adm'; did you mean 'adam'?",
  },
  {
    name: 'unknown schedule',
    config: `${tfmm}train: { schedule: 3 }`,
    message: 'train.schedule: expected constant, linear, cosine or exponential, got 3; course of the learning rate',
  },
  {
    name: 'window too short for the objective',
    config: `${tfmm}train: { windowDays: 1 }`,
    message:
      'train.windowDays: expected at least 2881 minutes (2.01 days) for daily_log_sharpe, got 1; lengthen the windows or take another objective',
  },
  {
    name: 'a constraint on nothing known',
    config: `${tfmm}objective: { constraints: [{ metric: turnovr, atMost: 1 }] }`,
    message:
      "objective.constraints.0.metric: expected an objective, or one of what is shown (value, reserves, weights, fees, lost, rebalancing, earned, quotes, depths, beyond, offered, routed, prices, hold, uniform, turnover), got 'turnovr'; did you mean 'turnover'?",
  },
  {
    name: 'a constraint without a bound',
    config: `${tfmm}objective: { constraints: [{ metric: turnover }] }`,
    message:
      'objective.constraints.0: expected either atMost or atLeast, got neither; give one, and the other in a constraint of its own',
  },
  {
    name: 'a constraint with a word for a bound',
    config: `${tfmm}objective: { constraints: [{ metric: turnover, atMost: few }] }`,
    message:
      "objective.constraints.0.atMost: expected a number, or start for what the config's own start values have, got 'few'; the most that a metric may be",
  },
  {
    name: 'a constraint with an unknown key',
    config: `${tfmm}objective: { constraints: [{ metric: turnover, atMsot: 1 }] }`,
    message: "objective.constraints.0.atMsot: expected a known key, got 'atMsot'; did you mean 'atMost'?",
  },
  {
    name: 'an unknown way over windows',
    config: `${tfmm}objective: { over: max }`,
    message: "objective.over: expected mean, min, softmin or cvar, got 'max'; did you mean 'mean'?",
  },
  {
    name: 'softmin without a temperature',
    config: `${tfmm}objective: { over: softmin }`,
    message:
      'objective.temperature: expected a number above 0 with over: softmin, got nothing; take a fraction of what scores of windows differ by, such as 0.1',
  },
  {
    name: 'cvar without a share',
    config: `${tfmm}objective: { over: cvar }`,
    message: 'objective.worst: expected a share of the windows with over: cvar, got nothing; for example worst: 0.25',
  },
  {
    name: 'a share of windows beyond all',
    config: `${tfmm}objective: { over: cvar, worst: 25 }`,
    message:
      'objective.worst: expected a number above 0 to 1 (with over: cvar: the share of the windows that counts), got 25; change it',
  },
  {
    name: 'a share of windows for their mean',
    config: `${tfmm}objective: { kind: returns, worst: 0.25 }`,
    message: 'objective.worst: expected over: cvar with it, got over: mean; add over: cvar, or take worst out',
  },
  {
    name: 'windows too short for the penalty',
    config: `${tfmm}objective: { kind: returns, penalty: { kind: ulcer } }`,
    message:
      'train.windowDays: expected at least 43200 minutes (30 days) for ulcer, got 20; lengthen the windows or take another objective',
  },
  {
    name: 'section that is no map',
    config: `${tfmm}train: 100`,
    message:
      'train: expected a map (how to train), got 100; its keys are sets, windows, windowDays, iterations, optimizer, learningRate, momentum, beta2, weightDecay, schedule, warmup, clipNorm, starts, spread, seed, validateEvery, patience, checkpointEvery',
  },
  {
    name: 'unknown device',
    config: `${tfmm}run: { device: wsam }`,
    message:
      "run.device: expected auto, reference, wasm, native, cuda, cuda:1, cuda:all, webgpu, tfjs or tfjs:tensorflow, got 'wsam'; did you mean 'wasm'?",
  },
  {
    name: 'a GPU without an ordinal',
    config: `${tfmm}run: { device: 'cuda:' }`,
    message:
      "run.device: expected auto, reference, wasm, native, cuda, cuda:1, cuda:all, webgpu, tfjs or tfjs:tensorflow, got 'cuda:'; GPUs count from cuda:0; cuda:all takes all",
  },
  {
    name: 'memory without unit',
    config: `${tfmm}run: { memory: lots }`,
    message:
      "run.memory: expected an amount of memory of 1MB or more, such as 2GB or 512MiB, got 'lots'; bound on the memory of a training step",
  },
  {
    name: 'memory too small',
    config: `${tfmm}run: { memory: 10KB }`,
    message:
      "run.memory: expected an amount of memory of 1MB or more, such as 2GB or 512MiB, got '10KB'; bound on the memory of a training step",
  },
  {
    name: 'negative pool value',
    config: `${data}pool: { kind: tfmm, value: -1 }`,
    message:
      'pool.value: expected a number above 0 (pool value at the start of a window, in the numéraire), got -1; leave it out for the default 1000000',
  },
  {
    name: 'default beyond a narrowed range',
    config: `${tfmm}rule: { kind: momentum, maxMemoryDays: 5 }`,
    message: 'rule.memoryDays: expected a number from 0.000001 to 5 (days), got the default 10; give a value',
  },
];

/** The error that resolving the config throws. */
function errorOf(config: string): UserError {
  try {
    resolveConfig(parse(config), registry, { assets: ['SYNA', 'SYNB'] });
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
  throw new Error('the config was accepted');
}

describe('a bad config is refused in one line', () => {
  it.each(cases)('$name', ({ config, message }) => {
    const error = errorOf(config);
    expect(error.message).toBe(message);
    expect(error.message).not.toContain('\n');
    expect(error.exitCode).toBe(1);
  });
});
