// What the processor can do and the operating system lets it do.
#define _GNU_SOURCE  // sched_getaffinity
#include "CKernels.h"

#include <unistd.h>
#if defined(__linux__)
#include <sched.h>
#endif
#if defined(__GLIBC__)
#include <malloc.h>
#endif

int bitnet_usable_processors(void) {
#if defined(__linux__)
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof allowed, &allowed) == 0) return CPU_COUNT(&allowed);
#endif
  return (int)sysconf(_SC_NPROCESSORS_ONLN);
}

void bitnet_share_allocator(void) {
#if defined(__GLIBC__)
  mallopt(M_ARENA_MAX, 1);
#endif
}

#if defined(__x86_64__)
#include <cpuid.h>

// The register states that the operating system saves: XCR0.
static uint64_t enabled_states(void) {
  uint32_t low, high;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (uint64_t)high << 32 | low;
}

bitnet_cpu_features bitnet_detect_cpu(void) {
  bitnet_cpu_features cpu = {0};
  uint32_t a, b, c, d;
  if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & (1u << 27))) return cpu;  // OSXSAVE
  int has_sse41 = (c >> 9 & 1) && (c >> 19 & 1);  // SSSE3 too
  uint64_t states = enabled_states();
  int has_ymm = (states & 0x6) == 0x6, has_zmm = (states & 0xE6) == 0xE6;
  cpu.fma = has_ymm && (c >> 12 & 1);
  cpu.f16c = has_ymm && (c >> 29 & 1);
  if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return cpu;
  cpu.avx2 = has_ymm && (b >> 5 & 1);
  cpu.sha256 = has_sse41 && (b >> 29 & 1);
  cpu.avx512f = has_zmm && (b >> 16 & 1);
  cpu.avx512bw = has_zmm && (b >> 30 & 1);
  cpu.avx512vl = has_zmm && (b >> 31 & 1);
  cpu.avx512_vbmi = has_zmm && (c >> 1 & 1);
  cpu.avx512_vnni = has_zmm && (c >> 11 & 1);
  if (__get_cpuid_count(7, 1, &a, &b, &c, &d)) cpu.avx512_bf16 = has_zmm && (a >> 5 & 1);
  return cpu;
}

#else

bitnet_cpu_features bitnet_detect_cpu(void) {
  bitnet_cpu_features cpu = {0};
#if defined(__aarch64__)
  cpu.neon = 1;
#endif
  return cpu;
}

#endif
