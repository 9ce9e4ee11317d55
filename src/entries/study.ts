/** 'poolgrad/study': claims of papers with their experiments, and what it takes to add one. */
export { returnUnused, sandwich, washTrade } from '../compute/attacks.js';
export { atPrice, costOf, invariantOf, paidFor, priceOf, type Venue } from '../compute/curve.js';
export { type OraclePool, type OracleStep, runOracle } from '../compute/oracle.js';
export { afterBuying, afterSelling, type Bought, buyAlone, type Fees, sellAlone } from '../compute/trades.js';
export {
  type Case,
  type Chart,
  type Claim,
  examine,
  type Figure,
  type Finding,
  type Line,
  type Result,
  type Scale,
  type Verdict,
  verdictOf,
  verdictText,
} from '../paper/claim.js';
export { claims } from '../paper/claims/index.js';
export { Lab, type LabOptions, type Mean, meanOf, oraclePool } from '../paper/lab.js';
export { type Charges, DEFAULT_CHARGES, type Flow, type Law, STOCK, StudyMarket, type Tape } from '../paper/market.js';
export { renderStudy, type StudyPage } from '../paper/report/index.js';
