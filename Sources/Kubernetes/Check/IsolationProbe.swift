/// Asks from within a drill's namespaces for the application beside which they stand: whoever answers there could be hurt.
///
/// A network policy is taken by every API server and does nothing where no engine enforces it: only a connection that fails tells.
public struct IsolationProbe: Sendable {
    public struct Outcome: Sendable {
        public enum Verdict: String, Sendable, Codable {
            case isolated
            case open = "not isolated"
            case unknown = "not known"
        }

        public let verdict: Verdict
        /// The addresses that were tried: "photon-neuro/web at 10.0.0.7:80".
        public let targets: [String]
        /// In a sentence, how it is known, or why it is not.
        public let detail: String
    }

    /// Pods whose image the probe may use, with all that it takes to pull and run it.
    public struct Host: Sendable, Equatable {
        let namespace: String
        let pod: ManifestValue
        let container: ManifestValue
    }

    static let podName = "rekindle-probe"
    private static let interval = Duration.seconds(1)
    private static let hostsMax = 5

    private let client: APIClient
    /// The time limit for one pod: its image may have to be pulled.
    private let podTimeout: Duration

    public init(_ client: APIClient, podTimeout: Duration = .seconds(120)) {
        self.client = client
        self.podTimeout = podTimeout
    }

    /// - Parameters:
    ///   - hosts: what is about to run in the drill.
    ///   - live: the namespaces of the application that stands beside it.
    ///   - scratch: those of the drill.
    public func run(_ hosts: [Host], beside live: [String], scratch: Set<String>) async throws -> Outcome {
        do {
            let served = ServedKinds(try await Discovery.run(client))
            try await waitUntilReady(scratch)
            let targets = try await ProbeTargets(client, served).find(live, without: scratch)
            guard !targets.isEmpty else {
                return Outcome(
                    verdict: .unknown, targets: [],
                    detail: "no service and no pod of this cluster answers that could be asked for, so nothing was probed")
            }
            var reasons: [String] = []
            for host in hosts.prefix(Self.hostsMax) {
                let image = host.container["image"]?.text ?? ""
                switch try await probe(host, targets) {
                case .failure(let reason): reasons.append("\(image): \(reason.text)")
                case .success(let reached): return Self.outcome(reached, targets, image)
                }
            }
            return Outcome(
                verdict: .unknown, targets: targets.map(\.description),
                detail: "no image of the application could be used to ask: \(reasons.joined(separator: "; "))")
        } catch let error as any RequestFailure { throw error.failure }
    }

    /// - Parameter reached: "10.0.0.7 80", as the pod reports; nil for nothing.
    private static func outcome(_ reached: String?, _ targets: [ProbeTargets.Target], _ image: String) -> Outcome {
        let names = targets.map(\.description)
        guard let reached else {
            return Outcome(
                verdict: .isolated, targets: names, detail: "a pod of \(image) could reach none of \(names.joined(separator: ", "))")
        }
        let name = targets.first { "\($0.address) \($0.port)" == reached }?.description ?? "the live application"
        return Outcome(
            verdict: .open, targets: names,
            detail: "a pod of \(image) reaches \(name), so no engine in this cluster enforces network policies, or it takes its time")
    }

    // MARK: The pod

    private struct Unusable: Error { let text: String }

    private enum Ending { static let reached = 10, nothingReached = 11, noTool = 12 }

    /// The address that answered, or nil; a failure where this image cannot tell.
    private func probe(_ host: Host, _ targets: [ProbeTargets.Target]) async throws -> Result<String?, Unusable> {
        let resource = APIResource(group: "", version: "v1", plural: "pods", kind: "Pod", isNamespaced: true)
        let path = resource.path(namespace: host.namespace, name: Self.podName)
        var request = APIClient.Request(method: "POST", path: resource.path(namespace: host.namespace))
        request.body = JSONWriter.encode(Self.pod(host, targets))
        let outcome: Result<String?, Unusable>
        do {
            _ = try await client.json(request)
            outcome = try await wait(path)
        } catch let refusal as APIRefusal where !refusal.mayPass {
            return .failure(Unusable(text: refusal.failure.message))
        } catch {
            await remove(path)
            throw error
        }
        await remove(path)
        return outcome
    }

