/** The contracts of all laws on an EVM: half a minute of compiling. */
import { it } from 'vitest';
import { checkContract, contractLaws } from './contracts.js';

it.each(contractLaws)('%s is the same in fixed point but for rounding, and on an EVM to the last unit', checkContract);
