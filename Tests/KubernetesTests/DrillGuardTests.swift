import Foundation
import Glibc
import TestSupport
import Testing

@testable import Kubernetes

/// What keeps a drill to itself, and what shows that it does.
@Suite struct DrillGuardTests {
    private func guards(_ yaml: String) throws -> [String: ManifestValue] {
        let text = Array(yaml.utf8)
        let object = try ManifestObject(try #require(try YAMLText.documents(text).flatMap { try YAMLReader.values($0) }.first))
        var set = ManifestSet()
        try set.add(text, path: object.path)
        let drill = set.forDrill("1", in: ["app"], expires: "2026-02-03T04:05:06.789Z")
        let all = drill.objects.filter(\.isGuard)
        #expect(all.allSatisfy { $0.key.namespace == "app" && ApplyOrder.tier($0) < ApplyOrder.workloads })
        return Dictionary(uniqueKeysWithValues: all.map { ("\($0.key.kind) \($0.key.name)", $0.value ?? .mapping([])) })
    }

    private func deployment(_ replicas: String, _ resources: String) -> String {
        """
        {apiVersion: apps/v1, kind: Deployment, metadata: {name: d, namespace: app}, spec: {\(replicas)template: {spec: {
          volumes: [{name: v, ephemeral: {}}], containers: [{name: c, image: i, resources: \(resources)}]}}}}
        """
    }

    @Test func aNamespaceIsClosedAndBounded() throws {
        let found = try guards(deployment("replicas: 3, ", "{}"))
        #expect(
            found.keys.sorted() == [
                "LimitRange rekindle-drill", "NetworkPolicy rekindle-drill", "NetworkPolicy rekindle-drill-deny-all",
                "ResourceQuota rekindle-drill",
            ])
        let denial = try #require(found["NetworkPolicy rekindle-drill-deny-all"]?["spec"])
        #expect(denial["policyTypes"]?.elements.compactMap(\.string) == ["Ingress", "Egress"])
        #expect(denial["podSelector"] == .mapping([]) && denial["egress"] == nil && denial["ingress"] == nil)
        let quota = found["ResourceQuota rekindle-drill"]?[["spec", "hard"]]
        #expect(quota?["pods"]?.string == "16" && quota?["persistentvolumeclaims"]?.string == "16", "\(quota.map { "\($0)" } ?? "")")
        #expect(quota?["services.loadbalancers"]?.string == "0")
        let limits = found["LimitRange rekindle-drill"]?[["spec", "limits"]]?.elements.first
        #expect(limits?[["default", "memory"]]?.string == "4Gi" && limits?[["default", "cpu"]]?.string == "2")
    }

    /// The server refuses a pod that asks for more than it is limited to.
    @Test func whatAsksWithoutALimitGetsNone() throws {
        let found = try guards(deployment("", "{requests: {memory: 16Gi}}"))
        let limits = found["LimitRange rekindle-drill"]?[["spec", "limits"]]?.elements.first
        #expect(limits?[["default", "memory"]] == nil && limits?[["default", "cpu"]] != nil)
        #expect(try guards("{apiVersion: v1, kind: LimitRange, metadata: {name: own, namespace: app}, spec: {limits: []}}").count == 3)
    }

    // MARK: The probe

    /// Runs the probe's script with nothing but a shell, what a shell needs, and one program to ask with.
    private func probe(with tools: [String], _ targets: [String], fakes: [String: String] = [:]) throws -> Int32 {
        // Nothing changes here while it waits between its rounds.
        let scratch = try Scratch()
        for (name, script) in ["sleep": "true"].merging(fakes, uniquingKeysWith: { $1 }) { try scratch.program(name, script) }
        let links = (["sh", "timeout"] + tools).map { "ln -s $(command -v \($0)) ." }.joined(separator: " && ")
        #expect(try ChildProcess.run(["bash", "-c", "PATH=/usr/bin:/bin; \(links)"], in: scratch.path).status == 0)
        return try ChildProcess.run(["env", "PATH=\(scratch.path)", "sh", "-c", IsolationProbe.script, "probe"] + targets).status
    }

