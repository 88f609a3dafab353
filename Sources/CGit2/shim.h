// sys/mempack.h is not part of <git2.h>: it collects a commit's objects so that they become one pack.
#include <git2.h>
#include <git2/sys/mempack.h>
#include <git2/sys/odb_backend.h>

// git_libgit2_opts is variadic, which Swift cannot call.
static inline int rekindle_git_set(int option, int value) { return git_libgit2_opts(option, value); }
static inline int rekindle_git_trust(const char *file) { return git_libgit2_opts(GIT_OPT_SET_SSL_CERT_LOCATIONS, file, NULL); }
