/*
 * A stand-in for the library of NVIDIA's driver, for tests of the cuda target's runtime.
 *
 * It writes down every call, can be told to fail an entry point, and checks what a real driver would refuse: handles of
 * another context, copies beyond an allocation, memory that was freed. Device memory is memory of the process, filled
 * with a pattern; a launch calls back, with the arguments that the parameters of the kernel's text ask for.
 */
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { INVALID_VALUE = 1, OUT_OF_MEMORY = 2, NO_DEVICE = 100, INVALID_DEVICE = 101, INVALID_CONTEXT = 201, INVALID_HANDLE = 400 };
enum { BLOCK, MODULE, STREAM, EVENT };
enum { DEVICES = 8, ATTRIBUTES = 128, RULES = 16, PARAMETERS = 64 };

typedef struct Thing {
  int kind;
  int device;
  char *memory; /* of a block; the text of a module */
  size_t bytes;
  uint32_t types; /* parameters of a module */
  unsigned char wide[PARAMETERS];
  struct Thing *next;
} Thing;

typedef struct {
  char name[64];
  int status, skip, times;
} Rule;

typedef int (*Hook)(const char *text, const uint64_t *arguments, uint32_t blocks, uint32_t threads);

static int version = 12040, devices = 1;
static int attributes[DEVICES][ATTRIBUTES];
static char names[DEVICES][64];
static size_t memory[DEVICES], used[DEVICES];
static int retained[DEVICES], lost[DEVICES];
static int current = -1;
static Thing *things;
static Rule rules[RULES];
static char *text;
static size_t length, room;
static Hook hook;

/* ---- what tests call ---- */

void stub_reset(int count, int driver, uint64_t bytes, int major, int minor) {
  devices = count;
  version = driver;
  for (int d = 0; d < DEVICES; d++) {
    memory[d] = bytes;
    lost[d] = 0;
    memset(attributes[d], 0, sizeof attributes[d]);
    attributes[d][13] = 1980000;
    attributes[d][16] = 4;
    attributes[d][36] = 3200000;
    attributes[d][37] = 6144;
    attributes[d][39] = 2048;
    attributes[d][75] = major;
    attributes[d][76] = minor;
    attributes[d][87] = 2;
    snprintf(names[d], sizeof names[d], "Stub %d", d);
  }
  memset(rules, 0, sizeof rules);
  length = 0;
  hook = NULL;
}

void stub_attribute(int device, int attribute, int value) { attributes[device][attribute] = value; }

/* Lets `name` return `status`: after `skip` calls, `times` times. */
void stub_fail(const char *name, int status, int skip, int times) {
  for (int i = 0; i < RULES; i++) {
    if (rules[i].times > 0) continue;
    snprintf(rules[i].name, sizeof rules[i].name, "%s", name);
    rules[i].status = status;
    rules[i].skip = skip;
    rules[i].times = times;
    return;
  }
}

void stub_hook(Hook f) { hook = f; }

/* The calls since the last time. */
const char *stub_calls(void) {
  size_t said = length;
  length = 0;
  return said == 0 ? "" : text;
}

/* What is alive: blocks, modules, streams, events, contexts. */
void stub_alive(int *counts) {
  for (int i = 0; i < 5; i++) counts[i] = 0;
  for (Thing *t = things; t; t = t->next) counts[t->kind]++;
  for (int d = 0; d < DEVICES; d++) counts[4] += retained[d];
}

/* Bytes from an address to the end of its block; 0 outside of all. */
uint64_t stub_room(uint64_t address) {
  for (Thing *t = things; t; t = t->next) {
    uint64_t from = (uint64_t)t->memory;
    if (t->kind == BLOCK && address >= from && address < from + t->bytes) return from + t->bytes - address;
  }
  return 0;
}

/* ---- inside ---- */

static void say(const char *format, ...) {
  char line[1024];
  va_list args;
  va_start(args, format);
  int n = vsnprintf(line, sizeof line, format, args);
  va_end(args);
  if (length + (size_t)n + 2 > room) text = realloc(text, room = 2 * (length + (size_t)n + 2));
  memcpy(text + length, line, (size_t)n);
  memcpy(text + length + n, "\n", 2);
  length += (size_t)n + 1;
}

