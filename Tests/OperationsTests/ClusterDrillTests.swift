import Commands
import Core
import Foundation
import Glibc
import Kubernetes
import Operations
import Proof
import TestSupport
import Testing
import Vault

/// Drills beside the running application, in a real API server.
@Suite struct ClusterDrillTests {
    private let bench: ClusterBench
    private let namespace: String
    private var cluster: TestCluster { bench.cluster }

    init() async throws {
        bench = try await ClusterBench()
        namespace = try await bench.cluster.namespace("drill")
        try await cluster.kubectl(
            "apply -f -",
            """
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: web, namespace: \(namespace)}
            spec: {replicas: 1, selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: i}]}}}
            ---
            {apiVersion: v1, kind: Service, metadata: {name: web, namespace: \(namespace)},
             spec: {type: LoadBalancer, selector: {a: b}, ports: [{port: 80, nodePort: 0}]}}
            ---
            {apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: web, namespace: \(namespace)},
             spec: {defaultBackend: {service: {name: web, port: {number: 80}}}}}
            ---
            {apiVersion: batch/v1beta1, kind: CronJob, metadata: {name: tick, namespace: \(namespace)}, spec: {schedule: "* * * * *",
             jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: c, image: i}]}}}}}}
            ---
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: reaching, namespace: \(namespace)}
            spec: {replicas: 0, selector: {matchLabels: {e: f}}, template: {metadata: {labels: {e: f}}, spec: {
              volumes: [{name: v, hostPath: {path: /var/lib}}], containers: [{name: c, image: i}]}}}
            ---
            {apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: data, namespace: \(namespace), finalizers: [example.com/never]},
             spec: {accessModes: [ReadWriteOnce], storageClassName: old, selector: {matchLabels: {g: h}}, resources: {requests: {storage: 1Mi}}}}
            ---
            {apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: of-the-application, namespace: \(namespace)},
             spec: {podSelector: {}, policyTypes: [Egress], egress: [{}]}}
            ---
            {apiVersion: storage.k8s.io/v1, kind: StorageClass, metadata: {name: \(namespace)-new}, provisioner: example.com/none}
            ---
            {apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: \(namespace)}, rules: []}
            ---
            {apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRoleBinding, metadata: {name: \(namespace)},
             roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: \(namespace)},
             subjects: [{kind: ServiceAccount, name: default, namespace: \(namespace)}]}
            """)
        #expect(try await bench.backup(bench.scope(namespace)).isComplete)
    }

    private func request(_ script: String, checks: Bool = true) -> Drill.Request {
        let command = Validation.Step(.command(Command(["bash", "-c", script])), timeout: .seconds(60))
        let kubernetes = Validation.Step(.kubernetes(ClusterCheck(namespaces: [namespace], timeout: .seconds(60))))
        let place = bench.bench.scratch("drills")
        mkdir(place, 0o755)
        var request = Drill.Request(snapshot: "latest", steps: [command] + (checks ? [kubernetes] : []), scratch: place)
        request.policy = "test"
        var into = ClusterRestoreRequest(snapshot: "latest", cluster: cluster.source())
        into.identities = [bench.identity]
        into.mapping.storageClasses = ["old": "\(namespace)-new"]
        request.cluster = into
        // There is no kubelet that could run the probe.
        request.acceptsNoIsolation = true
        return request
    }

    /// What stands in the scratch namespaces of this drill, for a shell.
    private var shell: String {
        """
        k() { kubectl --kubeconfig \(cluster.kubeconfig) "$@"; }
        n=$(k get namespaces -l rekindle/drill -o name | grep "namespace/\(namespace)-drill-" | cut -d/ -f2)
        """
    }

    private func drill(_ request: Drill.Request, cancellation: Cancellation = Cancellation()) async throws -> Drill.Report {
        try await offPool {
            try Drill(request, in: try bench.bench.repository(), progress: VaultProgress(), cancellation: cancellation).run()
        }
    }

    private func leftovers() async throws -> [Substring] {
        try await cluster.kubectl("get namespaces -o name").split(separator: "\n").filter { $0.contains("\(namespace)-drill-") }
    }

