#!/usr/bin/env bash
# Prints the example application's manifests as a server of Kubernetes 1.20 takes them: newer versions of an API become older ones.
set -euo pipefail
cd "$(dirname "$0")/../../fixtures/photon-neuro/kubernetes"
for file in *.yaml; do
    echo ---
    sed -e 's#^apiVersion: autoscaling/v2$#apiVersion: autoscaling/v2beta2#' -e 's#^apiVersion: policy/v1$#apiVersion: policy/v1beta1#' \
        -e 's#^apiVersion: batch/v1$#apiVersion: batch/v1beta1#' -e '/^  timeZone:/d' "$file"
done
