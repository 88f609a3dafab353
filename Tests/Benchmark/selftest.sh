#!/usr/bin/env bash
# Measures the self-tests over a mesh of 256 modes: its 65 536 phases, the matrix that they are to make, and all device checks. Goal: under a second.
set -euo pipefail
cd "$(dirname "$0")/../.."

[ -n "${PHOTONIC_CORE:-}" ] || swift build -c release --static-swift-stdlib --product photonic-core >&2
photonic_core=${PHOTONIC_CORE:-$(swift build -c release --static-swift-stdlib --show-bin-path)/photonic-core}
python=$(bash Tests/Support/python.sh)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$python" - "$work" <<'PYTHON'
import sys
import numpy as np

folder, n = sys.argv[1], 256
phases = np.random.default_rng(1).uniform(0, 2 * np.pi, n * n)
matrix, at = np.eye(n, dtype=complex), 0
for layer in range(n - 1):
    for row in range(n - 1, layer, -1):
        if at < n * n - 1:
            theta, phi = phases[at], phases[at + 1]
            turn = np.exp(-1j * phi)
            matrix[row - 1:row + 1] = np.array([[np.cos(theta), -np.sin(theta) * turn], [np.sin(theta), np.cos(theta) * turn]]) @ matrix[row - 1:row + 1]
            at += 2
rest = phases[at:at + n]
matrix[:len(rest)] = np.exp(1j * rest)[:, None] * matrix[:len(rest)]
np.save(f"{folder}/phases.npy", phases)
np.save(f"{folder}/unitary.npy", matrix)
with open(f"{folder}/suite.yaml", "w") as file:
    file.write("version: 1\nname: mesh\nchecks:\n- mesh: {file: phases.npy, modes: 256, matrix: unitary.npy, deviation: 1e-9}\n")
PYTHON

for _ in 1 2 3; do
    # shellcheck disable=SC2016 # a format of time
    /usr/bin/time -f '%e s, %M KiB' "$photonic_core" selftest "$work" --suite "$work/suite.yaml" | tail -n 1
done
