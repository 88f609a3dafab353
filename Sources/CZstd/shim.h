// zstd is driven frame by frame: libarchive's own filter has no control over frames.
#include <zstd.h>
#include <zstd_errors.h>