/* Those after which a context is of no use. */
static int is_lost(int status) { return status == 700 || status == 702 || (status >= 714 && status <= 719); }

static int told(const char *name) {
  for (int i = 0; i < RULES; i++) {
    if (rules[i].times == 0 || strcmp(rules[i].name, name) != 0) continue;
    if (rules[i].skip > 0) {
      rules[i].skip--;
      continue;
    }
    rules[i].times--;
    if (is_lost(rules[i].status) && current >= 0) lost[current] = rules[i].status;
    return rules[i].status;
  }
  return 0;
}

/* Writes a call down; returns from it where it is to fail. */
#define CALL(name, ...)          \
  do {                           \
    say(name __VA_ARGS__);       \
    int status = told(name);     \
    if (status) return status;   \
  } while (0)

/* The same for what needs a context. */
#define IN_CONTEXT(name, ...)                                \
  do {                                                       \
    CALL(name, __VA_ARGS__);                                 \
    if (current < 0 || !retained[current]) return INVALID_CONTEXT; \
    if (lost[current]) return lost[current];                 \
  } while (0)

static Thing *make(int kind) {
  Thing *t = calloc(1, sizeof *t);
  t->kind = kind;
  t->device = current;
  t->next = things;
  return things = t;
}

static Thing *find(uint64_t handle, int kind) {
  for (Thing *t = things; t; t = t->next) {
    if ((uint64_t)t == handle && t->kind == kind && t->device == current) return t;
  }
  return NULL;
}

static int drop(Thing *t) {
  if (t == NULL) return INVALID_HANDLE;
  for (Thing **p = &things; *p; p = &(*p)->next) {
    if (*p != t) continue;
    *p = t->next;
    break;
  }
  free(t->memory);
  free(t);
  return 0;
}

static int inside(uint64_t address, size_t bytes) {
  for (Thing *t = things; t; t = t->next) {
    uint64_t from = (uint64_t)t->memory;
    if (t->kind == BLOCK && t->device == current && address >= from && address + bytes <= from + t->bytes) return 1;
  }
  return 0;
}

/* ---- entry points ---- */

int cuInit(uint32_t flags) {
  CALL("cuInit", " %u", flags);
  return devices == 0 ? NO_DEVICE : 0;
}

int cuDriverGetVersion(int *result) {
  CALL("cuDriverGetVersion", "");
  *result = version;
  return 0;
}

int cuGetErrorName(int status, const char **result) {
  static const struct { int status; const char *name; } known[] = {
    {1, "CUDA_ERROR_INVALID_VALUE"}, {2, "CUDA_ERROR_OUT_OF_MEMORY"}, {100, "CUDA_ERROR_NO_DEVICE"},
    {201, "CUDA_ERROR_INVALID_CONTEXT"}, {218, "CUDA_ERROR_INVALID_PTX"}, {400, "CUDA_ERROR_INVALID_HANDLE"},
    {702, "CUDA_ERROR_LAUNCH_TIMEOUT"}, {719, "CUDA_ERROR_LAUNCH_FAILED"}, {803, "CUDA_ERROR_SYSTEM_DRIVER_MISMATCH"},
  };
  for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
    if (known[i].status != status) continue;
    *result = known[i].name;
    return 0;
  }
  *result = NULL;
  return INVALID_VALUE;
}

int cuGetErrorString(int status, const char **result) {
  static char words[32];
  snprintf(words, sizeof words, "words for %d", status);
  *result = words;
  return 0;
}

int cuDeviceGetCount(int *result) {
  CALL("cuDeviceGetCount", "");
  *result = devices;
  return 0;
}

int cuDeviceGet(int *result, int ordinal) {
  CALL("cuDeviceGet", " %d", ordinal);
  if (ordinal < 0 || ordinal >= devices) return INVALID_DEVICE;
  *result = ordinal;
  return 0;
}

int cuDeviceGetName(char *result, int size, int device) {
  CALL("cuDeviceGetName", " %d", device);
  snprintf(result, (size_t)size, "%s", names[device]);
  return 0;
}

