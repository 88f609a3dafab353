#!/usr/bin/env bash
# Runs rekindle, restic, borg and `tar | zstd -3 -T2` side by side on one corpus, all in memory, and prints one table.
#
#   bash Tests/Benchmark/compare.sh [ROUNDS]       3 rounds by default; the median counts
#
# Needs some 16 GB in /dev/shm. Compression is zstd level 3 for all, encryption off where a tool lets one.
set -euo pipefail
cd "$(dirname "$0")/../.."

rounds=${1:-3}
bash Tests/install.sh
for package in restic borgbackup time; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || {
        as_root=()
        [ "$(id -u)" -eq 0 ] || as_root=(sudo)
        DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq --no-install-recommends "$package" >/dev/null
    }
done
swift build -c release --static-swift-stdlib --product rekindle >&2
rekindle=$(swift build -c release --static-swift-stdlib --show-bin-path)/rekindle

# shellcheck source=Tests/Benchmark/changes.sh
. Tests/Benchmark/changes.sh
work=/dev/shm/rekindle-benchmark
corpus=$work/corpus
rm -rf "$work"
mkdir -p "$work/cache"
trap 'rm -rf "$work"' EXIT
export XDG_CACHE_HOME=$work/cache RESTIC_PASSWORD=none RESTIC_COMPRESSION=auto BORG_PASSPHRASE='' BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK=yes
export BORG_RELOCATED_REPO_ACCESS_IS_OK=yes
echo "building the corpus" >&2
bash Tests/Benchmark/corpus.sh "$corpus"
sleep 2

# Takes memory from the machine and gives it back: on a virtual machine the first touch of a page costs many times what the next one
# does, and whoever runs first would pay for all.
warm() {
    head -c 5G /dev/zero > "$work/warm"
    rm "$work/warm"
}

# Runs a command of a tool for an operation and notes its seconds and its peak memory.
measure() {
    local tool=$1 operation=$2
    shift 2
    sync
    warm
    /usr/bin/time -o "$work/time" -f '%e %M' "$@" >/dev/null 2>"$work/messages" || { cat "$work/messages" >&2; exit 1; }
    echo "$tool $operation $(cat "$work/time")" | tee -a "$work/results" >&2
}

stored() { echo "$1 $2 $(du -sb "$work/$1" | cut -f1) 0" | tee -a "$work/results" >&2; }

backup() { # tool operation name
    case $1 in
    rekindle) measure rekindle "$2" "$rekindle" backup --quiet --vault "$work/rekindle" "$corpus" ;;
    restic) measure restic "$2" restic -q -r "$work/restic" backup "$corpus" ;;
    borg) measure borg "$2" borg create -C zstd,3 "$work/borg::$3" "$corpus" ;;
    tar) measure tar "$2" bash -c "tar -C $work -cf - corpus | zstd -q -3 -T2 -o $work/tar --force" ;;
    esac
}

fresh() {
    rm -rf "${work:?}/$1" "$work/back"
    case $1 in
    rekindle) "$rekindle" init "$work/rekindle" >/dev/null ;;
    restic) restic -q -r "$work/restic" init >/dev/null ;;
    borg) borg init -e none "$work/borg" 2>/dev/null ;;
    esac
}

for round in $(seq "$rounds"); do
    for tool in tar rekindle restic borg; do
        fresh "$tool"
        backup "$tool" full "full-$round"
        [ "$round" -lt "$rounds" ] || stored "$tool" stored
        [ "$tool" != tar ] || continue
        [ "$round" -eq "$rounds" ] || rm -rf "${work:?}/$tool"
    done
done
for round in $(seq "$rounds"); do for tool in rekindle restic borg; do backup "$tool" unchanged "unchanged-$round"; done; done
for round in $(seq "$rounds"); do
    change_files "$round"
    for tool in rekindle restic borg; do backup "$tool" changed "changed-$round"; done
