#!/usr/bin/env bash
# Makes a Python with the packages that the physics is compared with and that look at pages in a browser, once, in a cache folder outside the checkout. Prints its path.
set -euo pipefail

cache=${REKINDLE_TEST_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/rekindle-tests}
python=$cache/python-3/bin/python
if [ ! -x "$python" ]; then
    mkdir -p "$cache"
    work=$(mktemp -d "$cache/python.XXXXXX")
    trap 'rm -rf "$work"' EXIT
    {
        python3 -m venv "$work/new"
        # numpy, a solver of connected circuits, and the decomposition of meshes by who published it first, which draws with a library that
        # nobody needs here.
        "$work/new/bin/pip" install --quiet --disable-pip-version-check numpy scikit-rf==2.2.0 selenium axe-core-python==0.1.0
        "$work/new/bin/pip" install --quiet --disable-pip-version-check --no-deps interferometer==1.1.2
    } >&2 || { echo "python.sh: no Python with numpy, scikit-rf, interferometer and selenium could be made: is PyPI within reach?" >&2; exit 1; }
    # Another run may have been faster.
    [ -d "$cache/python-3" ] || mv -T "$work/new" "$cache/python-3"
fi
echo "$python"