    private func withListener<Value>(_ family: Int32 = AF_INET, _ body: (String) throws -> Value) throws -> Value {
        let listener = socket(family, Int32(SOCK_STREAM.rawValue), 0)
        #expect(listen(listener, 64) == 0)
        // Whoever connects is let go at once; shutting it down ends the thread.
        Thread.detachNewThread {
            while case let connection = accept(listener, nil, nil), connection >= 0 { close(connection) }
            close(listener)
        }
        defer { shutdown(listener, Int32(SHUT_RDWR)) }
        // The port stands at the same place in the addresses of both families.
        var address = sockaddr_in6()
        var length = socklen_t(MemoryLayout<sockaddr_in6>.size)
        _ = withUnsafeMutableBytes(of: &address) { bytes in
            bytes.withMemoryRebound(to: sockaddr.self) { getsockname(listener, $0.baseAddress, &length) }
        }
        return try body("\(family == AF_INET ? "127.0.0.1" : "::1") \(UInt16(bigEndian: address.sin6_port))")
    }

    @Test(arguments: ["python3", "perl", "bash", "curl"]) func theProbeTellsWhoIsReachedFromWhoIsNot(tool: String) throws {
        #expect(try withListener { try probe(with: [tool], ["127.0.0.1 1", $0]) } == 10)
        #expect(try probe(with: [tool], ["127.0.0.1 1", "127.0.0.1 2"]) == 11)
    }

    /// Addresses of the other family need another way to ask: one that cannot is no proof that nobody answers.
    @Test(.enabled(if: hasLoopback6, "this machine has no ::1"), arguments: ["python3", "perl", "bash", "curl"])
    func theProbeAsksAddressesOfBothFamilies(tool: String) throws {
        #expect(try withListener(AF_INET6) { try probe(with: [tool], ["127.0.0.1 1", $0]) } == 10)
        #expect(try probe(with: [tool], ["127.0.0.1 1", "::1 2"]) == 11)
    }

    private static let hasLoopback6: Bool = {
        let listener = socket(AF_INET6, Int32(SOCK_STREAM.rawValue), 0)
        guard listener >= 0 else { return false }
        defer { close(listener) }
        var address = sockaddr_in6()
        (address.sin6_family, address.sin6_addr) = (sa_family_t(AF_INET6), in6addr_loopback)
        return withUnsafeBytes(of: &address) { bytes in
            bytes.withMemoryRebound(to: sockaddr.self) { bind(listener, $0.baseAddress, socklen_t(bytes.count)) == 0 }
        }
    }()

    @Test func aProgramThatAsksOneFamilyAloneSaysNothingOfTheOther() throws {
        let perl = ["perl": "case $1 in *IP) exit 1 ;; esac"]
        #expect(try probe(with: [], ["127.0.0.1 1"], fakes: perl) == 10)
        #expect(try probe(with: [], ["127.0.0.1 1", "::1 1"], fakes: perl) == 12)
    }

    /// Sums of what a manifest says must not overflow.
    @Test(arguments: ["-9223372036854775808", "9223372036854775807", "-1"]) func anyNumberOfReplicasIsBounded(replicas: String) throws {
        let quota = try guards(deployment("replicas: \(replicas), ", "{}"))["ResourceQuota rekindle-drill"]?[["spec", "hard", "pods"]]?
            .string
        #expect(quota == (replicas.hasPrefix("-") ? "10" : "200010"))
    }

    /// One that cannot be looked at is not sent: without it nothing may run.
    @Test func aGuardThatIsNotMadeIsNamed() throws {
        let key = ObjectKey(group: "networking.k8s.io", kind: "NetworkPolicy", namespace: "app", name: "n")
        var plan = ApplyPlan()
        let guardian = ApplyObject(.of(["kind": .string("NetworkPolicy")]), key: key, isGuard: true)
        plan.items = [.init(object: guardian, action: .create, reason: nil)]
        #expect(plan.unmadeGuard == nil)
        plan.items[0] = .init(object: guardian, action: .impossible, reason: "networkpolicies are forbidden")
        #expect(plan.unmadeGuard?.contains("networkpolicies are forbidden") == true)
    }

    /// That nothing was reached means nothing where nobody could ask.
    @Test func aProbeThatHasNothingToAskWithSaysSo() throws {
        #expect(try withListener { try probe(with: [], [$0]) } == 12)
    }
}
