#!/usr/bin/env bash
# Feeds every parser with made-up input: `bash Tests/Fuzz/run.sh [SECONDS] [TARGET…]`; 60 seconds each by default.
set -euo pipefail
cd "$(dirname "$0")/../.."

seconds=${1:-60}
[ $# -eq 0 ] || shift
targets=("$@")
[ ${#targets[@]} -gt 0 ] || mapfile -t targets < <(sed -n 's/^    "\([a-z-]*\)": { bytes.*/\1/p' Tests/Fuzz/FuzzTargets.swift)

export REKINDLE_FUZZ=1
build=(swift build --product fuzz --sanitize fuzzer --scratch-path .build-fuzz)
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
for vault in fixtures/vaults/golden*; do
    [ -d "$vault" ] || continue
    cp "$vault/vault/VAULT" "$seeds/header/"
    cp "$vault"/vault/snapshots/* "$seeds/record/"
done
for target in "${targets[@]}"; do
    mkdir -p "$seeds/$target"
    echo "== $target"
    FUZZ_TARGET=$target "$fuzz" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -artifact_prefix=.build-fuzz/ -verbosity=0 -print_final_stats=1 \
        "$seeds/$target" > "$seeds/log" 2>&1 || {
        tail -n 20 "$seeds/log" >&2
        echo "$target: the input that does it is in .build-fuzz" >&2
        exit 1
    }
    grep number_of_executed_units "$seeds/log"
done
