// sys/mempack.h is not part of <git2.h>: it collects a commit's objects so that they become one pack.
#include <git2.h>
#include <git2/sys/mempack.h>
#include <git2/sys/odb_backend.h>
