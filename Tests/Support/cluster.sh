#!/usr/bin/env bash
# Starts and stops a real API server for the tests, on loopback, with throw-away certificates and tokens.
#
#   cluster.sh start DIR [API-SERVER-FLAG…]   etcd, kube-apiserver and kube-controller-manager; DIR/kubeconfig leads there
#   cluster.sh kill DIR PROGRAM               ends one of them as a crash would
#   cluster.sh again DIR PROGRAM              starts it once more, as it was
#   cluster.sh stop DIR
#
# There is no kubelet: pods stay Pending until a test says otherwise. The contexts of the kubeconfig: admin (a client certificate),
# token, reader (may read everything but secrets), nobody (may do nothing), expired (a certificate of the past).
set -euo pipefail
export PATH=$PATH:/usr/sbin
here=$(cd "$(dirname "$0")" && pwd)
verb=${1:?start, kill, again or stop}
dir=${2:?a directory}
shift 2

launch() {
    bash "$here/detached.sh" "${@:2}" >>"$dir/$1.log" 2>&1 &
    echo $! >"$dir/$1.pid"
}

again() { # PROGRAM
    local command=()
    mapfile -d '' command <"$dir/$1.command"
    launch "$1" "${command[@]}"
}

start() { # PROGRAM COMMAND…
    printf '%s\0' "${@:2}" >"$dir/$1.command"
    again "$1"
}

wait_for() { # PROGRAM COMMAND…
    local name=$1
    for _ in $(seq 600); do
        if "${@:2}" >/dev/null 2>&1; then return; fi
        kill -0 "$(cat "$dir/$name.pid")" 2>/dev/null || break
        sleep 0.1
    done
    echo "cluster.sh: $name did not start:" >&2
    tail -n 20 "$dir/$name.log" >&2
    exit 1
}

end() { # SIGNAL PROGRAM
    local pid
    pid=$(cat "$dir/$2.pid" 2>/dev/null) || return 0
    kill "-$1" "$pid" 2>/dev/null || true
    for _ in $(seq 100); do
        # Where nobody buries the dead, a process that has ended is a zombie.
        grep -q '^State:[[:space:]]*[^ZX]' "/proc/$pid/status" 2>/dev/null || return 0
        sleep 0.05
    done
    kill -KILL "$pid" 2>/dev/null || true
}

free_ports() {
    python3 -c '
import socket, sys
sockets = [socket.socket() for _ in range(int(sys.argv[1]))]
for s in sockets: s.bind(("127.0.0.1", 0))
print(*(s.getsockname()[1] for s in sockets))' "$1"
}

# CERTIFICATE SUBJECT [OPENSSL-X509-OPTION…]
certificate() {
    local name=$1 subject=$2
    shift 2
    openssl ecparam -name prime256v1 -genkey -noout -out "$dir/$name.key" 2>/dev/null
    openssl req -new -key "$dir/$name.key" -subj "$subject" -out "$dir/$name.csr"
    openssl x509 -req -in "$dir/$name.csr" -CA "$dir/ca.crt" -CAkey "$dir/ca.key" -CAcreateserial -out "$dir/$name.crt" "$@" 2>/dev/null
}

certificates() {
    openssl ecparam -name prime256v1 -genkey -noout -out "$dir/ca.key" 2>/dev/null
    openssl req -x509 -new -key "$dir/ca.key" -subj /CN=test-ca -days 30 -out "$dir/ca.crt"
    printf 'subjectAltName=IP:127.0.0.1,DNS:localhost,DNS:kubernetes.test\n' >"$dir/san"
    certificate server /CN=kube-apiserver -days 30 -extfile "$dir/san"
    certificate admin /O=system:masters/CN=admin -days 30
    # Ended the moment it was made: `-days 0` is the least that openssl takes.
    certificate expired /O=system:masters/CN=admin -days 0
    openssl genrsa -out "$dir/sa.key" 2048 2>/dev/null
    cat >"$dir/tokens.csv" <<TOKENS
admin-token,token-admin,1,"system:masters"
reader-token,reader,2
nobody-token,nobody,3
TOKENS
}

