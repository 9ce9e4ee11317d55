/** Floor 0. The graph: what kernels are written in and what targets compile. */
export { type AdjointOptions, adjoint, type Strategy, segmentInput } from './adjoint.js';
export {
  add,
  constant,
  div,
  draw,
  Expr,
  input,
  integer,
  less,
  load,
  mul,
  neg,
  type Operand,
  sub,
  truth,
  where,
} from './expr.js';
export { gradientOf } from './gradient.js';
export {
  type ArmItem,
  definedBy,
  endsOf,
  type Lifetimes,
  type LoopItem,
  lifetimes,
  ownOf,
  placeOf,
  placesOf,
  readBy,
  readFromOutside,
} from './lifetimes.js';
export { lower, type Precision } from './lower.js';
export { type ComputedOp, type DType, type OpName, opCost, ops } from './ops.js';
export { print } from './print.js';
export { type Live, liveness, type Program, trace } from './program.js';
export { type Buffer, type BufferKind, buffer, type Emit, emit, type Region, Scan } from './region.js';
export { prune, rewriteProgram } from './rewrite.js';
export { type ScanSpec, scan, type Tree } from './scan.js';
export { type Item, type Schedule, schedule } from './schedule.js';
export { type SolveSpec, solve } from './solve.js';
export { verify } from './verify.js';