int cuDeviceTotalMem_v2(size_t *result, int device) {
  CALL("cuDeviceTotalMem_v2", " %d", device);
  *result = memory[device];
  return 0;
}

int cuDeviceGetAttribute(int *result, int attribute, int device) {
  CALL("cuDeviceGetAttribute", " %d %d", attribute, device);
  *result = attributes[device][attribute];
  return 0;
}

int cuDevicePrimaryCtxRetain(uint64_t *result, int device) {
  CALL("cuDevicePrimaryCtxRetain", " %d", device);
  retained[device]++;
  *result = 1000 + (uint64_t)device;
  return 0;
}

int cuDevicePrimaryCtxRelease_v2(int device) {
  CALL("cuDevicePrimaryCtxRelease_v2", " %d", device);
  if (!retained[device]) return INVALID_CONTEXT;
  if (--retained[device] == 0) { /* everything in it goes with it */
    for (Thing *t = things, *next; t; t = next) {
      next = t->next;
      if (t->device == device && lost[device]) drop(t);
    }
    used[device] = lost[device] ? 0 : used[device];
  }
  return 0;
}

int cuCtxSetCurrent(uint64_t context) {
  CALL("cuCtxSetCurrent", " %d", (int)context - 1000);
  current = (int)context - 1000;
  return lost[current];
}

int cuModuleLoadDataEx(uint64_t *result, const char *image, uint32_t count, const int *options, uint64_t *values) {
  say("cuModuleLoadDataEx");
  int status = told("cuModuleLoadDataEx");
  for (uint32_t i = 0; status == 218 && i + 1 < count; i++) {
    if (options[i] == 5 && options[i + 1] == 6) snprintf((char *)values[i], (size_t)values[i + 1], "ptxas stub, line 7\n  error : no such thing\n");
  }
  if (status) return status;
  if (current < 0 || !retained[current]) return INVALID_CONTEXT;
  Thing *t = make(MODULE);
  t->memory = strdup(image);
  for (const char *at = strstr(image, ".entry"); at && (at = strstr(at, ".param .u")); at++) {
    t->wide[t->types++] = strncmp(at, ".param .u64", 11) == 0;
  }
  *result = (uint64_t)t;
  return 0;
}

int cuModuleGetFunction(uint64_t *result, uint64_t module, const char *name) {
  IN_CONTEXT("cuModuleGetFunction", " %s", name);
  if (!find(module, MODULE)) return INVALID_HANDLE;
  *result = module;
  return 0;
}

int cuModuleUnload(uint64_t module) {
  IN_CONTEXT("cuModuleUnload", "");
  return drop(find(module, MODULE));
}

int cuFuncGetAttribute(int *result, int attribute, uint64_t function) {
  IN_CONTEXT("cuFuncGetAttribute", " %d", attribute);
  if (!find(function, MODULE)) return INVALID_HANDLE;
  *result = attribute == 0 ? 1024 : attribute == 3 ? 24 : attribute == 4 ? 40 : -1;
  return 0;
}

int cuMemGetInfo_v2(size_t *free_bytes, size_t *total) {
  IN_CONTEXT("cuMemGetInfo_v2", "");
  *free_bytes = memory[current] - used[current];
  *total = memory[current];
  return 0;
}

int cuMemAlloc_v2(uint64_t *result, size_t bytes) {
  IN_CONTEXT("cuMemAlloc_v2", " %zu", bytes);
  if (bytes == 0) return INVALID_VALUE;
  if (used[current] + bytes > memory[current]) return OUT_OF_MEMORY;
  Thing *t = make(BLOCK);
  t->memory = malloc(bytes);
  t->bytes = bytes;
  memset(t->memory, 0xfb, bytes);
  used[current] += bytes;
  *result = (uint64_t)t->memory;
  return 0;
}

int cuMemFree_v2(uint64_t address) {
  IN_CONTEXT("cuMemFree_v2", "");
  for (Thing *t = things; t; t = t->next) {
    if (t->kind != BLOCK || t->device != current || (uint64_t)t->memory != address) continue;
    used[current] -= t->bytes;
    return drop(t);
  }
  return INVALID_VALUE;
}

