#!/usr/bin/env bash
# Runs two builds of rekindle in turn on the corpus of the benchmark, in memory, and prints their times and how they compare:
#
#   bash Tests/Benchmark/before-after.sh BEFORE AFTER [ROUNDS]      two release builds; 3 rounds by default, the median counts
#
# Needs some 12 GB in /dev/shm.
set -euo pipefail
# shellcheck disable=SC2034 # by their names, as ${!build}
before=$(realpath "$1")
# shellcheck disable=SC2034
after=$(realpath "$2")
rounds=${3:-3}
cd "$(dirname "$0")/../.."

# shellcheck source=Tests/Benchmark/changes.sh
. Tests/Benchmark/changes.sh
work=/dev/shm/rekindle-benchmark
corpus=$work/corpus
rm -rf "$work"
mkdir -p "$work/cache"
trap 'rm -rf "$work"' EXIT
export XDG_CACHE_HOME=$work/cache
bash Tests/Benchmark/corpus.sh "$corpus"
sleep 2

# The first touch of a page costs many times what the next one does, and whoever runs first would pay for both.
head -c 6G /dev/zero >"$work/warm"
rm "$work/warm"

measure() { # BUILD OPERATION ARGUMENTS…
    local build=$1 operation=$2
    shift 2
    sync
    /usr/bin/time -o "$work/time" -f '%e' "${!build}" "$@" --quiet --vault "$work/$build" >/dev/null 2>"$work/messages" || { cat "$work/messages" >&2; exit 1; }
    echo "$build $operation $(cat "$work/time")" | tee -a "$work/results" >&2
}

each() { # OPERATION ARGUMENTS…: both builds, each first in every other round
    local operation=$1 turn
    shift
    turn="before after"
    [ $((round % 2)) -eq 1 ] || turn="after before"
    for build in $turn; do measure "$build" "$operation" "$@"; done
}

for round in $(seq "$rounds"); do
    rm -rf "$work/before" "$work/after"
    for build in before after; do "${!build}" init "$work/$build" >/dev/null; done
    each 'full backup' backup "$corpus"
done
for round in $(seq "$rounds"); do each 'nothing changed' backup "$corpus"; done
for round in $(seq "$rounds"); do
    change_files "$round"
    each '1 % of the files changed' backup "$corpus"
done
for round in $(seq "$rounds"); do
    insert_byte
    each 'a byte inserted at the front of 1 GB' backup "$corpus"
done
for round in $(seq "$rounds"); do
    each 'read every stored byte' verify
    each 'decode and compare everything' verify --deep
done
for round in $(seq "$rounds"); do
    turn="before after"
    [ $((round % 2)) -eq 1 ] || turn="after before"
    for build in $turn; do
        rm -rf "$work/back"
        measure "$build" restore restore latest --target "$work/back"
    done
done

python3 - "$work/results" <<'PYTHON'
import collections, statistics, sys

values = collections.defaultdict(dict)
for line in open(sys.argv[1]):
    build, rest = line.split(" ", 1)
    operation, seconds = rest.rsplit(" ", 1)
    values[operation].setdefault(build, []).append(float(seconds))
print("| | before | after | after to before |\n|---|---|---|---|")
for operation, builds in values.items():
    before, after = (statistics.median(builds[build]) for build in ("before", "after"))
    print(f"| {operation} | {before:.2f} s | {after:.2f} s | {after / before:.2f} |")
PYTHON
