/** Floor 7. Drawing by turns: one chart a frame, each only with what it shows last, so that a slider never waits for a picture. */

type Job = () => void;

const waiting = new Map<object, Job>();
let isAsked = false;

function frame(): void {
  const [first] = waiting;
  if (first !== undefined) {
    waiting.delete(first[0]);
    first[1]();
  }
  isAsked = waiting.size > 0;
  if (isAsked) requestAnimationFrame(frame);
}

/** Draws in one of the next frames; a job of the same owner that still waits is dropped, and keeps its turn. */
export function draw(owner: object, job: Job): void {
  waiting.set(owner, job);
  if (isAsked) return;
  isAsked = true;
  requestAnimationFrame(frame);
}

/** Its job is no longer wanted. */
export const undraw = (owner: object): boolean => waiting.delete(owner);
