/* gather.inc.h: rows of the user's array, of any dtype and layout, to contiguous reals.
 * The one kernel that reads memory the user owns: elements are read with memcpy, since
 * NumPy arrays need not be aligned, and nothing past an element is touched.
 *
 * Conversions: C's, to nearest; float16 exactly, subnormals and infinities included;
 * bool is 0 for a zero byte and else 1.
 */

/* Bytes of an element, by dtype. */
FNN_INLINE size_t gather_size(enum fnn_dtype dtype)
{
    switch (dtype) {
    case FNN_BOOL: case FNN_I8: case FNN_U8:
        return 1;
    case FNN_F16: case FNN_I16: case FNN_U16:
        return 2;
    case FNN_F32: case FNN_I32: case FNN_U32:
        return 4;
    default:
        return 8;
    }
}

/* float16 by bits. A subnormal is its mantissa times 2^-24; else the exponent is rebiased,
 * and 31 becomes 255. */
FNN_INLINE float gather_half(uint16_t half)
{
    const uint32_t sign = (uint32_t)(half & 0x8000) << 16;
    const uint32_t exponent = (half >> 10) & 31, mantissa = half & 0x3ff;
    const uint32_t bias = exponent == 31 ? 224 : 112;
    const uint32_t normal = (exponent + bias) << 23 | mantissa << 13;
    const float small = (float)(int32_t)mantissa * 0x1p-24f;
    uint32_t bits;
    memcpy(&bits, &small, sizeof bits);
    bits = (exponent == 0 ? bits : normal) | sign;
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* One element. dtype is a constant wherever this is inlined. */
FNN_INLINE real gather_element(const char *p, enum fnn_dtype dtype)
{
    union {
        float f32; double f64; uint16_t u16; int16_t i16; uint8_t u8; int8_t i8;
        uint32_t u32; int32_t i32; uint64_t u64; int64_t i64;
    } v;
    memcpy(&v, p, gather_size(dtype));
    switch (dtype) {
    case FNN_F32: return (real)v.f32;
    case FNN_F64: return (real)v.f64;
    case FNN_F16: return (real)gather_half(v.u16);
    case FNN_BOOL: return (real)(v.u8 != 0);
    case FNN_I8: return (real)v.i8;
    case FNN_U8: return (real)v.u8;
    case FNN_I16: return (real)v.i16;
    case FNN_U16: return (real)v.u16;
    case FNN_I32: return (real)v.i32;
    case FNN_U32: return (real)v.u32;
    case FNN_I64: return (real)v.i64;
    default: return (real)v.u64;
    }
}

/* A row whose elements lie side by side. The array's own dtype is copied by vectors, the last
 * one in part: a call for 8 columns would cost more than the copy. */
FNN_INLINE void gather_packed(const char *restrict p, size_t cols, enum fnn_dtype dtype,
                              real *restrict dst)
{
    size_t c = 0;
#if VL > 1 /* vector loads need no alignment; a scalar is read with memcpy below */
    if (dtype == FNN_DTYPE) {
        const real *from = (const void *)p;
        for (; c + VL <= cols; c += VL)
            v_store(dst + c, v_load(from + c));
        if (c < cols)
            v_store_part(dst + c, v_load_part(from + c, cols - c), cols - c);
        return;
    }
#endif
    for (; c < cols; c++)
        dst[c] = gather_element(p + c * gather_size(dtype), dtype);
}

FNN_INLINE const char *gather_row(const struct fnn_array *src, const int64_t *index,
                                  int64_t row0, size_t r)
{
    const int64_t row = index ? index[r] : row0 + (int64_t)r;
    assert(row >= 0 && row < src->rows);
    return (const char *)src->data + row * src->row_stride;
}

/* Sixteen rows by all columns, columns outermost: rows that neighbour each other in memory
 * (column-major arrays) share the cache lines of every column. */
FNN_INLINE void gather_columns(const struct fnn_array *src, const int64_t *index, int64_t row0,
                               size_t rows, enum fnn_dtype dtype, real *dst, size_t ldd)
{
    for (size_t r0 = 0; r0 < rows; r0 += 16) {
        const size_t n = rows - r0 < 16 ? rows - r0 : 16;
        const char *row[16];
        for (size_t i = 0; i < n; i++)
            row[i] = gather_row(src, index, row0, r0 + i);
        for (int64_t c = 0; c < src->cols; c++) {
            const int64_t offset = src->col_offset ? src->col_offset[c] : c * src->col_stride;
            for (size_t i = 0; i < n; i++)
                dst[(r0 + i) * ldd + (size_t)c] = gather_element(row[i] + offset, dtype);
        }
    }
}

/* Rows ahead of the copy that are asked for: shuffled rows defeat the hardware's guess. */
#define GATHER_AHEAD 8

FNN_INLINE void gather_rows(const struct fnn_array *src, const int64_t *index, int64_t row0,
                            size_t rows, enum fnn_dtype dtype, real *dst, size_t ldd)
{
    const int packed = !src->col_offset &&
                       (src->col_stride == (int64_t)gather_size(dtype) || src->cols == 1);
    if (!packed) {
        gather_columns(src, index, row0, rows, dtype, dst, ldd);
        return;
    }
    for (size_t r = 0; r < rows; r++) {
        if (index && r + GATHER_AHEAD < rows) {
            const char *next = gather_row(src, index, row0, r + GATHER_AHEAD);
            for (size_t at = 0; at < (size_t)src->cols * gather_size(dtype); at += 64)
                __builtin_prefetch(next + at);
        }
        gather_packed(gather_row(src, index, row0, r), (size_t)src->cols, dtype,
                      dst + r * ldd);
    }
}

static void FN(fnn_gather)(const struct fnn_array *src, const int64_t *index, int64_t row0,
                           size_t rows, void *dst, size_t ldd)
{
    switch (src->dtype) {
#define GATHER_CASE(dtype) \
    case dtype:            \
        gather_rows(src, index, row0, rows, dtype, dst, ldd); \
        break;
    GATHER_CASE(FNN_F32)
    GATHER_CASE(FNN_F64)
    GATHER_CASE(FNN_F16)
    GATHER_CASE(FNN_BOOL)
    GATHER_CASE(FNN_I8)
    GATHER_CASE(FNN_U8)
    GATHER_CASE(FNN_I16)
    GATHER_CASE(FNN_U16)
    GATHER_CASE(FNN_I32)
    GATHER_CASE(FNN_U32)
    GATHER_CASE(FNN_I64)
    GATHER_CASE(FNN_U64)
#undef GATHER_CASE
    default:
        assert(0 && "dtype out of range");
    }
}
