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
    private func probe(with tool: String?, _ targets: [String]) throws -> Int32 {
        let scratch = try Scratch()
        var tools = ["sh", "sleep", "timeout"]
        if let tool { tools.append(tool) }
        let links = tools.map { "ln -s $(command -v \($0)) \(scratch.path)/\($0)" }.joined(separator: " && ")
        #expect(try ChildProcess.run(["bash", "-c", "PATH=/usr/bin:/bin; \(links)"]).status == 0)
        return try ChildProcess.run(["env", "PATH=\(scratch.path)", "sh", "-c", IsolationProbe.script, "probe"] + targets).status
    }

    private func withListener<Value>(_ body: (String) throws -> Value) throws -> Value {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(listener) }
        #expect(listen(listener, 64) == 0)
        var address = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        _ = withUnsafeMutableBytes(of: &address) { bytes in
            bytes.withMemoryRebound(to: sockaddr.self) { getsockname(listener, $0.baseAddress, &length) }
        }
        return try body("127.0.0.1 \(UInt16(bigEndian: address.sin_port))")
    }

    @Test(arguments: ["python3", "perl", "bash", "curl"]) func theProbeTellsWhoIsReachedFromWhoIsNot(tool: String) throws {
        #expect(try withListener { try probe(with: tool, ["127.0.0.1 1", $0]) } == 10)
        #expect(try probe(with: tool, ["127.0.0.1 1", "127.0.0.1 2"]) == 11)
    }

    /// That nothing was reached means nothing where nobody could ask.
    @Test func aProbeThatHasNothingToAskWithSaysSo() throws {
        #expect(try withListener { try probe(with: nil, [$0]) } == 12)
    }
}
