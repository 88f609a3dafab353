import Testing

@testable import Kubernetes

/// Answers of newer servers, written from the API's documentation (KEP-3352).
@Suite struct DiscoveryTests {
    private func discovery(_ groups: String) throws -> Discovery {
        var discovery = Discovery()
        try discovery.add(aggregated: try #require(try parse("{kind: APIGroupDiscoveryList, items: [\(groups)]}").first))
        return discovery
    }

    private func resource(_ plural: String, _ kind: String, verbs: String = "create, delete, get, list", scope: String = "Namespaced")
        -> String
    {
        """
        {resource: \(plural), responseKind: {group: g, version: v, kind: \(kind)}, scope: \(scope), singularResource: x, verbs: [\(verbs)],
         subresources: [{subresource: status, responseKind: {kind: X}, verbs: [get]}]}
        """
    }

    @Test func eachKindIsTakenInTheFirstVersionThatHasIt() throws {
        let found = try discovery(
            """
            {metadata: {name: autoscaling}, versions: [
              {version: v2, freshness: Current, resources: [\(resource("horizontalpodautoscalers", "HorizontalPodAutoscaler"))]},
              {version: v1, resources: [\(resource("horizontalpodautoscalers", "HorizontalPodAutoscaler")), \(resource("olds", "Old"))]}]},
            {metadata: {name: ""}, versions: [{version: v1, resources: [
              \(resource("pods", "Pod")), \(resource("nodes", "Node", scope: "Cluster")), \(resource("bindings", "Binding", verbs: "create")),
              \(resource("componentstatuses", "ComponentStatus", verbs: "get, list", scope: "Cluster"))]}]}
            """)
        #expect(
            found.resources == [
                APIResource(
                    group: "autoscaling", version: "v2", plural: "horizontalpodautoscalers", kind: "HorizontalPodAutoscaler",
                    isNamespaced: true),
                APIResource(group: "autoscaling", version: "v1", plural: "olds", kind: "Old", isNamespaced: true),
                APIResource(group: "", version: "v1", plural: "pods", kind: "Pod", isNamespaced: true),
                APIResource(group: "", version: "v1", plural: "nodes", kind: "Node", isNamespaced: false),
            ])
        #expect(found.failures.isEmpty)
    }

    @Test func aGroupThatIsStaleIsAFailureAndNotEmpty() throws {
        let found = try discovery("{metadata: {name: metrics.k8s.io}, versions: [{version: v1beta1, freshness: Stale}]}")
        #expect(found.failures == [.init(group: "metrics.k8s.io", reason: "metrics.k8s.io/v1beta1 did not answer the API server")])
        #expect(found.resources.isEmpty)
    }

    @Test func anAnswerOfAnotherShapeIsAnError() {
        #expect(throws: ClusterError.self) { try discovery("{metadata: {name: g}, versions: {}}") }
    }

    @Test func kindsAreMeantByTheWordsOfKubectl() {
        let resource = APIResource(group: "apps", version: "v1", plural: "deployments", kind: "Deployment", isNamespaced: true)
        for word in ["deployments", "deployment", "Deployment", "deployments.apps", "Deployment.apps", "*.apps", "*"] {
            #expect(resource.matches(word), "\(word)")
        }
        for word in ["deploy", "deployments.extensions", "*.batch", "", "deployments."] { #expect(!resource.matches(word), "\(word)") }
        let service = APIResource(group: "", version: "v1", plural: "services", kind: "Service", isNamespaced: true)
        #expect(service.matches("services.") && !service.matches("services.serving.knative.dev"))
    }

    @Test func namesAreEscapedInAddresses() {
        let resource = APIResource(group: "rbac.authorization.k8s.io", version: "v1", plural: "roles", kind: "Role", isNamespaced: true)
        #expect(
            resource.path(namespace: "a", name: "system:x/y?z%")
                == "/apis/rbac.authorization.k8s.io/v1/namespaces/a/roles/system%3Ax%2Fy%3Fz%25")
    }
}
