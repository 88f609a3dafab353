// What the Glibc module of the Swift toolchain leaves out.
#include <sys/sysmacros.h>
#include <sys/types.h>
#include <sys/xattr.h>

// The names in sysmacros.h are macros, which Swift does not see.
static inline unsigned rekindle_device_major(dev_t device) { return major(device); }
static inline unsigned rekindle_device_minor(dev_t device) { return minor(device); }
static inline dev_t rekindle_make_device(unsigned device_major, unsigned device_minor) { return makedev(device_major, device_minor); }

// Behind _GNU_SOURCE, which the importer does not define.
int syncfs(int descriptor);
int pipe2(int ends[2], int flags);
enum { rekindle_seek_data = 3, rekindle_seek_hole = 4 };
