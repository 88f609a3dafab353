#!/usr/bin/env bash
# Installs what a Debian 12 machine lacks for building and testing. Nothing is done when nothing is missing.
set -euo pipefail
cd "$(dirname "$0")/.."

command -v swift >/dev/null || { echo "install.sh: a Swift 6.2 toolchain or later must be on the PATH: swift.org/install" >&2; exit 1; }
packages=(
    libarchive-dev libzstd-dev libgit2-dev      # what Rekindle is built on
    git zstd libarchive-tools age openssh-server # to check its formats with other programs
    golang-go etcd-server dpkg-dev openssl curl # to make an API server from source: Tests/Support/kubernetes.sh
    chromium chromium-driver fonts-dejavu-core  # to look at reports: Tests/Support/browser.py
    exfat-fuse exfatprogs                       # a file system that takes names for one that differ in case
    acl attr shellcheck python3 python3-venv procps util-linux
)
command -v kubectl >/dev/null || packages+=(kubernetes-client)
bash fixtures/install.sh "${packages[@]}"
