import Testing

@testable import Kubernetes

/// When a workload counts as ready: the rules of `kubectl rollout status`.
@Suite struct ReadinessTests {
    static let ready = [
        "{apiVersion: apps/v1, kind: Deployment, spec: {replicas: 2}, status: {availableReplicas: 2, updatedReplicas: 2}}",
        "{apiVersion: apps/v1, kind: StatefulSet, spec: {replicas: 2}, status: {readyReplicas: 2, updatedReplicas: 2}}",
        """
        {apiVersion: apps/v1, kind: StatefulSet, spec: {replicas: 3, updateStrategy: {type: RollingUpdate, rollingUpdate: {partition: 2}}},
         status: {readyReplicas: 3, updatedReplicas: 1}}
        """,
        "{apiVersion: apps/v1, kind: StatefulSet, spec: {replicas: 2, updateStrategy: {type: OnDelete}}, status: {readyReplicas: 2}}",
        "{apiVersion: apps/v1, kind: StatefulSet, spec: {replicas: 0}}",
        // Numbers of a server, whatever they are.
        """
        {apiVersion: apps/v1, kind: StatefulSet, spec: {replicas: 9223372036854775807, updateStrategy: {rollingUpdate: {partition: 9223372036854775807}}},
         status: {readyReplicas: 9223372036854775807, updatedReplicas: 9223372036854775807}}
        """,
        "{apiVersion: apps/v1, kind: DaemonSet, status: {desiredNumberScheduled: 1, numberReady: 1, updatedNumberScheduled: 1}}",
        "{apiVersion: batch/v1, kind: Job, status: {conditions: [{type: Complete, status: 'True'}]}}",
        "{apiVersion: batch/v1, kind: Job, spec: {suspend: true}}",
    ]

    @Test(arguments: ready) func isReady(yaml: String) throws { #expect(try reason(yaml) == nil) }

    static let waiting = [
        (
            "{apiVersion: apps/v1, kind: Deployment, spec: {replicas: 2}, status: {availableReplicas: 2, updatedReplicas: 1}}",
            "1 of 2 replicas ready"
        ),
        (
            "{apiVersion: apps/v1, kind: Deployment, metadata: {generation: 2}, spec: {replicas: 0}, status: {observedGeneration: 1}}",
            "not yet seen by its controller"
        ),
        // The old pods are still there and ready.
        (
            "{apiVersion: apps/v1, kind: StatefulSet, spec: {replicas: 2}, status: {readyReplicas: 2, updatedReplicas: 1}}",
            "1 of 2 replicas ready"
        ),
        (
            "{apiVersion: apps/v1, kind: DaemonSet, status: {desiredNumberScheduled: 2, numberReady: 2, updatedNumberScheduled: 1}}",
            "1 of 2 pods ready"
        ),
        ("{apiVersion: batch/v1, kind: Job, status: {conditions: [{type: Failed, status: 'True', message: why}]}}", "failed: why"),
        ("{apiVersion: batch/v1, kind: Job, spec: {completions: 3}, status: {succeeded: 1}}", "1 of 3 completions"),
    ]

    @Test(arguments: waiting) func isWaitedFor(yaml: String, expected: String) throws { #expect(try reason(yaml) == expected) }

    private func reason(_ yaml: String) throws -> String? {
        let value = try #require(try parse(yaml).first)
        let version = value["apiVersion"]?.string ?? ""
        let key = ObjectKey(group: ObjectKey.group(ofVersion: version), kind: value["kind"]?.string ?? "", namespace: "a", name: "b")
        return Readiness.reason(value, key)
    }
}