    private func wait(_ path: String) async throws -> Result<String?, Unusable> {
        let deadline = ContinuousClock.now + podTimeout
        while true {
            let value = try await client.json(.init(path: path))
            let state = value[["status", "containerStatuses"]]?.elements.first?["state"]
            if let ended = state?["terminated"], let code = ended["exitCode"]?.literal.flatMap({ Int($0) }) {
                switch code {
                case Ending.reached: return .success(ended["message"]?.text ?? "")
                case Ending.nothingReached: return .success(nil)
                case Ending.noTool:
                    return .failure(Unusable(text: "it has nothing to ask such addresses with (python3, perl, bash, nc or curl)"))
                default: return .failure(Unusable(text: "it has no shell (it ended with \(code))"))
                }
            }
            // An image that cannot be pulled or started now will fail later too.
            let reason = PodTrouble.reason(value)
            if let reason, PodTrouble.isFinal(value) { return .failure(Unusable(text: reason)) }
            guard ContinuousClock.now < deadline else {
                return .failure(Unusable(text: "its pod did not end within \(podTimeout): \(reason ?? "no reason given")"))
            }
            try await Task.sleep(for: Self.interval)
        }
    }

    /// Also for who was interrupted: the next image needs the name.
    private func remove(_ path: String) async {
        let client = client
        await Task {
            var request = APIClient.Request(method: "DELETE", path: path, query: [("gracePeriodSeconds", "0")])
            request.attempts = 3
            // With its namespace it goes all the same.
            _ = try? await client.json(request)
            for _ in 0..<30 {
                guard (try? await client.json(.init(path: path, attempts: 1))) != nil else { return }
                try? await Task.sleep(for: Self.interval)
            }
        }.value
    }

    private static let kept = [
        "imagePullSecrets", "securityContext", "nodeSelector", "tolerations", "serviceAccountName", "runtimeClassName",
    ]

    private static func pod(_ host: Host, _ targets: [ProbeTargets.Target]) -> ManifestValue {
        var container: [String: ManifestValue] = [
            "name": .string("probe"),
            "command": .sequence(["sh", "-c", script, "probe"].map { .string($0) }),
            "args": .sequence(targets.map { .string("\($0.address) \($0.port)") }),
        ]
        for field in ["image", "imagePullPolicy", "securityContext"] { container[field] = host.container[field] }
        var spec: [String: ManifestValue] = [
            "containers": .sequence([.of(container)]), "restartPolicy": .string("Never"), "automountServiceAccountToken": .flag(false),
            "terminationGracePeriodSeconds": .number(0),
        ]
        for field in kept { spec[field] = host.pod[field] }
        return .of([
            "apiVersion": .string("v1"), "kind": .string("Pod"),
            "metadata": .of(["name": .string(podName), "namespace": .string(host.namespace)]), "spec": .of(spec),
        ])
    }

