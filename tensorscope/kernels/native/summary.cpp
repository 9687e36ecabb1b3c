// One piece of memory summed up in one pass: counts, extremes, sums. native/__init__.py calls it.
//
// It needs no library, not even C's, so that one file serves every version of a system. Vectors of
// eight elements (Clang's) become AVX2 or NEON; sums are float64, over blocks short enough to stay in
// the first-level cache, so that a block with NaN in it can be gone over again.

#include <stdint.h>

#if defined(_WIN32)
#define EXPORT extern "C" __attribute__((dllexport))
EXPORT int DllMainCRTStartup(void*, unsigned, void*) { return 1; }  // there is nothing to set up
#else
#define EXPORT extern "C" __attribute__((visibility("default")))
#endif

#if defined(__x86_64__)
#include <cpuid.h>

// Whether the processor has AVX2, FMA and F16C, and the system keeps their registers.
EXPORT int supported() {
    unsigned a, b, c, d;
    const unsigned needed = bit_FMA | bit_F16C | bit_OSXSAVE | bit_AVX;
    if (!__get_cpuid(1, &a, &b, &c, &d) || (c & needed) != needed) return 0;
    asm volatile("xgetbv" : "=a"(a), "=d"(d) : "c"(0));
    if ((a & 6) != 6) return 0;
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & bit_AVX2) != 0;
}

#pragma clang attribute push(__attribute__((target("avx2,fma,f16c"))), apply_to = function)
#else
EXPORT int supported() { return 1; }
#endif

namespace {

template <class T>
using Eight = T __attribute__((ext_vector_type(8)));
using F64 = Eight<double>;
using F32 = Eight<float>;
using I64 = Eight<int64_t>;

constexpr double INF = __builtin_inf();
constexpr int64_t BLOCK = 2048;
constexpr int64_t AHEAD = 2048;  // bytes

struct Floats {
    int64_t nan, posinf, neginf, zero;
    double low, high;      // of the finite elements; +Inf and -Inf where there is none
    double total, square;  // of the finite elements, each less the shift
};

struct Wholes {
    int64_t low, high, zero;
    uint64_t sum;          // modulo 2^64
    double total, square;  // each element less the shift
};

// While it lives, subnormal numbers count as what they are, whatever the thread was told to do with
// them. Afterwards all is as before, the flags of exceptions included.
struct Exactly {
#if defined(__x86_64__)
    unsigned before = __builtin_ia32_stmxcsr();
    Exactly() { __builtin_ia32_ldmxcsr(before & ~0x8040u); }
    ~Exactly() { __builtin_ia32_ldmxcsr(before); }
#elif defined(__aarch64__)
    uint64_t before;
    Exactly() {
        asm volatile("mrs %0, fpcr" : "=r"(before));
        asm volatile("msr fpcr, %0" ::"r"(before & ~(uint64_t(1) << 24)));
    }
    ~Exactly() { asm volatile("msr fpcr, %0" ::"r"(before)); }
#endif
};

template <class V>
V load(const void* place) {
    V value;
    __builtin_memcpy(&value, place, sizeof value);
    return value;
}

template <class To, class From>
To as(From value) {
    static_assert(sizeof(To) == sizeof(From));
    return load<To>(&value);
}

template <class V>
auto sum(V value) {
    auto total = value[0];
    for (int lane = 1; lane < 8; ++lane) total += value[lane];
    return total;
}

// ---------------------------------------------------------------- floats

// How eight elements of a format are read as numbers, and what these look like as bits.
struct Float32 {
    using Number = float;
    using Bits = int32_t;
    static constexpr int64_t size = 4;
    static constexpr Bits magnitude = 0x7fffffff, inf = 0x7f800000;
    static F32 eight(const char* place) { return load<F32>(place); }
};

struct Float64 {
    using Number = double;
    using Bits = int64_t;
    static constexpr int64_t size = 8;
    static constexpr Bits magnitude = 0x7fffffffffffffff, inf = 0x7ff0000000000000;
    static F64 eight(const char* place) { return load<F64>(place); }
};

struct BFloat16 : Float32 {
    static constexpr int64_t size = 2;
    static F32 eight(const char* place) {
        auto bits = __builtin_convertvector(load<Eight<uint16_t>>(place), Eight<uint32_t>);
        return as<F32>(bits << 16);
    }
};

struct Float16 : Float32 {
    static constexpr int64_t size = 2;
    static F32 eight(const char* place) {
        return __builtin_convertvector(load<Eight<_Float16>>(place), F32);
    }
};

// What a block adds up to: every lane holds each eighth element.
template <class Format>
struct Lanes {
    using V = Eight<typename Format::Number>;
    using B = Eight<typename Format::Bits>;
    V low = V(INF), high = V(-INF);
    F64 total = F64(0.0), square = F64(0.0);
    B zero = B(0);

