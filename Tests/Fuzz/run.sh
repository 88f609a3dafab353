#!/usr/bin/env bash
# Feeds every parser with made-up input: `bash Tests/Fuzz/run.sh [--libfuzzer] [SECONDS] [TARGET…]`; 60 seconds each by default.
# libFuzzer looks where the input leads, and needs a build of its own; without it, the seeds and what a few mutations make of them are fed.
set -euo pipefail
cd "$(dirname "$0")/../.."

fuzzer=plain
if [ "${1:-}" = --libfuzzer ]; then
    fuzzer=libfuzzer
    shift
fi
seconds=${1:-60}
[ $# -eq 0 ] || shift
targets=("$@")
[ ${#targets[@]} -gt 0 ] || mapfile -t targets < <(sed -n 's/^    "\([a-z-]*\)": { bytes.*/\1/p' Tests/Fuzz/FuzzTargets.swift)

export REKINDLE_FUZZ=$fuzzer
build=(swift build --product fuzz)
[ "$fuzzer" = plain ] || build+=(--sanitize fuzzer --scratch-path .build-fuzz)
"${build[@]}" 2>&1 | tail -n 1
fuzz=$("${build[@]}" --show-bin-path)/fuzz

seeds=$(mktemp -d)
trap 'rm -rf "$seeds" /dev/shm/rekindle-fuzz-*' EXIT
mkdir "$seeds/json" "$seeds/list" "$seeds/kubeconfig" "$seeds/age"
printf '{"kind":"List","metadata":{"continue":"x"},"items":[{"a":[1,-2.5e3,true,null,"\\u00e9\\n"]},{}]}' | tee "$seeds/json/a" > "$seeds/list/a"
printf 'age-encryption.org/v1\n-> X25519 %043d\n%043d\n--- %043d\n' 0 0 0 > "$seeds/age/a"
printf 'kind: Service\ncurrent-context: c\nclusters: [{name: c, cluster: {server: "https://a"}}]\nusers: [{name: u, user: {exec: {command: x, apiVersion: v1}}}]\ncontexts: [{name: c, context: {cluster: c, user: u}}]\n' > "$seeds/kubeconfig/a"
mkdir "$seeds/policy" "$seeds/manifest" "$seeds/mtree" "$seeds/header" "$seeds/record"
cp policies/photon-neuro.yaml "$seeds/policy/"
mkdir "$seeds/suite" "$seeds/data"
cp policies/*.suite.yaml "$seeds/suite/"
find fixtures/photon-neuro/sdk -type f -size -12k -exec cp --backup=numbered -t "$seeds/data" {} +
cp fixtures/photon-neuro/kubernetes/*.yaml "$seeds/manifest/"
printf '#mtree\n#: rekindle tree 1\n./d type=dir uid=0 gid=0 mode=0755 time=1.000000001\n#: xattr user.k=v\n#: data 0+4096\n./d/f type=file uid=0 gid=0 mode=0644 time=-1.000000000 size=5000 sha256digest=%064d contents=files/%064d tags=ctime:1.000000000,inode:7,unstable\n' 1 2 > "$seeds/mtree/tree"
mkdir "$seeds/frame" "$seeds/member" "$seeds/index" "$seeds/recipe" "$seeds/vis" "$seeds/time" "$seeds/glob" "$seeds/path"
printf '%064d 4096\n%064d 17\n' 1 2 >"$seeds/recipe/a"
printf 'a\\040b\\\\c\\303\\244' >"$seeds/vis/a"
printf '2026-11-24T05:00:07.359Z' >"$seeds/time/a"
printf '**/{a,b*}/[!c-e]?.tmp\0x/b1/f2.tmp' >"$seeds/glob/a"
printf 'data/mesh/phases.npy' >"$seeds/path/a"
for vault in fixtures/vaults/golden*; do
    cp "$vault/vault/VAULT" "$seeds/header/"
    cp "$vault"/vault/snapshots/* "$seeds/record/"
    for pack in "$vault"/vault/packs/*/*; do
        cp "$pack" "$seeds/frame/"
        zstd -dqc "$pack" >"$seeds/member/$(basename "$pack")"
    done
    for index in "$vault"/vault/indexes/*; do zstd -dqc "$index" >"$seeds/index/$(basename "$index")"; done
done
feed() { # TARGET
    if [ "$fuzzer" = libfuzzer ]; then
        set -- "$fuzz" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -artifact_prefix="$found/" -verbosity=0 -print_final_stats=1 "$seeds/$1"
    else
        set -- "$fuzz" "$seconds" "$found/last" "$seeds/$1"/*
    fi
    "$@" >"$seeds/log" 2>&1
}

found=.build/fuzz-found
mkdir -p "$found"
for target in "${targets[@]}"; do
    mkdir -p "$seeds/$target"
    [ -n "$(ls -A "$seeds/$target")" ] || printf 'a' >"$seeds/$target/a"
    echo "== $target"
    FUZZ_TARGET=$target feed "$target" || {
        tail -n 20 "$seeds/log" >&2
        echo "$target: the input that does it is in $found" >&2
        exit 1
    }
    grep -E 'number_of_executed_units|inputs$' "$seeds/log"
done