int cuMemcpyHtoDAsync_v2(uint64_t to, const void *from, size_t bytes, uint64_t stream) {
  IN_CONTEXT("cuMemcpyHtoDAsync_v2", " %zu", bytes);
  if (!find(stream, STREAM)) return INVALID_HANDLE;
  if (!inside(to, bytes)) return INVALID_VALUE;
  memcpy((void *)to, from, bytes);
  return 0;
}

int cuMemcpyDtoHAsync_v2(void *to, uint64_t from, size_t bytes, uint64_t stream) {
  IN_CONTEXT("cuMemcpyDtoHAsync_v2", " %zu", bytes);
  if (!find(stream, STREAM)) return INVALID_HANDLE;
  if (!inside(from, bytes)) return INVALID_VALUE;
  memcpy(to, (void *)from, bytes);
  return 0;
}

int cuMemcpyDtoDAsync_v2(uint64_t to, uint64_t from, size_t bytes, uint64_t stream) {
  IN_CONTEXT("cuMemcpyDtoDAsync_v2", " %zu", bytes);
  if (!find(stream, STREAM)) return INVALID_HANDLE;
  if (!inside(to, bytes) || !inside(from, bytes)) return INVALID_VALUE;
  if (to < from + bytes && from < to + bytes) return INVALID_VALUE; /* what is copied must not be where it goes */
  memcpy((void *)to, (void *)from, bytes);
  return 0;
}

int cuMemsetD8Async(uint64_t to, unsigned char value, size_t bytes, uint64_t stream) {
  IN_CONTEXT("cuMemsetD8Async", " %d %zu", value, bytes);
  if (!find(stream, STREAM)) return INVALID_HANDLE;
  if (!inside(to, bytes)) return INVALID_VALUE;
  memset((void *)to, value, bytes);
  return 0;
}

int cuStreamCreate(uint64_t *result, uint32_t flags) {
  IN_CONTEXT("cuStreamCreate", " %u", flags);
  *result = (uint64_t)make(STREAM);
  return 0;
}

int cuStreamSynchronize(uint64_t stream) {
  IN_CONTEXT("cuStreamSynchronize", "");
  return find(stream, STREAM) ? 0 : INVALID_HANDLE;
}

int cuStreamDestroy_v2(uint64_t stream) {
  IN_CONTEXT("cuStreamDestroy_v2", "");
  return drop(find(stream, STREAM));
}

int cuEventCreate(uint64_t *result, uint32_t flags) {
  IN_CONTEXT("cuEventCreate", " %u", flags);
  *result = (uint64_t)make(EVENT);
  return 0;
}

int cuEventRecord(uint64_t event, uint64_t stream) {
  IN_CONTEXT("cuEventRecord", "");
  return find(event, EVENT) && find(stream, STREAM) ? 0 : INVALID_HANDLE;
}

int cuEventElapsedTime(float *result, uint64_t start, uint64_t end) {
  IN_CONTEXT("cuEventElapsedTime", "");
  *result = 1.5f;
  return find(start, EVENT) && find(end, EVENT) ? 0 : INVALID_HANDLE;
}

int cuEventDestroy_v2(uint64_t event) {
  IN_CONTEXT("cuEventDestroy_v2", "");
  return drop(find(event, EVENT));
}

int cuLaunchKernel(uint64_t function, uint32_t gx, uint32_t gy, uint32_t gz, uint32_t bx, uint32_t by, uint32_t bz,
                   uint32_t shared, uint64_t stream, void **parameters, void **extra) {
  IN_CONTEXT("cuLaunchKernel", " %u %u %u %u %u %u %u", gx, gy, gz, bx, by, bz, shared);
  Thing *t = find(function, MODULE);
  if (t == NULL || !find(stream, STREAM)) return INVALID_HANDLE;
  if (gx == 0 || bx == 0 || extra != NULL) return INVALID_VALUE;
  uint64_t arguments[PARAMETERS];
  for (uint32_t i = 0; i < t->types; i++) {
    uint32_t narrow;
    if (t->wide[i]) memcpy(&arguments[i], parameters[i], 8);
    else {
      memcpy(&narrow, parameters[i], 4);
      arguments[i] = narrow;
    }
  }
  return hook == NULL ? 0 : hook(t->memory, arguments, gx, bx);
}