    // The sums go where they are told to: two of each, so that none waits for the one before it.
    template <bool shifted>
    void take(V x, double shift, F64& total, F64& square) {
        low = x < low ? x : low;
        high = x > high ? x : high;
        zero -= as<B>(x == V(0));
        F64 wide = __builtin_convertvector(x, F64);
        if (shifted) wide -= shift;
        total += wide;
        square += wide * wide;
    }

    void give(Floats* out) const {
        for (int lane = 0; lane < 8; ++lane) {
            if (low[lane] < out->low) out->low = low[lane];
            if (high[lane] > out->high) out->high = high[lane];
        }
        out->zero += sum(zero);
        out->total += sum(total);
        out->square += sum(square);
    }
};

// The same where NaN and Inf may be among them, and where `valid` lanes alone hold elements.
template <class Format>
struct Sorting : Lanes<Format> {
    using typename Lanes<Format>::V;
    using typename Lanes<Format>::B;
    B nan = B(0), posinf = B(0), neginf = B(0);

    void take(V x, double shift, B valid) {
        const B bits = as<B>(x), size = bits & Format::magnitude;
        const B finite = as<B>(size < Format::inf) & valid;
        nan -= as<B>(size > Format::inf) & valid;
        posinf -= as<B>(bits == Format::inf) & valid;
        neginf -= as<B>(bits == (Format::inf | ~Format::magnitude)) & valid;
        this->zero -= as<B>(size == 0) & valid;
        const V least = as<V>((finite & bits) | (~finite & as<B>(V(INF))));
        const V most = as<V>((finite & bits) | (~finite & as<B>(V(-INF))));
        this->low = least < this->low ? least : this->low;
        this->high = most > this->high ? most : this->high;
        const F64 moved = __builtin_convertvector(as<V>(finite & bits), F64) - shift;
        const F64 wide = as<F64>(as<I64>(moved) & __builtin_convertvector(finite, I64));
        this->total += wide;
        this->square += wide * wide;
    }

