import Testing

@testable import Kubernetes

/// What is kept beside an object: who owns its fields, and what kubectl last applied.
@Suite struct ManagedFieldsTests {
    private func fields(_ metadata: String) throws -> ManagedFields {
        ManagedFields(live: try #require(try parse("{apiVersion: v1, kind: ConfigMap, metadata: \(metadata)}").first))
    }

    private func entry(_ manager: String, time: String, _ fields: String) -> String {
        "{manager: \(manager), operation: Update, apiVersion: v1, time: '\(time)', fieldsType: FieldsV1, fieldsV1: \(fields)}"
    }

    @Test func timesAndTheirOrderMakeNoDifference() throws {
        let (one, two) = ("{'f:data': {'f:a': {}}}", "{'f:data': {'f:b': {}}}")
        let first = try fields(
            "{managedFields: [\(entry("m", time: "2026-01-01T00:00:00Z", one)), \(entry("k", time: "2026-01-02T00:00:00Z", two))]}")
        let second = try fields(
            "{managedFields: [\(entry("k", time: "2026-05-01T00:00:00Z", two)), \(entry("m", time: "2026-05-02T00:00:00Z", one))]}")
        #expect(first.text == second.text)
        #expect(first.entries.count == 2)
        #expect(ManagedFields(text: first.text)?.text == first.text)
    }

    /// A controller owns it again as soon as it writes it; what names an owner's uid means nothing in another cluster.
    @Test func whatControllersMakeAnewIsNotKept() throws {
        let controller =
            "{'f:metadata': {'f:annotations': {'.': {}, 'f:deployment.kubernetes.io/revision': {}}}, 'f:status': {'f:replicas': {}}}"
        let status = "{manager: s, subresource: status, fieldsV1: {'f:status': {}}}"
        #expect(try fields("{managedFields: [\(entry("c", time: "", controller)), \(status)]}").entries.isEmpty)
        let mixed = "{'f:metadata': {'f:ownerReferences': {'k:{\"uid\":\"u\"}': {}}, 'f:labels': {'f:a': {}}}, 'f:status': {}}"
        let kept = try fields("{managedFields: [\(entry("m", time: "", mixed))]}")
        #expect(kept.entries.first?["fieldsV1"] == (try parse("{'f:metadata': {'f:labels': {'f:a': {}}}}").first))
        let nobodys = try fields("{name: n}")
        #expect(nobodys.entries.isEmpty && ManagedFields(text: nobodys.text)?.entries.isEmpty == true)
    }

    @Test func whatWasAppliedIsKeptToTheLetterAndFollowsNewNames() throws {
        let applied = #"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c","namespace":"old"},"data":{"n":"1.0"}}"# + "\n"
        let value = ManifestValue.mapping([
            ManifestEntry(
                key: .string("metadata"),
                value: .mapping([
                    ManifestEntry(
                        key: .string("annotations"),
                        value: .mapping([ManifestEntry(key: .string(FieldOwnership.lastApplied), value: .scalar(.string(applied)))]))
                ]))
        ])
        let fields = ManagedFields(live: value)
        #expect(fields.lastApplied == applied && ManagedFields(text: fields.text) == fields)
        #expect(fields.mapped { $0 }.lastApplied == applied)
        var mapping = ManifestSet.Mapping()
        mapping.namespaces = ["old": "new"]
        let key = ObjectKey(group: "", kind: "ConfigMap", namespace: "old", name: "c")
        #expect(fields.mapped { mapping.apply(to: $0, key) }.lastApplied == applied.replacing("old", with: "new"))
    }

    @Test func aTextThatIsNoneIsNotTaken() { #expect(ManagedFields(text: Array("{a: b}".utf8)) == nil) }
}
