#!/usr/bin/env bash
# Measures restore into a cluster and capture of it, beside kubectl on the same server, and prints a table.
#
#   bash Tests/Benchmark/cluster.sh [OBJECTS]      10 000 by default; half of them are restored in the measured run
#
# The server is the tests' own (Tests/Support/cluster.sh): kube-apiserver and etcd on the same two cores as the client.
set -euo pipefail
cd "$(dirname "$0")/../.."

objects=${1:-10000}
bash Tests/install.sh
swift build -c release --static-swift-stdlib --product rekindle >&2
rekindle=$(swift build -c release --static-swift-stdlib --show-bin-path)/rekindle
command -v /usr/bin/time >/dev/null || { echo "cluster.sh: apt-get install time" >&2; exit 1; }

KUBEBUILDER_ASSETS=$(bash Tests/Support/kubernetes.sh)
export KUBEBUILDER_ASSETS
work=$(mktemp -d -p "$([ -d /dev/shm ] && echo /dev/shm || echo /tmp)" rekindle-cluster.XXXXXX)
finish() {
    for cluster in first second; do bash Tests/Support/cluster.sh stop "$work/$cluster" || true; done
    rm -rf "$work"
}
trap finish EXIT
mkdir "$work/cache"
export XDG_CACHE_HOME=$work/cache

python3 Tests/Support/objects.py "$work/one" 0 $((objects / 2 - 1))
python3 Tests/Support/objects.py "$work/two" $((objects / 2)) $((objects - 1))

measure() { # NAME COMMAND…
    /usr/bin/time -o "$work/time" -f '%e %M' "${@:2}" >"$work/output" 2>"$work/messages" || { cat "$work/messages" >&2; exit 1; }
    read -r seconds kilobytes <"$work/time"
    printf '| %s | %s s | %s MiB |\n' "$1" "$seconds" "$((kilobytes >> 10))" | tee -a "$work/table" >&2
}

"$rekindle" init "$work/vault" >/dev/null
recipient=$("$rekindle" keygen -o "$work/key" 2>/dev/null)
policy() { # NAME SOURCE
    printf '%s\n' 'version: 1' "name: $1" "vault: $work/vault" 'manifests:' "  $2" "  recipients: [$recipient]" >"$work/$1.yaml"
}
policy one "directory: $work/one"
policy two "directory: $work/two"
policy cluster "cluster: {kubeconfig: $work/first/kubeconfig, kinds: [configmaps, secrets, services, roles, networkpolicies, namespaces]}"
for half in one two; do "$rekindle" backup --quiet --policy "$work/$half.yaml" >/dev/null 2>&1; done

bash Tests/Support/cluster.sh start "$work/first"
restore=("$rekindle" restore latest --cluster --kubeconfig "$work/first/kubeconfig" --identity "$work/key" --wait 0)
measure "restore of $((objects / 2)) objects into an empty cluster" "${restore[@]}" --policy "$work/one.yaml"
measure "once more: all of them unchanged" "${restore[@]}" --policy "$work/one.yaml"
"${restore[@]}" --policy "$work/two.yaml" >/dev/null 2>&1

kinds=configmaps,secrets,services,roles,networkpolicies,namespaces
get=(kubectl --kubeconfig "$work/first/kubeconfig" get "$kinds" -A -o yaml)
"${get[@]}" >/dev/null
measure "capture of $objects objects: kubectl get -A -o yaml" "${get[@]}"
measure "capture of $objects objects: rekindle backup, the first" "$rekindle" backup --policy "$work/cluster.yaml"
measure "capture of $objects objects: rekindle backup, unchanged" "$rekindle" backup --policy "$work/cluster.yaml"

history() { du -sb "$work"/cache/rekindle/*/cluster/manifests.git | cut -f1; }
before=$(history)
python3 - "$work" "$objects" <<'PYTHON' | kubectl --kubeconfig "$work/first/kubeconfig" apply -f - >/dev/null 2>&1
import json, sys
root, count = sys.argv[1], int(sys.argv[2])
for number in range(0, count // 2, 50):
    with open(f"{root}/one/object-{number}.json", encoding="utf-8") as file: manifest = json.load(file)
    manifest["data"]["number"] = "changed"
    print(json.dumps(manifest))
PYTHON
measure "capture of $objects objects: rekindle backup, 1 % changed" "$rekindle" backup --policy "$work/cluster.yaml"
printf 'history: %s KiB for all, %s KiB more for 1 %% changed objects; %s\n' "$((before >> 10))" "$((($(history) - before) >> 10))" "$(tail -n 1 "$work/output")" | tee -a "$work/note" >&2

bash Tests/Support/cluster.sh stop "$work/first"
bash Tests/Support/cluster.sh start "$work/second"
seq 0 19 | sed 's/.*/{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"team-&"}}/' | kubectl --kubeconfig "$work/second/kubeconfig" create -f - >/dev/null
measure "the same $((objects / 2)) objects: kubectl apply --server-side" kubectl --kubeconfig "$work/second/kubeconfig" apply --server-side -f "$work/one"

echo
printf '| | time | peak memory |\n|---|---|---|\n'
cat "$work/table"
echo
cat "$work/note"
