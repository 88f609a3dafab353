"""Writes manifests of what clusters hold most of, without what a controller would answer with more objects.

objects.py DIRECTORY FIRST LAST [BYTES]: the objects of these numbers, one file each, with so many bytes (600) where there is data in
them. The same numbers make the same objects.
"""

import base64
import json
import os
import random
import sys

directory, first, last = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
size = int(sys.argv[4]) if len(sys.argv) > 4 else 600
os.makedirs(directory, exist_ok=True)
for number in range(first, last + 1):
    namespace, name = f"team-{number % 20}", f"object-{number}"
    metadata = {"name": name, "namespace": namespace, "labels": {"app": f"app-{number % 300}", "tier": "web"}}
    text = base64.b64encode(random.Random(number).randbytes(size)).decode()
    kind = number % 10
    if kind < 5:
        manifest = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"settings.toml": text, "number": str(number)}}
    elif kind < 7:
        manifest = {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "type": "Opaque", "data": {"key": text}}
    elif kind == 7:
        port = {"name": "http", "port": 80, "protocol": "TCP", "targetPort": 8080}
        manifest = {"apiVersion": "v1", "kind": "Service", "metadata": metadata,
                    "spec": {"selector": {"app": name}, "clusterIP": "None", "ports": [port]}}
    elif kind == 8:
        rules = [{"apiGroups": [""], "resources": ["configmaps", "secrets"], "verbs": ["get", "list", "watch"]}]
        manifest = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": metadata, "rules": rules}
    else:
        manifest = {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": metadata,
                    "spec": {"podSelector": {"matchLabels": {"app": name}}, "policyTypes": ["Ingress"], "ingress": [{}]}}
    with open(f"{directory}/{name}.json", "w", encoding="utf-8") as file:
        json.dump(manifest, file)