    /// Uses the first program that shows on the loopback of each family of addresses asked for that it can connect, or can tell that it cannot. A
    /// policy takes effect a moment after it was made: so what answers is asked again for a while, and what does not is asked twice.
    static let script = """
        export LC_ALL=C
        url() { case $1 in *:*) printf 'http://[%s]:%s/' "$1" "$2" ;; *) printf 'http://%s:%s/' "$1" "$2" ;; esac; }
        module() { case $1 in *:*) printf IP ;; *) printf INET ;; esac; }
        works() {
            case $1 in
            python3) python3 -c 'import socket, sys; host = sys.argv[1]; s = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET); s.bind((host, 0)); s.listen(1); socket.create_connection((host, s.getsockname()[1]), 2)' "$2" ;;
            perl) perl -MIO::Socket::$(module "$2") -e '$class = "IO::Socket::$ARGV[1]"; $s = $class->new(Listen => 1, LocalHost => $ARGV[0]) or exit 1; exit !$class->new(PeerHost => $ARGV[0], PeerPort => $s->sockport, Timeout => 2)' "$2" "$(module "$2")" ;;
            bash) case $(timeout 2 bash -c 'exec 3<>"/dev/tcp/$0/47011"' "$2" 2>&1) in *efused*) true ;; *) false ;; esac ;;
            nc) case $2 in *:*) false ;; *) { nc -l -p 47012 </dev/null || nc -l 47012 </dev/null; } & sleep 1; nc -w 2 "$2" 47012 </dev/null ;; esac ;;
            curl) curl -gs --max-time 2 "$(url "$2" 47011)"; [ $? = 7 ] ;;
            esac >/dev/null 2>&1
        }
        reaches() {
            case $1 in *:*) tool=$tool6 ;; *) tool=$tool4 ;; esac
            case $tool in
            python3) python3 -c 'import socket, sys; socket.create_connection((sys.argv[1], int(sys.argv[2])), 2)' "$1" "$2" ;;
            perl) perl -MIO::Socket::$(module "$1") -e 'exit !"IO::Socket::$ARGV[2]"->new(PeerHost => $ARGV[0], PeerPort => $ARGV[1], Timeout => 2)' "$1" "$2" "$(module "$1")" ;;
            bash) timeout 2 bash -c 'exec 3<>"/dev/tcp/$0/$1"' "$1" "$2" ;;
            nc) nc -w 2 "$1" "$2" </dev/null ;;
            curl) case $(curl -gs -o /dev/null --connect-timeout 2 --max-time 4 -w '%{time_connect}' "$(url "$1" "$2")") in 0.0*[1-9]* | [1-9]* | 0.[1-9]*) true ;; *) false ;; esac ;;
            esac >/dev/null 2>&1
        }
        first() {
            for name in python3 perl bash nc curl; do
                if command -v $name >/dev/null 2>&1 && works $name "$1"; then printf %s $name; return; fi
            done
        }
        tool4= tool6=
        for target in "$@"; do
            case ${target% *} in
            *:*) tool6=${tool6:-$(first ::1)}; [ -n "$tool6" ] || exit 12 ;;
            *) tool4=${tool4:-$(first 127.0.0.1)}; [ -n "$tool4" ] || exit 12 ;;
            esac
        done
        round=0 silent=0
        while [ $round -lt 15 ]; do
            round=$((round + 1)) found=
            for target in "$@"; do
                if reaches "${target% *}" "${target#* }"; then found=$target; break; fi
            done
            if [ -z "$found" ]; then silent=$((silent + 1)); [ $silent -ge 2 ] && exit 11; else silent=0; sleep 1; fi
        done
        printf '%s' "$found" >/dev/termination-log 2>/dev/null
        exit 10
        """

    // MARK: Before

    private static let readyTimeout = Duration.seconds(60)

    /// Pods need the account of their namespace, and are refused until the quota has been counted.
    private func waitUntilReady(_ namespaces: Set<String>) async throws {
        let deadline = ContinuousClock.now + Self.readyTimeout
        for namespace in namespaces.sorted() {
            while true {
                let quotas = try await client.json(.init(path: "/api/v1/namespaces/\(namespace)/resourcequotas"))["items"]?.elements ?? []
                let accounts =
                    try await client.json(.init(path: "/api/v1/namespaces/\(namespace)/serviceaccounts"))["items"]?.elements ?? []
                let isCounted = quotas.allSatisfy { $0[["status", "hard"]] != nil }
                if isCounted, accounts.contains(where: { $0[["metadata", "name"]]?.text == "default" }) { break }
                // Whatever is still missing then shows in the refusal of the pod that needs it.
                if ContinuousClock.now >= deadline { return }
                try await Task.sleep(for: .milliseconds(300))
            }
        }
    }
}

extension ApplyPlan {
    /// Whose images a probe may use, each once: first those that say least of where they may run.
    public var probeHosts: [IsolationProbe.Host] {
        var hosts: [IsolationProbe.Host] = []
        for item in items where item.action == .create {
            guard let namespace = item.object.key.namespace, let path = item.object.key.podSpecPath, let pod = item.object.value?[path]
            else {
                continue
            }
            for container in pod["containers"]?.elements ?? [] {
                guard let image = container["image"], !hosts.contains(where: { $0.container["image"] == image }) else { continue }
                hosts.append(.init(namespace: namespace, pod: pod, container: container))
            }
        }
        return hosts
    }
}
