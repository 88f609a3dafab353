#!/usr/bin/env bash
# Measures the anonymous memory of captures, and fails where it grows with what the objects of a cluster hold:
#
#   bash Tests/Memory/cluster.sh [--long]
#
# Of some objects, of four times as many, and of more with 60 KB in each. Short: 1 000, 4 000 and 500 more; long: 4 000, 16 000 and 2 000 more.
# (Names and digests of all objects are held, and those of the files that say who owns their fields: some 2 KiB for each of the two.)
set -euo pipefail
cd "$(dirname "$0")/../.."

rekindle=${REKINDLE:-$(swift build -c release --static-swift-stdlib --show-bin-path)/rekindle}
limit=$((128 << 10))
# What is on its way takes 14 to 28 MiB, as the threads fall. The texts alone, if they were held, would take as much more as there is of them.
growth=$((40 << 10))
some=1000 more=500
if [ "${1:-}" = --long ]; then some=4000 more=2000; fi
all=$((4 * some + more))

work=$(mktemp -d -p "$([ -d /dev/shm ] && echo /dev/shm || echo /tmp)" rekindle-memory.XXXXXX)
# shellcheck disable=SC2317 # called by the trap
finish() {
    bash Tests/Support/cluster.sh stop "$work/cluster" || true
    rm -rf "$work"
}
trap finish EXIT
mkdir "$work/cache"
KUBEBUILDER_ASSETS=$(bash Tests/Support/kubernetes.sh)
export KUBEBUILDER_ASSETS XDG_CACHE_HOME=$work/cache
# shellcheck source=Tests/Memory/watch.sh
. Tests/Memory/watch.sh

bash Tests/Support/cluster.sh start "$work/cluster"
"$rekindle" init "$work/vault" >/dev/null
recipient=$("$rekindle" keygen -o "$work/key" 2>/dev/null)
printf '%s\n' 'version: 1' 'name: memory' "vault: $work/vault" 'manifests:' "  cluster: {kubeconfig: $work/cluster/kubeconfig}" \
    "  recipients: [$recipient]" >"$work/policy.yaml"

capture() { # FIRST LAST BYTES WHAT: with these objects more in the cluster
    python3 Tests/Support/objects.py "$work/objects-$1" "$1" "$2" "$3"
    printf '%s\n' 'version: 1' "name: objects-$1" "vault: $work/vault" 'manifests:' "  directory: $work/objects-$1" >"$work/$1.yaml"
    "$rekindle" backup --quiet --policy "$work/$1.yaml" >/dev/null 2>&1
    "$rekindle" restore latest --quiet --policy "$work/$1.yaml" --cluster --kubeconfig "$work/cluster/kubeconfig" --wait 0 >/dev/null
    what=$4
    watch backup --policy "$work/policy.yaml"
}

capture 1 $some 600 "$some objects"
few=$most
capture $((some + 1)) $((4 * some)) 600 "$((4 * some)) objects"
many=$most
[ $((many - few)) -le $((3 * some * 8)) ] || { echo "more than 8 KiB for each object" >&2; failed=1; }
capture $((4 * some + 1)) $all 60000 "and 60 KB in each of $more more"
# What is on its way, and not what they hold together.
[ $((most - many)) -le $growth ] || { echo "$(((most - many) >> 10)) MiB more for $((more * 60 / 1000)) MB" >&2; failed=1; }
exit "$failed"
