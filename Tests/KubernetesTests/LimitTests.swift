import Testing

@testable import Kubernetes

/// Which quotas and limit ranges wait for what they would refuse.
@Suite struct LimitTests {
    @Test(arguments: [("500m", 0.5), ("2", 2), ("1Gi", 1_073_741_824), ("1.5k", 1500), ("2e3", 2000), ("64Mi", 67_108_864)])
    func amountsAreComparedAsNumbers(text: String, number: Double) { #expect(Quantity.value(.string(text)) == number) }

    @Test(arguments: ["", "many", "1Zi", "1e999"]) func whatIsNoAmountIsNone(text: String) { #expect(Quantity.value(.string(text)) == nil) }

    private func limits(_ objects: String...) throws -> [String] {
        var set = ManifestSet()
        for yaml in objects {
            let text = Array(yaml.utf8)
            let object = try ManifestObject(try #require(try YAMLText.documents(text).flatMap { try YAMLReader.values($0) }.first))
            try set.add(text, path: object.path)
        }
        return set.limits.map { "\($0.kind) \($0.name)" }.sorted()
    }

    private let range =
        "{apiVersion: v1, kind: LimitRange, metadata: {name: r, namespace: a}, spec: {limits: [{type: Container, max: {memory: 1Gi}, min: {cpu: 100m}}]}}"

    private func deployment(_ resources: String, in namespace: String = "a") -> String {
        "{apiVersion: apps/v1, kind: Deployment, metadata: {name: d, namespace: \(namespace)}, spec: {template: {spec: {containers: [{name: c, resources: \(resources)}]}}}}"
    }

    @Test func aQuotaAlwaysWaitsAndALimitRangeWhenItIsBroken() throws {
        let quota = "{apiVersion: v1, kind: ResourceQuota, metadata: {name: q, namespace: a}, spec: {hard: {pods: 1}}}"
        #expect(try limits(quota, range, deployment("{limits: {memory: 512Mi}, requests: {cpu: 1}}")) == ["ResourceQuota q"])
        #expect(try limits(range, deployment("{limits: {memory: 2Gi}}")) == ["LimitRange r"])
        #expect(try limits(range, deployment("{requests: {cpu: 50m}}")) == ["LimitRange r"])
        #expect(try limits(range, deployment("{limits: {memory: 2Gi}}", in: "b")).isEmpty)
        let claims =
            "{apiVersion: v1, kind: LimitRange, metadata: {name: c, namespace: a}, spec: {limits: [{type: PersistentVolumeClaim, max: {storage: 1Gi}}]}}"
        let claim =
            "{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: p, namespace: a}, spec: {resources: {requests: {storage: 2Gi}}}}"
        #expect(try limits(claims, claim) == ["LimitRange c"])
    }

    private func pair(_ cpu: String, first: String = "{}") -> String {
        """
        {apiVersion: apps/v1, kind: Deployment, metadata: {name: d, namespace: a}, spec: {template: {spec: {initContainers: [{name: i, resources: \(first)}],
          containers: [{name: a, resources: {limits: {cpu: \(cpu)}}}, {name: b, resources: {limits: {cpu: \(cpu)}}}]}}}}
        """
    }

    @Test func ofAPodTheSumCounts() throws {
        let range = "{apiVersion: v1, kind: LimitRange, metadata: {name: p, namespace: a}, spec: {limits: [{type: Pod, max: {cpu: 1}}]}}"
        #expect(try limits(range, pair("600m")) == ["LimitRange p"])
        #expect(try limits(range, pair("400m")).isEmpty)
        #expect(try limits(range, pair("400m", first: "{limits: {cpu: 2}}")) == ["LimitRange p"])
    }

    @Test func theRatioOfALimitToItsRequestCounts() throws {
        let range =
            "{apiVersion: v1, kind: LimitRange, metadata: {name: r, namespace: a}, spec: {limits: [{type: Container, maxLimitRequestRatio: {cpu: 2}}]}}"
        #expect(try limits(range, deployment("{limits: {cpu: 3}, requests: {cpu: 1}}")) == ["LimitRange r"])
        #expect(try limits(range, deployment("{limits: {cpu: 2}, requests: {cpu: 1}}")).isEmpty)
    }
}