done
for round in $(seq "$rounds"); do
    insert_byte
    for tool in rekindle restic borg; do
        before=$(du -sb "$work/$tool" | cut -f1)
        backup "$tool" inserted "inserted-$round"
        echo "$tool inserted-bytes $(($(du -sb "$work/$tool" | cut -f1) - before)) 0" >> "$work/results"
    done
done
for round in $(seq "$rounds"); do
    measure rekindle verify "$rekindle" verify --quiet --vault "$work/rekindle"
    measure rekindle deep "$rekindle" verify --deep --quiet --vault "$work/rekindle"
    measure restic verify restic -q -r "$work/restic" check --read-data
    measure borg verify borg check --verify-data "$work/borg"
done
for round in $(seq "$rounds"); do
    for tool in rekindle restic borg tar; do
        rm -rf "$work/back"
        mkdir "$work/back"
        case $tool in
        rekindle) measure rekindle restore "$rekindle" restore latest --quiet --vault "$work/rekindle" --target "$work/back" ;;
        restic) measure restic restore restic -q -r "$work/restic" restore latest --target "$work/back" ;;
        borg) measure borg restore bash -c "cd $work/back && borg extract $work/borg::inserted-$rounds" ;;
        tar) measure tar restore bash -c "zstd -qdc $work/tar | tar -C $work/back -xf -" ;;
        esac
        [ "$tool" = tar ] || diff -r "$corpus" "$(find "$work/back" -type d -name corpus | head -n 1)"
    done
done

python3 - "$work/results" "$rounds" <<'PYTHON'
import collections, os, statistics, sys

values, memory = collections.defaultdict(list), collections.defaultdict(int)
for line in open(sys.argv[1]):
    tool, operation, value, kilobytes = line.split()
    values[tool, operation].append(float(value))
    memory[tool] = max(memory[tool], int(kilobytes))
median = {key: statistics.median(list) for key, list in values.items()}

def seconds(tool, operation):
    return f"{median[tool, operation]:.2f} s" if (tool, operation) in median else "–"

def ratio(operation, tool, other=None):
    base = median.get((tool, other or operation))
    return f"{median['rekindle', operation] / base:.2f}" if base else "–"

model = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "?")
print(f"Machine: {model}, {os.cpu_count()} cores, everything in memory; medians of {sys.argv[2]} rounds.\n")
print("| | rekindle | restic | borg | tar \\| zstd -3 -T2 | to restic | to borg | to tar |")
print("|---|---|---|---|---|---|---|---|")
names = {"full": "full backup", "unchanged": "nothing changed", "changed": "1 % of the files changed",
         "inserted": "a byte inserted at the front of 1 GB", "verify": "read every stored byte", "restore": "restore"}
for operation, name in names.items():
    cells = [seconds(tool, operation) for tool in ("rekindle", "restic", "borg", "tar")]
    print(f"| {name} | " + " | ".join(cells + [ratio(operation, tool) for tool in ("restic", "borg", "tar")]) + " |")
print(f"| decode and compare everything | {seconds('rekindle', 'deep')} | {seconds('restic', 'verify')} | {seconds('borg', 'verify')} | – | "
      + f"{ratio('deep', 'restic', 'verify')} | {ratio('deep', 'borg', 'verify')} | – |")
for operation, name in (("stored", "stored"), ("inserted-bytes", "stored for the inserted byte")):
    cells = [f"{median[tool, operation] / 1e6:.1f} MB" if (tool, operation) in median else "–" for tool in ("rekindle", "restic", "borg", "tar")]
    print(f"| {name} | " + " | ".join(cells + [ratio(operation, tool) for tool in ("restic", "borg", "tar")]) + " |")
print("| peak memory (resident) | " + " | ".join(f"{memory[tool] / 1024:.0f} MiB" for tool in ("rekindle", "restic", "borg", "tar"))
      + " | " + " | ".join(f"{memory['rekindle'] / memory[tool]:.2f}" for tool in ("restic", "borg", "tar")) + " |")
PYTHON
