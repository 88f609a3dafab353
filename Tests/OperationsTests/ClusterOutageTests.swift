import Core
import Foundation
import Kubernetes
import Operations
import Synchronization
import TestSupport
import Testing
import Vault

/// Captures of a cluster of which a part is down. One at a time: they break it for all.
@Suite(.serialized) struct ClusterOutageTests {
    private let own: TestCluster
    private let bench: ClusterBench

    init() async throws {
        own = try await TestCluster.breakable.value
        bench = try await ClusterBench(own)
    }

    @Test func aGroupThatDoesNotAnswerKeepsItsFiles() async throws {
        try await own.kubectl(
            "apply -f -",
            """
            apiVersion: apiregistration.k8s.io/v1
            kind: APIService
            metadata: {name: v1.dead.example}
            spec: {group: dead.example, version: v1, groupPriorityMinimum: 100, versionPriority: 100, insecureSkipTLSVerify: true, service: {name: none, namespace: default}}
            """)
        let report = try await bench.backup(CaptureScope())
        #expect(report.problems.map(\.path) == ["the API group dead.example"])
        #expect(try bench.files().contains("_cluster/apiservice.apiregistration.k8s.io/v1.dead.example.yaml"))
        try await own.kubectl("delete apiservice v1.dead.example")
    }

    /// What only shows what is measured now holds nothing; another group can be left out by its name.
    @Test(arguments: ["metrics.k8s.io", "dead.example"]) func aGroupThatHoldsNothingWorthSavingNeedNotAnswer(group: String) async throws {
        let namespace = try await own.namespace("quiet")
        try await own.kubectl("-n \(namespace) create configmap one --from-literal=a=b")
        try await own.kubectl(
            "apply -f -",
            """
            apiVersion: apiregistration.k8s.io/v1
            kind: APIService
            metadata: {name: v1.\(group)}
            spec: {group: \(group), version: v1, groupPriorityMinimum: 100, versionPriority: 100, insecureSkipTLSVerify: true, service: {name: none, namespace: default}}
            """)
        var scope = bench.scope(namespace)
        if group == "dead.example" {
            #expect(try await bench.backup(scope).problems.map(\.path).contains("the API group dead.example"))
            scope.exclude = ["*.dead.example"]
        }
        let report = try await bench.backup(scope)
        #expect(report.isComplete, "\(report.problems)")
        // One that is asked costs its retries once, however often it is looked what is served.
        let access = try ClusterAccess.find(kubeconfig: own.kubeconfig, environment: [:])
        let isAsked = group == "dead.example"
        for isFirst in [true, false] {
            let retries = Mutex(0)
            let found = try await APIClient.with(access, environment: [:], notice: { _ in retries.withLock { $0 += 1 } }) {
                try await Discovery.run($0)
            }
            #expect(found.failures.map(\.group) == (isAsked ? [group] : []))
            #expect((retries.withLock(\.self) > 0) == (isAsked && isFirst))
        }
        try await own.kubectl("delete apiservice v1.\(group)")
    }

    @Test func aConversionWebhookThatIsDownCostsItsKindOnly() async throws {
        let definition = """
            apiVersion: apiextensions.k8s.io/v1
            kind: CustomResourceDefinition
            metadata: {name: rings.photon.example}
            spec:
              group: photon.example
              scope: Namespaced
              names: {kind: Ring, plural: rings}
              versions:
              - {name: v1, served: true, storage: STORAGE1, schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}}
              - {name: v2, served: true, storage: STORAGE2, schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}}
              conversion: CONVERSION
            """
        func apply(_ first: String, _ second: String, _ conversion: String) async throws {
            let text = definition.replacing("STORAGE1", with: first).replacing("STORAGE2", with: second).replacing(
                "CONVERSION", with: conversion)
            try await own.kubectl("apply -f -", text)
        }
        try await apply("true", "false", "{strategy: None}")
        try await eventually {
            (try? await own.kubectl("apply -f -", "{apiVersion: photon.example/v1, kind: Ring, metadata: {name: r, namespace: default}}"))
                != nil
        }
        #expect(try await bench.backup(CaptureScope()).isComplete)
        try await apply(
            "false", "true",
            "{strategy: Webhook, webhook: {conversionReviewVersions: [v1], clientConfig: {service: {name: none, namespace: default}}}}")
        try await eventually { (try? await own.kubectl("get rings.v2.photon.example -n default")) == nil }
        let report = try await bench.backup(CaptureScope())
        #expect(report.problems.map(\.path) == ["rings.photon.example"], "\(report.problems)")
        #expect(report.problems.first?.reason.contains("conversion webhook") == true)
        #expect(try bench.files().contains("default/ring.photon.example/r.yaml"))
        // What is kept comes back without it, too: who would answer may be among the rest.
        let namespace = try await own.namespace("operator")
        try await own.kubectl("-n default create configmap settings --from-literal=a=b")
        _ = try await bench.backup(CaptureScope())
        try await own.kubectl("-n default delete configmap settings")
        let restored = try await bench.restore { $0.namespaces = ["default", namespace] }
        #expect(restored.plan.items.filter { $0.action == .later }.map(\.object.key.name) == ["r"], "\(restored.plan.findings.notes)")
        #expect(!restored.isComplete && restored.result.created == 1, "\(restored.result)")
        // And when it answers again within the time, nothing is missing.
        try await own.kubectl("-n default delete configmap settings")
        let mending = Task {
            try await Task.sleep(for: .seconds(8))
            try await apply("false", "true", "{strategy: None}")
        }
        let late = try await bench.restore { ($0.namespaces, $0.readyTimeout) = (["default", namespace], .seconds(60)) }
        try await mending.value
        #expect(late.isComplete && late.plan.count(.later) == 0, "\(late.plan.items.map { $0.reason ?? "" })")
        try await own.kubectl("delete crd rings.photon.example")
    }

    @Test func theServerKilledInTheMiddleLosesNothing() async throws {
        let namespace = try await own.namespace("killed")
        try await own.kubectl("-n \(namespace) create configmap one --from-literal=a=b")
        try await bench.backup(bench.scope(namespace))
        let before = try bench.files()
        let report = try? await bench.backup(bench.scope(namespace), kubeconfig: try await own.spoiled("1 down GET .*/configmaps"))
        #expect(report?.isComplete != true)
        #expect(try bench.files() == before)
        try await own.startAgain("kube-apiserver")
        #expect(try await bench.backup(bench.scope(namespace)).isComplete)
        #expect(try await bench.git("fsck --strict --full") == "")
    }

    @Test func aRestoreThatLosesItsServerGoesOnWhenItIsBack() async throws {
        let namespace = try await own.namespace("lost")
        for index in 0..<8 { try await own.kubectl("-n \(namespace) create configmap m\(index) --from-literal=a=b") }
        try await bench.backup(bench.scope(namespace))
        let spoiled = try await own.spoiled("1 down POST .*/configmaps")
        let report = try await bench.restore(kubeconfig: spoiled) { $0.mapping.namespaces = [namespace: namespace + "-back"] }
        #expect(!report.isComplete && report.result.failures.contains { $0.reason.contains("cannot reach") })
        try await own.startAgain("kube-apiserver")
        let again = try await bench.restore { $0.mapping.namespaces = [namespace: namespace + "-back"] }
        #expect(again.isComplete)
        let names = try await own.kubectl("-n \(namespace)-back get configmaps -o name")
        #expect(names.components(separatedBy: "configmap/m").count == 9)
    }
}
