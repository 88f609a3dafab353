// libarchive writes the pax tarballs of `rekindle export`.
#include <archive.h>
#include <archive_entry.h>
#include <locale.h>

// Its mask is a macro, which Swift does not see. NULL where there is no such locale.
static inline locale_t rekindle_utf8_locale(void) { return newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0); }