    @Test func theApplicationComesUpBesideItselfIsValidatedAndRemoved() async throws {
        // Pods without a node are no endpoints. The script does what a scheduler and a kubelet would do, and looks at what is there.
        let node = try await cluster.nodeWithLogs()
        let script =
            shell + """

                set -e
                test "$(k -n $n get service web -o jsonpath='{.spec.type}')" = ClusterIP
                test "$(k -n $n get cronjob tick -o jsonpath='{.spec.suspend}')" = true
                test -z "$(k -n $n get ingress -o name)"
                test -z "$(k -n $n get deployment reaching -o name --ignore-not-found)"
                test -z "$(k -n $n get pvc data -o jsonpath='{.spec.selector}{.metadata.finalizers[?(@=="example.com/never")]}')"
                test "$(k -n $n get pvc data -o jsonpath='{.spec.storageClassName}')" = \(namespace)-new
                test "$REKINDLE_NAMESPACES" = "\(namespace)=$n"
                test "$(k -n $n get networkpolicy rekindle-drill-deny-all -o jsonpath='{.spec.podSelector}{.spec.policyTypes}{.spec.egress}{.spec.ingress}')" = '{}["Ingress","Egress"]'
                k -n $n get networkpolicy rekindle-drill -o jsonpath='{.spec.egress[0].to[0].namespaceSelector.matchLabels}' | grep -q rekindle/drill
                test -z "$(k -n $n get networkpolicy of-the-application -o name --ignore-not-found)"
                test "$(k -n $n get quota rekindle-drill -o jsonpath='{.spec.hard.services\\.loadbalancers}')" = 0
                test "$(k -n $n get limitrange rekindle-drill -o jsonpath='{.spec.limits[0].default.memory}')" = 4Gi
                test "$(k get namespace $n -o jsonpath='{.metadata.annotations.rekindle/expires}')" \\> "$(date -u +%Y-%m-%dT%H:%M)"
                k apply -f - > /dev/null <<VOLUME
                ---
                {apiVersion: v1, kind: PersistentVolume, metadata: {name: "$n"}, spec: {capacity: {storage: 1Mi}, accessModes: [ReadWriteOnce],
                 persistentVolumeReclaimPolicy: Delete, storageClassName: \(namespace)-new, hostPath: {path: /tmp}, claimRef: {namespace: "$n", name: data}}}
                VOLUME
                cd \(cluster.directory)
                server=$(sed -n 's/.*server: "\\([^"]*\\)".*/\\1/p' kubeconfig)
                for i in $(seq 100); do pod=$(k -n $n get pods -o name); [ -n "$pod" ] && break; sleep 0.1; done
                binding='{"apiVersion":"v1","kind":"Binding","metadata":{"name":"x"},"target":{"kind":"Node","name":"\(node)"}}'
                curl -fsS --cacert ca.crt --cert admin.crt --key admin.key -X POST -H 'Content-Type: application/json' \
                    "$server/api/v1/namespaces/$n/pods/${pod#pod/}/binding" -d "${binding/\"x\"/\"${pod#pod/}\"}" > /dev/null
                curl -fsS --cacert ca.crt --cert admin.crt --key admin.key -X PATCH -H 'Content-Type: application/merge-patch+json' \
                    "$server/api/v1/namespaces/$n/pods/${pod#pod/}/status" \
                    -d '{"status":{"phase":"Running","podIP":"10.1.2.3","podIPs":[{"ip":"10.1.2.3"}],"conditions":[{"type":"Ready","status":"True"}]}}' > /dev/null
                """
        let (cluster, namespace) = (cluster, namespace)
        let kubelet = Task { try await cluster.keepEndingPods(in: "\(namespace)-drill-") }
        let report = try await drill(request(script))
        kubelet.cancel()
        try await cluster.kubectl("delete pv --ignore-not-found \(report.evidence.cluster?.namespaces.values.first ?? "none")")
        #expect(report.evidence.passed, "\(report.evidence.failures) \(report.results.flatMap(\.output))")
        #expect(report.evidence.phases.map(\.name) == ["restore", "cluster", "validate"])
        let found = try #require(report.evidence.cluster)
        #expect(found.namespaces.keys.sorted() == [namespace] && found.created >= 4)
        #expect(found.serverVersion?.hasPrefix("v") == true)
        #expect(
            found.notes.contains { $0.contains("not part of a drill: ") && $0.contains("1 ingress.networking.k8s.io") }, "\(found.notes)")
        #expect(found.notes.contains { $0.contains("reaching is not part of the drill: its pods have a volume of the kind hostPath") })
        #expect(report.results.map(\.verdict) == [.passed, .passed])
        #expect(try await leftovers().isEmpty)
        // The application itself, and what it shares with others, is as it was.
        #expect(try await bench.backup(bench.scope(namespace)).manifestChanges == "no change")
    }

    @Test func aFailureAndAnInterruptionLeaveNothingBehind() async throws {
        let failed = try await drill(request("exit 1", checks: false))
        #expect(!failed.evidence.passed && failed.leftBehind == nil)
        #expect(try await leftovers().isEmpty)

        let (mark, cancellation) = (bench.bench.scratch("started"), Cancellation())
        let request = request("touch \(mark); sleep 1000", checks: false)
        let running = Task { try await drill(request, cancellation: cancellation) }
        try await eventually { access(mark, F_OK) == 0 }
        #expect(try await leftovers().count == 1)
        cancellation.cancel()
        let error = await #expect(throws: Failure.self) { try await running.value }
        #expect(error?.code == .interrupted)
        #expect(try await leftovers().isEmpty)
    }

    private func probed(_ ending: Int) async throws -> Drill.Report {
        try await cluster.kubectl(
            "apply -f -",
            """
            {apiVersion: v1, kind: Service, metadata: {name: live, namespace: \(namespace)}, spec: {ports: [{port: 5432}]}}
            ---
            {apiVersion: v1, kind: Endpoints, metadata: {name: live, namespace: \(namespace)}, subsets: [{addresses: [{ip: 10.9.8.7}], ports: [{port: 5432}]}]}
            """)
        var request = request("true")
        request.acceptsNoIsolation = false
        request.steps[1] = Validation.Step(.kubernetes(ClusterCheck(namespaces: [namespace], timeout: .seconds(1))))
        let (cluster, namespace) = (cluster, namespace)
        let kubelet = Task { try await cluster.keepAnsweringProbes(in: "\(namespace)-drill-", with: ending) }
        defer { kubelet.cancel() }
        return try await drill(request)
    }

    /// Who reaches the live application may hurt it: nothing of it is started beside itself.
    @Test func aDrillThatReachesTheLiveApplicationStops() async throws {
        let report = try await probed(10)
        #expect(report.evidence.failures.first?.hasPrefix("not isolated: no policy engine") == true, "\(report.evidence.failures)")
        #expect(report.evidence.failures.first?.contains("--accept-no-isolation") == true)
        let isolation = try #require(report.evidence.cluster?.isolation)
        #expect(isolation.verdict == .open && !isolation.isAccepted && isolation.probed.count == 1)
        #expect(isolation.probed[0].hasPrefix("\(namespace)/live at ") && isolation.probed[0].hasSuffix(":5432"), "\(isolation.probed)")
        #expect(report.cluster?.plan.items.contains { $0.object.key.kind == "Deployment" } == true)
        #expect(report.results.map(\.verdict) == [.passed, .notRun], "\(report.results)")
        #expect(try await leftovers().isEmpty)
    }

    @Test func oneThatReachesNobodyGoesOn() async throws {
        let begun = Timestamp.now()
        let report = try await probed(11)
        let elapsed = Timestamp.now().milliseconds - begun.milliseconds
        #expect(report.evidence.cluster?.isolation?.verdict == .isolated, "\(report.evidence.failures)")
        // The probe is no part of a recovery: the two together fit into the time of the drill.
        #expect(report.evidence.phases.map(\.name) == ["restore", "probe", "cluster", "validate"])
        let probe = try #require(report.evidence.phases.first { $0.name == "probe" }).durationMilliseconds
        #expect(probe > 0 && report.evidence.recoveryTime.measuredMilliseconds + probe <= elapsed)
        // There is no kubelet, so nothing is ready; but it was started, and looked at.
        #expect(report.results.map(\.verdict) == [.passed, .failed], "\(report.results)")
        #expect(try await leftovers().isEmpty)
    }

    /// An image without a shell says nothing of the network.
    @Test func whatNobodyCouldTellIsNoIsolation() async throws {
        let report = try await probed(127)
        #expect(report.evidence.failures.first?.hasPrefix("nobody knows whether it is isolated") == true, "\(report.evidence.failures)")
        #expect(report.evidence.failures.first?.contains("i: it has no shell") == true)
        #expect(report.evidence.cluster?.isolation?.verdict == .unknown)
    }

    @Test func whatHasOutlivedItsTimeIsRemovedByTheNextRun() async throws {
        for (name, time) in [("old", "2026-01-01T00:00:00.000Z"), ("new", "2999-01-01T00:00:00.000Z"), ("odd", "at noon")] {
            try await cluster.kubectl("create namespace \(namespace)-\(name)")
            try await cluster.kubectl("label namespace \(namespace)-\(name) rekindle/drill=\(namespace)")
            try await cluster.kubectl("annotate namespace \(namespace)-\(name) 'rekindle/expires=\(time)'")
        }
        let report = try await bench.restore { $0.mapping.storageClasses = ["old": "\(namespace)-new"] }
        // Another drill may have met it first.
        #expect(!report.notes.contains { $0.contains("\(namespace)-new") || $0.contains("\(namespace)-odd") })
        try await eventually { try await !cluster.kubectl("get namespaces -o name").contains("\(namespace)-old") }
        #expect(try await cluster.kubectl("get namespaces -l rekindle/drill=\(namespace) -o name").split(separator: "\n").count == 2)
        try await cluster.kubectl("delete namespace -l rekindle/drill=\(namespace)")
    }

    /// Without the class that it is mapped to, the claim could take a volume that somebody else has made.
    @Test func aClassThatMakesNoVolumesIsRefused() async throws {
        var request = request("true", checks: false)
        request.cluster?.mapping.storageClasses = [:]
        let report = try await drill(request)
        #expect(
            report.evidence.failures.contains { $0.contains("there is no class old, so its claim could take a volume made by hand") },
            "\(report.evidence.failures)")
        #expect(report.evidence.cluster?.created == 0)
        #expect(try await leftovers().isEmpty)
    }

    /// A drill that came to no end since the vault is damaged is known as that.
    @Test func damageIsRecordedBeforeAnythingIsMade() async throws {
        try await bash("rm -f packs/*/*", in: bench.bench.vault)
        _ = await #expect(throws: Failure.self) { try await drill(request("true", checks: false)) }
        let recorded = try #require(try Vault.open(at: bench.bench.vault).evidence().records.last).decode(DrillEvidence.self)
        #expect(!recorded.passed && recorded.isDamaged)
        #expect(try await leftovers().isEmpty)
    }

    @Test func anAccountThatMayNotMakeNamespacesFailsTheDrill() async throws {
        var request = request("true", checks: false)
        request.cluster?.cluster.context = "reader"
        let error = await #expect(throws: Failure.self) { try await drill(request) }
        #expect(error?.message.contains("forbidden") == true, "\(error.map { "\($0)" } ?? "")")
        let recorded = try #require(try Vault.open(at: bench.bench.vault).evidence().records.first).decode(DrillEvidence.self)
        #expect(!recorded.passed && recorded.failures.first?.contains("forbidden") == true)
        #expect(try await leftovers().isEmpty)
    }

    @Test func aNamespaceThatTheSnapshotDoesNotHaveIsAMistake() async throws {
        var request = request("true", checks: false)
        request.cluster?.namespaces = ["no-such-namespace"]
        let error = await #expect(throws: Failure.self) { try await drill(request) }
        #expect(error?.code == .usage && error?.message.contains("no objects in no-such-namespace") == true)
        #expect(try FileManager.default.contentsOfDirectory(atPath: request.scratch).isEmpty)
    }
}
