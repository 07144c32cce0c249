# The instruction sets: which ones this compiler can build, and with which flags.
# The only place that spells -mavx2 and the like.
#
# A tier named <isa> is csrc/kernels/isa/isa_<isa>.c, compiled with -DFNN_ISA_<ISA>
# and its flags. FASTNN_ISAS lists the tiers that will be built, FASTNN_ISA_FLAGS_<isa>
# their flags. Nothing outside a tier's own files is compiled with them: the rest is
# for the ABI's baseline, so that the library loads on any CPU of the architecture.
include(CheckCSourceCompiles)

set(FASTNN_ISAS portable)
# Its time goes into calls of fma(); -O3 made it a third larger and no faster.
set(FASTNN_ISA_FLAGS_portable -O2)

# fastnn_probe_isa(<isa> FLAGS <flag>... SOURCE <program>)
# Adds the tier when the program, which uses the tier's instructions, compiles.
function(fastnn_probe_isa isa)
  cmake_parse_arguments(PARSE_ARGV 1 ARG "" "SOURCE" "FLAGS")
  string(TOUPPER "${isa}" upper)
  string(JOIN " " CMAKE_REQUIRED_FLAGS ${ARG_FLAGS})
  set(CMAKE_REQUIRED_QUIET ON)
  # Compiling is enough; linking a sanitizer or a cross target's C library is not the question.
  set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
  check_c_source_compiles("${ARG_SOURCE}" FNN_HAVE_${upper})
  if(FNN_HAVE_${upper})
    set(FASTNN_ISAS ${FASTNN_ISAS} ${isa} PARENT_SCOPE)
    set(FASTNN_ISA_FLAGS_${isa} ${ARG_FLAGS} PARENT_SCOPE)
  endif()
endfunction()

# x86-64-v3, as far as the kernels use it. core/cpu.c checks the same features.
fastnn_probe_isa(avx2
  FLAGS -mavx2 -mfma -mf16c -mbmi2
  SOURCE [[
#include <immintrin.h>
#if !defined(__x86_64__)
#error "64-bit x86 only"
#endif
__m256 probe(__m256 a, __m128i h) { return _mm256_fmadd_ps(a, _mm256_cvtph_ps(h), a); }
int main(void) { return 0; }
]])

# x86-64-v4. Clang splits 64-byte vectors in two unless told otherwise.
fastnn_probe_isa(avx512
  FLAGS -mavx512f -mavx512dq -mavx512bw -mavx512vl -mavx2 -mfma -mf16c -mbmi2
        -mprefer-vector-width=512
  SOURCE [[
#include <immintrin.h>
#if !defined(__x86_64__)
#error "64-bit x86 only"
#endif
__m512 probe(__m512 a) { return _mm512_and_ps(_mm512_fmadd_ps(a, a, a), a); }
int main(void) { return 0; }
]])

# Part of every 64-bit ARM, so no flag is needed.
fastnn_probe_isa(neon
  FLAGS
  SOURCE [[
#include <arm_neon.h>
#if !defined(__aarch64__)
#error "64-bit ARM only"
#endif
float64x2_t probe(float64x2_t a) { return vfmaq_f64(a, a, a); }
int main(void) { return 0; }
]])

list(JOIN FASTNN_ISAS " " _fastnn_isas)
message(STATUS "Instruction sets: ${_fastnn_isas}")
