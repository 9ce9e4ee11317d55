/**
 * Floor 1, native target. What stands below every program in C: the groups of a run on the caller's thread and on threads
 * beside it. Which thread runs a group does not change a bit of its result.
 *
 * `poolgrad_begin` starts the threads beside the caller, as many as the system gives; `poolgrad_part` works on the caller's
 * thread for so many milliseconds, or waits as long for the others, and gives the groups that are done; `poolgrad_end` lets
 * nobody take another group, waits until no thread touches the memory any more, and frees the run.
 */

/** Chunks per thread: enough to even out groups of unequal cost, few enough that taking one costs nothing. */
const CHUNKS_PER_THREAD = 16;

export const RUNTIME = `#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#define EXPORT __attribute__((visibility("default")))
typedef struct run run;
typedef struct { run *run; char *tape; pthread_t thread; } helper;
struct run {
  const int64_t *job;
  int64_t groups, chunk, next, done, helpers;
  char *tape;
  pthread_mutex_t lock;
  pthread_cond_t finished;
  helper helper[];
};
/* Does a chunk; whether there was one. */
static int chunk(run *r, char *tape) {
  const int64_t first = __atomic_fetch_add(&r->next, r->chunk, __ATOMIC_RELAXED);
  if (first >= r->groups) return 0;
  const int64_t end = first + r->chunk < r->groups ? first + r->chunk : r->groups;
  for (int64_t g = first; g < end; g++) group(r->job, g, tape);
  if (__atomic_add_fetch(&r->done, end - first, __ATOMIC_ACQ_REL) < r->groups) return 1;
  pthread_mutex_lock(&r->lock);
  pthread_cond_broadcast(&r->finished);
  pthread_mutex_unlock(&r->lock);
  return 1;
}
static void *help(void *of) {
  helper *const h = of;
  while (chunk(h->run, h->tape)) {}
  return 0;
}
/* Large pages for tapes: of small ones each step back meets another, whose place has to be looked up. */
static void enlarge(int64_t tape, int64_t bytes) {
#ifdef MADV_HUGEPAGE
  const int64_t page = 1 << 21, from = (tape + page - 1) & -page, to = (tape + bytes) & -page;
  if (from < to) madvise((void *)from, (size_t)(to - from), MADV_HUGEPAGE);
#endif
}
EXPORT int64_t poolgrad_begin(int64_t job, int64_t groups, int64_t threads, int64_t tape, int64_t tape_bytes) {
  run *const r = calloc(1, sizeof(run) + (size_t)threads * sizeof(helper));
  if (r == 0) return 0;
  r->job = (const int64_t *)job;
  r->groups = groups;
  r->chunk = (groups + ${CHUNKS_PER_THREAD} * threads - 1) / (${CHUNKS_PER_THREAD} * threads);
  r->tape = (char *)tape;
  enlarge(tape, threads * tape_bytes);
  pthread_mutex_init(&r->lock, 0);
  pthread_cond_init(&r->finished, 0);
  for (int64_t i = 1; i < threads; i++) {
    helper *const h = r->helper + r->helpers;
    h->run = r;
    h->tape = r->tape + i * tape_bytes;
    if (pthread_create(&h->thread, 0, help, h) != 0) break;
    r->helpers++;
  }
  return (int64_t)r;
}
static struct timespec after(clockid_t clock, int64_t milliseconds) {
  struct timespec t;
  clock_gettime(clock, &t);
  t.tv_nsec += milliseconds % 1000 * 1000000;
  t.tv_sec += milliseconds / 1000 + t.tv_nsec / 1000000000;
  t.tv_nsec %= 1000000000;
  return t;
}
EXPORT int64_t poolgrad_part(int64_t of, int64_t milliseconds) {
  run *const r = (run *)of;
  const struct timespec end = after(CLOCK_MONOTONIC, milliseconds);
  while (chunk(r, r->tape)) {
    const struct timespec now = after(CLOCK_MONOTONIC, 0);
    if (now.tv_sec > end.tv_sec || (now.tv_sec == end.tv_sec && now.tv_nsec >= end.tv_nsec))
      return __atomic_load_n(&r->done, __ATOMIC_ACQUIRE);
  }
  const struct timespec until = after(CLOCK_REALTIME, milliseconds);
  pthread_mutex_lock(&r->lock);
  while (__atomic_load_n(&r->done, __ATOMIC_ACQUIRE) < r->groups) {
    if (pthread_cond_timedwait(&r->finished, &r->lock, &until) != 0) break;
  }
  pthread_mutex_unlock(&r->lock);
  return __atomic_load_n(&r->done, __ATOMIC_ACQUIRE);
}
EXPORT void poolgrad_end(int64_t of) {
  run *const r = (run *)of;
  __atomic_store_n(&r->next, r->groups, __ATOMIC_RELAXED);
  for (int64_t i = 0; i < r->helpers; i++) pthread_join(r->helper[i].thread, 0);
  pthread_cond_destroy(&r->finished);
  pthread_mutex_destroy(&r->lock);
  free(r);
}
`;