kubeconfig() { # PORT
    cat >"$dir/kubeconfig" <<CONFIG
apiVersion: v1
kind: Config
current-context: admin
clusters:
- {name: test, cluster: {server: "https://127.0.0.1:$1", certificate-authority: ca.crt}}
users:
- {name: admin, user: {client-certificate: admin.crt, client-key: admin.key}}
- {name: expired, user: {client-certificate: expired.crt, client-key: expired.key}}
- {name: token, user: {token: admin-token}}
- {name: reader, user: {token: reader-token}}
- {name: nobody, user: {token: nobody-token}}
contexts:
- {name: admin, context: {cluster: test, user: admin}}
- {name: expired, context: {cluster: test, user: expired}}
- {name: token, context: {cluster: test, user: token}}
- {name: reader, context: {cluster: test, user: reader}}
- {name: nobody, context: {cluster: test, user: nobody}}
CONFIG
}

case $verb in
start)
    assets=$(bash "$here/kubernetes.sh")
    mkdir -p "$dir"
    dir=$(cd "$dir" && pwd)
    certificates
    read -r etcd peer secure controller _ < <(free_ports 4)
    kubeconfig "$secure"
    start etcd "$assets/etcd" --data-dir "$dir/etcd" --listen-client-urls "http://127.0.0.1:$etcd" \
        --advertise-client-urls "http://127.0.0.1:$etcd" --listen-peer-urls "http://127.0.0.1:$peer" --unsafe-no-fsync --log-level error
    # Until 1.23 there was a port without TLS as well.
    old=()
    if "$assets/kube-apiserver" --insecure-port 0 --version >/dev/null 2>&1; then old=(0); fi
    start kube-apiserver "$assets/kube-apiserver" --etcd-servers "http://127.0.0.1:$etcd" --bind-address 127.0.0.1 --secure-port "$secure" \
        ${old:+--insecure-port 0} --cert-dir "$dir/run" --tls-cert-file "$dir/server.crt" --tls-private-key-file "$dir/server.key" \
        --client-ca-file "$dir/ca.crt" --token-auth-file "$dir/tokens.csv" --authorization-mode RBAC --allow-privileged \
        --service-cluster-ip-range 10.0.0.0/16 --service-account-issuer https://kubernetes.test \
        --service-account-key-file "$dir/sa.key" --service-account-signing-key-file "$dir/sa.key" "$@"
    wait_for kube-apiserver curl -fsS --cacert "$dir/ca.crt" --cert "$dir/admin.crt" --key "$dir/admin.key" "https://127.0.0.1:$secure/readyz"
    if [ -x "$assets/kube-controller-manager" ]; then
        start kube-controller-manager "$assets/kube-controller-manager" --kubeconfig "$dir/kubeconfig" --bind-address 127.0.0.1 \
            --secure-port "$controller" ${old:+--port 0} --cert-dir "$dir/run" --service-account-private-key-file "$dir/sa.key" \
            --root-ca-file "$dir/ca.crt" --leader-elect=false --use-service-account-credentials=false --kube-api-qps 500 --kube-api-burst 1000 \
            --pvclaimbinder-sync-period 1s
        # Accounts are what pods wait for.
        wait_for kube-controller-manager curl -fsS --cacert "$dir/ca.crt" --cert "$dir/admin.crt" --key "$dir/admin.key" \
            "https://127.0.0.1:$secure/api/v1/namespaces/default/serviceaccounts/default"
    fi
    ;;
kill) end KILL "$1" ;;
again)
    again "$1"
    if [ "$1" = kube-apiserver ]; then
        server=$(sed -n 's/.*server: "\([^"]*\)".*/\1/p' "$dir/kubeconfig")
        wait_for kube-apiserver curl -fsS --cacert "$dir/ca.crt" --cert "$dir/admin.crt" --key "$dir/admin.key" "$server/readyz"
    fi
    ;;
stop)
    for program in kube-controller-manager kube-apiserver etcd; do end KILL "$program"; done
    ;;
*)
    echo "cluster.sh: unknown verb $verb" >&2
    exit 2
    ;;
esac
