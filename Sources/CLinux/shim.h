// What the Glibc module of the Swift toolchain leaves out.
#include <malloc.h>
#include <sys/sysmacros.h>
#include <sys/types.h>
#include <sys/vfs.h>
#include <sys/xattr.h>

// The names in sysmacros.h are macros, which Swift does not see.
static inline unsigned rekindle_device_major(dev_t device) { return major(device); }
static inline unsigned rekindle_device_minor(dev_t device) { return minor(device); }
static inline dev_t rekindle_make_device(unsigned device_major, unsigned device_minor) { return makedev(device_major, device_minor); }

// Whether a file system, or a part of one (a bind mount), is mounted at a name in a directory; the directory itself where the name is
// empty. No link is followed. Kernels before 5.8 do not tell: 0.
// linux/stat.h has the structure of 256 bytes, whose second word are the attributes; it cannot be imported beside sys/stat.h.
int statx(int directory, const char *path, int flags, unsigned mask, void *result);
static inline int rekindle_is_mount_root(int directory, const char *name) {
    unsigned long long result[32] = {0};
    const int at_empty_path = 0x1000, at_symlink_nofollow = 0x100;
    const unsigned long long mount_root = 0x2000;
    return statx(directory, name, at_empty_path | at_symlink_nofollow, 0, result) == 0 && (result[1] & mount_root) != 0;
}

// The magic number of the file system that an open file lies on; -1 and errno where that cannot be said.
static inline long rekindle_file_system_magic(int descriptor) {
    struct statfs status;
    return fstatfs(descriptor, &status) == 0 ? (long)(unsigned)status.f_type : -1;
}
// Whether a directory takes names for one that differ in case only (ext4, f2fs, tmpfs: chattr +F).
int ioctl(int descriptor, unsigned long request, ...);
static inline int rekindle_has_folding_flag(int descriptor) {
    int flags = 0;
    const unsigned long get_flags = 0x80086601; // FS_IOC_GETFLAGS
    return ioctl(descriptor, get_flags, &flags) == 0 && (flags & 0x40000000) != 0;
}

// Behind _GNU_SOURCE, which the importer does not define.
int syncfs(int descriptor);
int pipe2(int ends[2], int flags);
enum { rekindle_seek_data = 3, rekindle_seek_hole = 4, rekindle_o_path = 010000000 };

// CRC-32 (ISO 3309, reflected) by carry-less multiplication, where the processor has it: of so many bytes as are a multiple of 16, at least 64.
// `crc` and the result are inverted, as a table's loop has them. Source: Gopal et al., "Fast CRC computation for generic polynomials using
// PCLMULQDQ instruction", Intel, 2009, whose constants these are: powers of x modulo the polynomial, reflected.
#if defined(__x86_64__)
#include <emmintrin.h>
#include <wmmintrin.h>
static inline int rekindle_has_folding(void) { return __builtin_cpu_supports("pclmul"); }
__attribute__((target("pclmul"))) static inline __m128i rekindle_fold(__m128i value, __m128i keys, __m128i next) {
    return _mm_xor_si128(_mm_xor_si128(_mm_clmulepi64_si128(value, keys, 0x00), _mm_clmulepi64_si128(value, keys, 0x11)), next);
}
__attribute__((target("pclmul"))) static inline unsigned rekindle_crc32_folded(unsigned crc, const void *bytes, unsigned long count) {
    const __m128i *place = (const __m128i *)bytes, *end = place + count / 16;
    const __m128i by_64 = _mm_set_epi64x(0x1c6e41596, 0x154442bd4), by_16 = _mm_set_epi64x(0x0ccaa009e, 0x1751997d0);
    const __m128i low_half = _mm_set_epi32(0, 0, 0, -1), reduction = _mm_set_epi64x(0x1f7011641, 0x1db710641);
    __m128i a = _mm_xor_si128(_mm_loadu_si128(place), _mm_cvtsi32_si128((int)crc)), b = _mm_loadu_si128(place + 1);
    __m128i c = _mm_loadu_si128(place + 2), d = _mm_loadu_si128(place + 3);
    for (place += 4; end - place >= 4; place += 4) {
        a = rekindle_fold(a, by_64, _mm_loadu_si128(place));
        b = rekindle_fold(b, by_64, _mm_loadu_si128(place + 1));
        c = rekindle_fold(c, by_64, _mm_loadu_si128(place + 2));
        d = rekindle_fold(d, by_64, _mm_loadu_si128(place + 3));
    }
    a = rekindle_fold(rekindle_fold(rekindle_fold(a, by_16, b), by_16, c), by_16, d);
    for (; place < end; place++) a = rekindle_fold(a, by_16, _mm_loadu_si128(place));
    // 128 bits to 64, and these to 32 (Barrett).
    a = _mm_xor_si128(_mm_srli_si128(a, 8), _mm_clmulepi64_si128(a, by_16, 0x10));
    const __m128i rest = _mm_clmulepi64_si128(_mm_and_si128(a, low_half), _mm_set_epi64x(0, 0x163cd6124), 0x00);
    a = _mm_xor_si128(_mm_srli_si128(a, 4), rest);
    __m128i quotient = _mm_clmulepi64_si128(_mm_and_si128(a, low_half), reduction, 0x10);
    quotient = _mm_clmulepi64_si128(_mm_and_si128(quotient, low_half), reduction, 0x00);
    return (unsigned)_mm_cvtsi128_si32(_mm_srli_si128(_mm_xor_si128(a, quotient), 4));
}
#else
static inline int rekindle_has_folding(void) { return 0; }
static inline unsigned rekindle_crc32_folded(unsigned crc, const void *bytes, unsigned long count) { return crc; }
#endif
