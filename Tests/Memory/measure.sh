#!/usr/bin/env bash
# Measures the anonymous memory of rekindle (what it allocates; mapped files are the kernel's) and fails above 128 MiB.
#
#   bash Tests/Memory/measure.sh [--long]
#
# Short: 50 000 small files, an index of 500 000 blobs. Long: 1 000 000 small files, an index of 20 000 000 blobs. Both: 64 processors, files with names
# elsewhere, a file of 5 GiB.
set -euo pipefail
cd "$(dirname "$0")/../.."

files=50000 blobs=500000
if [ "${1:-}" = --long ]; then files=1000000 blobs=20000000; fi
rekindle=${REKINDLE:-$(swift build -c release --static-swift-stdlib --show-bin-path)/rekindle}
limit=$((128 << 10))

work=$(mktemp -d -p "$([ -d /dev/shm ] && echo /dev/shm || echo /tmp)" rekindle-memory.XXXXXX)
trap 'rm -rf "$work"' EXIT
mkdir "$work/cache"
export XDG_CACHE_HOME=$work/cache
# shellcheck source=Tests/Memory/watch.sh
. Tests/Memory/watch.sh

what="$files files"
python3 - "$work/files" "$files" <<'PYTHON'
import os, sys
root, count = sys.argv[1], int(sys.argv[2])
for number in range(count):
    if number % 1000 == 0:
        os.makedirs(f"{root}/{number // 1000:04}")
    with open(f"{root}/{number // 1000:04}/{number % 1000:03}.json", "w") as file:
        file.write('{"ring": %d, "drift": %d}' % (number, number * 7919 % 1000003))
PYTHON
"$rekindle" init "$work/vault" >/dev/null
watch backup --vault "$work/vault" "$work/files"
watch backup --vault "$work/vault" "$work/files"
watch verify --vault "$work/vault"
watch verify --deep --vault "$work/vault"
watch restore latest --vault "$work/vault" --target "$work/back"
rm -rf "$work/back" "$work/files/0"*

# What each thread has in hand, with many threads.
export REKINDLE_PROCESSORS=64
what="64 processors"
python3 - "$work/many" <<'PYTHON'
import os, random, sys
root, generator = sys.argv[1], random.Random(3)
os.makedirs(root)
for number in range(40):
    block = bytearray(generator.randbytes(12_000_000))
    block[::3] = bytes(len(block[::3]))
    with open(f"{root}/{number}", "wb") as file:
        file.write(block)
PYTHON
watch backup --vault "$work/vault" "$work/many"
watch verify --deep --vault "$work/vault"
watch restore latest --vault "$work/vault" --target "$work/back"
watch export latest --vault "$work/vault" -o "$work/many.tar.zst"
unset REKINDLE_PROCESSORS
rm -rf "$work/back" "$work/many" "$work/many.tar.zst"

# Each could have its other name still to come; kept in memory they would be 110 MiB.
what="150 000 files with a name elsewhere"
python3 - "$work/named" "$work/elsewhere" <<'PYTHON'
import os, sys
root, elsewhere = sys.argv[1:]
os.makedirs(elsewhere)
for number in range(300):
    os.makedirs(f"{root}/{number:03}")
for number in range(150_000):
    path = f"{root}/{number % 300:03}/a-rather-long-name-as-layers-have-them-{number}"
    with open(path, "w") as file:
        file.write(str(number % 50))
    os.link(path, f"{elsewhere}/{number}")
PYTHON
(limit=$((85 << 10)); watch backup --vault "$work/vault" "$work/named"; exit "$failed") || failed=1
rm -rf "$work/named" "$work/elsewhere"

what="a file of 5 GiB"
mkdir "$work/huge"
truncate -s 5G "$work/huge/file"
printf 'beyond four gibibytes' | dd of="$work/huge/file" bs=1 seek=$((4 << 30)) conv=notrunc status=none
printf 'the end' >> "$work/huge/file"
watch backup --vault "$work/vault" "$work/huge"
watch restore latest --vault "$work/vault" --target "$work/back"
cmp "$work/huge/file" "$work/back/huge/file" || failed=1
rm -rf "$work/back" "$work/huge"

# A vault that says it has so many blobs: its indexes name packs that are not there, which a backup and a listing do not mind.
what="$blobs blobs"
python3 - "$work/vault/indexes" "$blobs" <<'PYTHON'
import hashlib, os, random, subprocess, sys
folder, count = sys.argv[1], int(sys.argv[2])
generator = random.Random(1)
for start in range(0, count, 80_000):
    lines = []
    for number in range(start, min(count, start + 80_000)):
        if number % 20_000 == 0:
            pack = generator.randbytes(32).hex()
        lines.append(f"{generator.randbytes(32).hex()}\t{pack}\t{number % 20_000 // 4 * 600_000}\t600000\t2099200\t{512 + number % 4 * 524_800}\t524288\n")
    # The size must stand in the frame, which zstd leaves out when it reads from a pipe.
    path = f"{folder}/text"
    with open(path, "w") as file:
        file.write("".join(lines))
    subprocess.run(["zstd", "-q", "-1", "--rm", path, "-o", f"{path}.zst"], check=True)
    with open(f"{path}.zst", "rb") as file:
        digest = hashlib.sha256(file.read()).hexdigest()
    os.rename(f"{path}.zst", f"{folder}/{digest}.tsv.zst")
PYTHON
mkdir -p "$work/few"
echo hello > "$work/few/file"
watch backup --vault "$work/vault" "$work/few"
watch ls latest --vault "$work/vault"
watch restore latest --vault "$work/vault" --target "$work/back"
exit "$failed"
