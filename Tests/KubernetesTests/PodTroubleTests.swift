import TestSupport
import Testing

@testable import Kubernetes

/// Why pods do not run, as their status says it.
@Suite struct PodTroubleTests {
    private func reason(_ status: String) throws -> String? {
        let text = Array("{status: {\(status)}}".utf8)
        return PodTrouble.reason(try #require(try YAMLText.documents(text).flatMap { try YAMLReader.values($0) }.first).value)
    }

    static let cases = [
        (
            "containerStatuses: [{name: c, state: {waiting: {reason: ImagePullBackOff, message: no such image}}}]",
            "container c: ImagePullBackOff: no such image"
        ),
        (
            "containerStatuses: [{name: c, state: {waiting: {reason: CrashLoopBackOff, message: back-off 5m}}, lastState: {terminated: {exitCode: 137, reason: OOMKilled}}}]",
            "container c: CrashLoopBackOff: it ends with exit code 137 (OOMKilled)"
        ),
        (
            "initContainerStatuses: [{name: i, state: {terminated: {exitCode: 1, reason: Error}}}], containerStatuses: [{name: c, state: {waiting: {reason: PodInitializing}}}]",
            "container i: it ended with exit code 1"
        ),
        (
            "conditions: [{type: PodScheduled, status: 'False', reason: Unschedulable, message: 0/3 nodes are available}]",
            "Unschedulable: 0/3 nodes are available"
        ),
        (
            "containerStatuses: [{name: c, ready: false, state: {running: {}}}]",
            "container c: it runs, and its readiness probe does not pass"
        ),
        ("phase: Failed, reason: Evicted, message: The node was low on memory", "Evicted: The node was low on memory"),
    ]

    @Test(arguments: cases) func aPodSaysWhyItDoesNotRun(status: String, expected: String) throws {
        #expect(try reason(status) == expected)
    }

    @Test func whatIsOnItsWayHasNoTrouble() throws {
        #expect(try reason("containerStatuses: [{name: c, state: {waiting: {reason: ContainerCreating}}}]") == nil)
        #expect(try reason("containerStatuses: [{name: c, ready: true, state: {running: {}}}]") == nil)
        #expect(try reason("phase: Pending") == nil)
    }
}
