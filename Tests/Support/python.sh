#!/usr/bin/env bash
# Makes a Python with the packages that the physics is compared with, once, in a cache folder outside the checkout. Prints its path.
set -euo pipefail

cache=${REKINDLE_TEST_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/rekindle-tests}
python=$cache/python-1/bin/python
if [ ! -x "$python" ]; then
    mkdir -p "$cache"
    work=$(mktemp -d "$cache/python.XXXXXX")
    trap 'rm -rf "$work"' EXIT
    {
        python3 -m venv "$work/new"
        # numpy, and the decomposition of meshes by who published it first, which draws with a library that nobody needs here.
        "$work/new/bin/pip" install --quiet --disable-pip-version-check numpy
        "$work/new/bin/pip" install --quiet --disable-pip-version-check --no-deps interferometer==1.1.2
    } >&2 || { echo "python.sh: no Python with numpy and interferometer could be made: is PyPI within reach?" >&2; exit 1; }
    # Another run may have been faster.
    [ -d "$cache/python-1" ] || mv -T "$work/new" "$cache/python-1"
fi
echo "$python"