    void give(Floats* out) const {
        out->nan += sum(nan);
        out->posinf += sum(posinf);
        out->neginf += sum(neginf);
        Lanes<Format>::give(out);
    }
};

template <class Format>
void sort_block(const char* data, int64_t count, double shift, Floats* out) {
    using B = typename Sorting<Format>::B;
    Sorting<Format> lanes;
    int64_t k = 0;
    for (; k + 8 <= count; k += 8) lanes.take(Format::eight(data + k * Format::size), shift, B(-1));
    if (k < count) {
        char rest[8 * sizeof(double)] = {};
        B valid = B(0);
        for (int64_t lane = 0; lane < count - k; ++lane) valid[lane] = -1;
        for (int64_t byte = 0; byte < (count - k) * Format::size; ++byte)
            rest[byte] = data[k * Format::size + byte];
        lanes.take(Format::eight(rest), shift, valid);
    }
    lanes.give(out);
}

template <class Format, bool shifted>
void add_floats(const char* data, int64_t count, double shift, Floats* out) {
    Exactly exactly;
    *out = Floats{0, 0, 0, 0, INF, -INF, 0.0, 0.0};
    for (int64_t start = 0; start < count; start += BLOCK) {
        const char* block = data + start * Format::size;
        const int64_t length = count - start < BLOCK ? count - start : BLOCK;
        if (length % 16 == 0) {
            Lanes<Format> lanes;
            F64 total = F64(0.0), square = F64(0.0);
            for (int64_t k = 0; k < length; k += 16) {
                const char* place = block + k * Format::size;
                // The processor's own prefetching ends at each page.
                __builtin_prefetch(place + AHEAD);
                lanes.template take<shifted>(Format::eight(place), shift, total, square);
                lanes.template take<shifted>(
                    Format::eight(place + 8 * Format::size), shift, lanes.total, lanes.square);
            }
            lanes.total += total;
            lanes.square += square;
            // NaN and Inf leave their mark on a sum of squares, as do squares that overflow.
            if (sum(lanes.square) < INF) {
                lanes.give(out);
                continue;
            }
        }
        sort_block<Format>(block, length, shift, out);
    }
}

template <class Format>
void floats(const char* data, int64_t count, double shift, Floats* out) {
    (shift == 0.0 ? add_floats<Format, false> : add_floats<Format, true>)(data, count, shift, out);
}

// ---------------------------------------------------------------- whole numbers

template <class Integer>
void wholes(const char* data, int64_t count, double shift, Wholes* out) {
    Exactly exactly;
    *out = Wholes{INT64_MAX, INT64_MIN, 0, 0, 0.0, 0.0};
    for (int64_t start = 0; start < count; start += BLOCK) {
        const char* block = data + start * sizeof(Integer);
        const int64_t length = count - start < BLOCK ? count - start : BLOCK;
        I64 low = I64(INT64_MAX), high = I64(INT64_MIN), zero = I64(0);
        Eight<uint64_t> added = Eight<uint64_t>(0);
        F64 total = F64(0.0), square = F64(0.0);
        int64_t k = 0;
        for (; k + 8 <= length; k += 8) {
            const I64 x =
                __builtin_convertvector(load<Eight<Integer>>(block + k * sizeof(Integer)), I64);
            low = x < low ? x : low;
            high = x > high ? x : high;
            zero -= as<I64>(x == 0);
            added += as<Eight<uint64_t>>(x);
            const F64 wide = __builtin_convertvector(x, F64) - shift;
            total += wide;
            square += wide * wide;
        }
        for (int lane = 0; lane < 8; ++lane) {
            if (low[lane] < out->low) out->low = low[lane];
            if (high[lane] > out->high) out->high = high[lane];
        }
        double rest = 0.0, rest_square = 0.0;
        for (; k < length; ++k) {
            const int64_t x = load<Integer>(block + k * sizeof(Integer));
            if (x < out->low) out->low = x;
            if (x > out->high) out->high = x;
            out->zero += x == 0;
            out->sum += uint64_t(x);
            const double wide = double(x) - shift;
            rest += wide;
            rest_square += wide * wide;
        }
        out->zero += sum(zero);
        out->sum += sum(added);
        out->total += sum(total) + rest;
        out->square += sum(square) + rest_square;
    }
}

}  // namespace

#define FLOATS(name, Format) \
    EXPORT void name(const char* data, int64_t count, double shift, Floats* out) { \
        floats<Format>(data, count, shift, out); \
    }
FLOATS(float16, Float16)
FLOATS(bfloat16, BFloat16)
FLOATS(float32, Float32)
FLOATS(float64, Float64)

#define WHOLES(name, Integer) \
    EXPORT void name(const char* data, int64_t count, double shift, Wholes* out) { \
        wholes<Integer>(data, count, shift, out); \
    }
WHOLES(int8, int8_t)
WHOLES(int16, int16_t)
WHOLES(int32, int32_t)
WHOLES(int64, int64_t)
WHOLES(uint8, uint8_t)
WHOLES(uint16, uint16_t)
WHOLES(uint32, uint32_t)

#if defined(__x86_64__)
#pragma clang attribute pop
#endif
