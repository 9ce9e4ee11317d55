/**
 * A contract on an EVM, compiled as the challenge does: solc 0.8.24, optimizer with 200 runs, via IR, Paris. The interface
 * and the base contract are stand-ins with what the challenge's own offer to a strategy.
 */
import { createRequire } from 'node:module';
import { Common, Hardfork, Mainnet } from '@ethereumjs/common';
import { createEVM } from '@ethereumjs/evm';
import { bytesToHex, createAddressFromString, hexToBytes } from '@ethereumjs/util';
import { toAmount } from '../../src/challenge/players.js';
import type { SeenCall } from '../../src/challenge/replay.js';

const HEAD = '// SPDX-License-Identifier: MIT\npragma solidity ^0.8.24;\n';

const INTERFACE = `${HEAD}
struct TradeInfo {
    bool isBuy;
    uint256 amountX;
    uint256 amountY;
    uint256 timestamp;
    uint256 reserveX;
    uint256 reserveY;
}

interface IAMMStrategy {
    function afterInitialize(uint256 initialX, uint256 initialY) external returns (uint256 bidFee, uint256 askFee);
    function afterSwap(TradeInfo calldata trade) external returns (uint256 bidFee, uint256 askFee);
    function getName() external view returns (string memory);
}
`;

const BASE = `${HEAD}
import {IAMMStrategy, TradeInfo} from "./IAMMStrategy.sol";

abstract contract AMMStrategyBase is IAMMStrategy {
    uint256[32] public slots;
    function afterInitialize(uint256, uint256) external virtual override returns (uint256, uint256);
    function afterSwap(TradeInfo calldata) external virtual override returns (uint256, uint256);
    function getName() external view virtual override returns (string memory);
}
`;

interface Compiled {
  readonly bytecode: string;
  readonly selectors: Readonly<Record<string, string>>;
}

/** Compiler output; throws with what the compiler says against it. */
export function compile(text: string): Compiled {
  const solc = createRequire(import.meta.url)('solc') as { compile(input: string): string };
  const sources = { 'Strategy.sol': text, 'IAMMStrategy.sol': INTERFACE, 'AMMStrategyBase.sol': BASE };
  const input = {
    language: 'Solidity',
    sources: Object.fromEntries(Object.entries(sources).map(([name, content]) => [name, { content }])),
    settings: {
      viaIR: true,
      optimizer: { enabled: true, runs: 200 },
      evmVersion: 'paris',
      outputSelection: { '*': { '*': ['evm.bytecode.object', 'evm.methodIdentifiers'] } },
    },
  };
  const output = JSON.parse(solc.compile(JSON.stringify(input)));
  const errors = (output.errors ?? []).filter((e: { severity: string }) => e.severity === 'error');
  if (errors.length > 0)
    throw new Error(errors.map((e: { formattedMessage: string }) => e.formattedMessage).join('\n'));
  const { evm } = output.contracts['Strategy.sol'].Strategy;
  return { bytecode: evm.bytecode.object, selectors: evm.methodIdentifiers };
}

export interface Answer {
  readonly bid: bigint;
  readonly ask: bigint;
  /** With the 21,000 of a transaction and its calldata. */
  readonly gas: bigint;
}

const word = (x: bigint): string => BigInt.asUintN(256, x).toString(16).padStart(64, '0');

/** 4 for a zero byte of calldata, 16 for another, and 21,000. */
const overhead = (data: Uint8Array): bigint => 21_000n + BigInt(data.reduce((sum, b) => sum + (b === 0 ? 4 : 16), 0));

export const GAS_LIMIT = 250_000n;

/** A deployed strategy. A call beyond the gas limit throws. */
export async function deploy(text: string) {
  const { bytecode, selectors } = compile(text);
  const common = new Common({ chain: Mainnet, hardfork: Hardfork.Paris });
  const evm = await createEVM({ common });
  const caller = createAddressFromString('0x00000000000000000000000000000000000000aa');
  const made = await evm.runCall({ caller, data: hexToBytes(`0x${bytecode}`), gasLimit: 30_000_000n });
  if (made.execResult.exceptionError !== undefined) throw new Error(`deploy: ${made.execResult.exceptionError.error}`);
  const to = made.createdAddress;
  const selector = (name: string) => Object.entries(selectors).find(([key]) => key.startsWith(`${name}(`))?.[1] ?? '';

  async function call(name: string, words: readonly bigint[]): Promise<{ words: bigint[]; gas: bigint }> {
    const data = hexToBytes(`0x${selector(name)}${words.map(word).join('')}`);
    // every call is a transaction of its own: its slots are cold, and what they were before it is what it finds
    evm.journal.cleanup();
    const { execResult } = await evm.runCall({ caller, to, data, gasLimit: GAS_LIMIT - overhead(data) });
    if (execResult.exceptionError !== undefined) throw new Error(`${name}: ${execResult.exceptionError.error}`);
    const answer = bytesToHex(execResult.returnValue).slice(2);
    return {
      words: Array.from({ length: answer.length / 64 }, (_, i) => BigInt(`0x${answer.slice(64 * i, 64 * i + 64)}`)),
      gas: execResult.executionGasUsed + overhead(data),
    };
  }
  const fees = ({ words: [bid, ask], gas }: { words: bigint[]; gas: bigint }): Answer => ({ bid, ask, gas });
  return {
    size: bytecode.length / 2,
    start: async (x: number, y: number) => fees(await call('afterInitialize', [toAmount(x), toAmount(y)])),
    after: async (t: SeenCall) =>
      fees(
        await call('afterSwap', [
          t.buysX ? 1n : 0n,
          ...[t.x, t.y].map(toAmount),
          BigInt(t.step),
          ...[t.reserveX, t.reserveY].map(toAmount),
        ]),
      ),
    slot: async (i: number) => BigInt.asIntN(256, (await call('slots', [BigInt(i)])).words[0]),
  };
}
