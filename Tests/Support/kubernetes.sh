#!/usr/bin/env bash
# Makes a real API server for the tests: Debian's etcd, and kube-apiserver and kube-controller-manager built once from Debian's own
# source package (some six minutes on two cores), into a cache folder outside the checkout. Prints the folder that holds the programs.
#
# KUBEBUILDER_ASSETS, as envtest uses it, names a folder with other binaries of these names: nothing is built then.
set -euo pipefail

programs=(etcd kube-apiserver kube-controller-manager)
if [ -n "${KUBEBUILDER_ASSETS:-}" ]; then
    # Without the controllers no namespace gets the account that pods wait for, and none ever goes.
    for program in "${programs[@]}"; do
        [ -x "$KUBEBUILDER_ASSETS/$program" ] || { echo "kubernetes.sh: KUBEBUILDER_ASSETS has no $program: $KUBEBUILDER_ASSETS" >&2; exit 1; }
    done
    echo "$KUBEBUILDER_ASSETS"
    exit
fi

cache=${REKINDLE_TEST_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/rekindle-tests}
assets=$cache/kubernetes-2
for program in "${programs[@]}"; do
    [ -x "$assets/$program" ] || missing=1
done
if [ -z "${missing:-}" ]; then
    echo "$assets"
    exit
fi

mkdir -p "$cache"
work=$(mktemp -d "$cache/building.XXXXXX")
trap 'chmod -R u+w "$work" && rm -rf "$work"' EXIT

# The source packages of the same releases that the machine takes its packages from, without touching its own lists.
fetch_source() {
    mkdir -p "$work/sources" "$work/lists/partial"
    for file in /etc/apt/sources.list.d/*.sources; do
        [ -e "$file" ] && sed 's/^Types:.*/Types: deb-src/' "$file" >"$work/sources/${file##*/}"
    done
    cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null | sed -n 's/^deb /deb-src /p' >"$work/sources/one-line.list"
    local options=(-o Dir::Etc::sourcelist=/dev/null -o "Dir::Etc::sourceparts=$work/sources" -o "Dir::State::lists=$work/lists")
    options+=(-o APT::Sandbox::User=root)
    apt-get -q "${options[@]}" update
    (cd "$work" && apt-get -q "${options[@]}" source --download-only kubernetes && dpkg-source -x kubernetes_*.dsc source)
    # Its own copy of reflect2 crashes when it is compiled by Go 1.18 or later.
    local reflect=source/vendor/github.com/modern-go/reflect2
    (cd "$work" && apt-get -q download golang-github-modern-go-reflect2-dev && dpkg-deb -x golang-github-modern-go-reflect2-dev_*.deb reflect)
    rm "$work/$reflect"/*
    cp "$work"/reflect/usr/share/gocode/src/github.com/modern-go/reflect2/*.[gs]* "$work/$reflect"
}

# One file describes every API type; it is generated, not part of the source.
generate_openapi() {
    local packages
    packages=$(
        grep --include='*.go' --exclude='zz_generated*' --exclude-dir=_examples --exclude-dir=testdata -rl '+k8s:openapi-gen=' \
            staging/src/k8s.io pkg cmd plugin | xargs -n1 dirname | sort -u | grep -v sample-apiserver |
            sed 's#^staging/src/##; s#^\(pkg\|cmd\|plugin\)/#k8s.io/kubernetes/\1/#' | paste -sd,
    )
    go build -o "$work/openapi-gen" ./vendor/k8s.io/kube-openapi/cmd/openapi-gen
    "$work/openapi-gen" --logtostderr -v 0 -i "$packages" -p k8s.io/kubernetes/pkg/generated/openapi -O zz_generated.openapi \
        -h hack/boilerplate/boilerplate.generatego.txt -r "$work/violations"
}

build() {
    fetch_source
    export GOPATH=$work/go GOCACHE=$work/cache GO111MODULE=off CGO_ENABLED=0 GOFLAGS=''
    mkdir -p "$GOPATH/src/k8s.io"
    ln -s "$work/source" "$GOPATH/src/k8s.io/kubernetes"
    cd "$GOPATH/src/k8s.io/kubernetes"
    generate_openapi
    mkdir "$work/programs"
    go build -ldflags "-s -w" -o "$work/programs/" ./cmd/kube-apiserver ./cmd/kube-controller-manager
    cp "$(command -v etcd)" "$work/programs/"
}

echo "building kube-apiserver and kube-controller-manager for the tests, once: some six minutes" >&2
(build) >"$cache/kubernetes-build.log" 2>&1 || {
    tail -n 20 "$cache/kubernetes-build.log" >&2
    echo "kubernetes.sh: the build failed: $cache/kubernetes-build.log; KUBEBUILDER_ASSETS may name other binaries" >&2
    exit 1
}
# Another run may have been faster.
[ -d "$assets" ] || mv -T "$work/programs" "$assets"
echo "$assets"
