#!/usr/bin/env bash
# Installs what is missing, lints, builds, runs every test. `--long` adds the soaks that take hours.
set -euo pipefail
cd "$(dirname "$0")/.."

bash Tests/install.sh
if [ "${1:-}" = --long ]; then export REKINDLE_LONG=1; fi

echo "== lint"
swift format lint --strict --recursive --configuration .swift-format Package.swift Sources Tests
shellcheck Sources/Vault/restore.sh fixtures/*.sh Tests/*.sh Tests/Benchmark/*.sh .ci/run

echo "== build"
swift build --build-tests
swift build --product rekindle
REKINDLE=$(swift build --show-bin-path)/rekindle
PHOTONIC_CORE=$(dirname "$REKINDLE")/photonic-core
export REKINDLE PHOTONIC_CORE

echo "== test"
swift test --skip-build --parallel
