// libarchive writes the pax tarballs of `rekindle export`.
#include <archive.h>
#include <archive_entry.h>
