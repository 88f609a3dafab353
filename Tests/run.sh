#!/usr/bin/env bash
# Installs what is missing, lints, builds, runs every test: some thirty-five minutes on two cores. `--long` lets the soaks run for hours.
set -euo pipefail
cd "$(dirname "$0")/.."

bash Tests/install.sh
fuzz=(1)
long=()
if [ "${1:-}" = --long ]; then
    long=(--long)
    export REKINDLE_LONG=1
    fuzz=(--libfuzzer 600)
fi

echo "== an API server for the tests"
bash Tests/Support/kubernetes.sh

echo "== a Python to compare the physics with, and to look at pages"
bash Tests/Support/python.sh

echo "== lint"
swift format lint --strict --recursive --configuration .swift-format Package.swift Sources Tests
shellcheck Sources/Vault/restore.sh fixtures/*.sh Tests/*.sh Tests/*/*.sh .ci/run

echo "== tidy"
python3 Tests/Tidy/tidy.py
python3 Tests/Tidy/json_reference.py --check

echo "== build"
swift build --build-tests
swift build --product rekindle
REKINDLE=$(swift build --show-bin-path)/rekindle
PHOTONIC_CORE=$(dirname "$REKINDLE")/photonic-core
export REKINDLE PHOTONIC_CORE

echo "== fuzz"
bash Tests/Fuzz/run.sh "${fuzz[@]}"

# What is allocated is the same in both builds, within a few percent, and the release build takes as long as all tests.
measured=$REKINDLE
if [ ${#long[@]} -gt 0 ]; then
    swift build -c release --static-swift-stdlib --product rekindle 2>&1 | tail -n 1
    measured=$(swift build -c release --static-swift-stdlib --show-bin-path)/rekindle
fi
echo "== memory"
REKINDLE=$measured bash Tests/Memory/measure.sh "${long[@]}"
REKINDLE=$measured bash Tests/Memory/cluster.sh "${long[@]}"

# A few at a time: where all begin at once, what a test waits for stands in a queue behind all others, and its time limit runs out.
# `swift test` does not hand the option on, so the program that it runs is run here.
run_tests() { # width arguments…
    local log status=0
    log=$(mktemp)
    "$(swift build --show-bin-path)/rekindlePackageTests.xctest" --testing-library swift-testing \
        --experimental-maximum-parallelization-width "$@" 2>&1 | tee "$log" | grep -a --line-buffered -v '^◇ ' || status=1
    # What failed stands at the end, where a person looks first, and not among thousands of lines.
    if [ "$status" -ne 0 ]; then
        echo "== what failed"
        grep -a -A 4 '^✘ .* recorded an issue' "$log" || tail -n 60 "$log"
        grep -a '^✘ Test' "$log" || true
    fi
    rm "$log"
    return "$status"
}

# Apart from each other: an API server on the same cores would make a race of every test that waits.
echo "== test"
run_tests 6 --skip '\.Cluster'

echo "== test against an API server"
run_tests 8 --filter '\.Cluster'
