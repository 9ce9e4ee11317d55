/** Floor 0. The graph: what kernels are written in and what targets compile. */
export { type AdjointOptions, adjoint, type Strategy, segmentInput } from './adjoint.js';
export {
  add,
  type Buffer,
  type BufferKind,
  constant,
  div,
  type Emit,
  Expr,
  integer,
  less,
  mul,
  neg,
  type Operand,
  type Region,
  Scan,
  sub,
  type Visits,
} from './expr.js';
export { fingerprint } from './fingerprint.js';
export { gradientOf } from './gradient.js';
export { draw, input, load, truth, where } from './language.js';
export {
  type ArmItem,
  definedBy,
  endsOf,
  type Lifetimes,
  type LoopItem,
  lifetimes,
  movedCarries,
  ownOf,
  placeOf,
  placesOf,
  readBy,
  readByStep,
  readFromOutside,
} from './lifetimes.js';
export { estrin, lower, POLYNOMIALS, type Precision } from './lower.js';
export { expm1Near, logNear, NEAR } from './near.js';
export { type ComputedOp, type DType, type OpName, opCost, ops } from './ops.js';
export { print } from './print.js';
export { type Live, liveness, type Program, trace } from './program.js';
export { buffer, emit } from './region.js';
export { prune, rewriteProgram } from './rewrite.js';
export { type ScanSpec, scan, type Tree } from './scan.js';
export { type Item, type Schedule, schedule } from './schedule.js';
export { sink } from './sink.js';
export { type SolveSpec, solve } from './solve.js';
export { verify } from './verify.js';
