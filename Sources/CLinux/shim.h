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
