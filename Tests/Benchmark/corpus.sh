#!/usr/bin/env bash
# Builds the benchmark's corpus in the directory $1, some 3 GB: files that any Debian machine has (1.2 GB), float32 weights (1.8 GB,
# one file of 1 GB among them) and 30 000 small JSON files. The generated part is the same on every machine.
set -euo pipefail
target=$1
mkdir -p "$target/system"

find /usr/bin /usr/sbin /usr/lib /usr/share /etc -xdev -type f -readable -printf '%s %p\n' 2>/dev/null | LC_ALL=C sort -k2 |
    awk '$1 < 100e6 && (sum += $1) < 1200e6 { print substr($0, index($0, " ") + 1) }' |
    tar -cf - -T - 2>/dev/null | tar -xf - -C "$target/system"

python3 - "$target" <<'PYTHON'
import json, os, random, sys

target = sys.argv[1]
generator = random.Random(7)
# A float32 is its last byte's sign and exponent, which vary little in trained weights, and a mantissa, which is noise.
exponents = bytes(generator.choice([0x3B, 0x3C, 0x3C, 0x3D, 0x3D, 0xBB, 0xBC, 0xBC, 0xBD, 0xBD]) for _ in range(256))

def weights(path, megabytes):
    with open(path, "wb") as file:
        for _ in range(megabytes):
            block = bytearray(1_000_000)
            for byte in range(3):
                block[byte::4] = generator.randbytes(250_000)
            block[3::4] = generator.randbytes(250_000).translate(exponents)
            file.write(block)

os.makedirs(f"{target}/weights")
weights(f"{target}/weights/large.f32", 1000)
for number in range(40):
    weights(f"{target}/weights/layer-{number:02}.f32", 20)
for number in range(30_000):
    folder = f"{target}/records/{number // 500:02}"
    os.makedirs(folder, exist_ok=True)
    with open(f"{folder}/{number}.json", "w") as file:
        json.dump({"ring": number, "nm": 1550 + generator.random(), "drift": [generator.random() for _ in range(20)]}, file)
PYTHON
