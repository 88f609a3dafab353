import Foundation
import Glibc
import TestSupport
import Testing

@testable import Kubernetes

@Suite struct ManifestProblemTests {
    static let good = configMap("good") + "# eight lines\n---\n"

    /// What stands in `a.yaml` behind eight lines of a good document, and what is said of it.
    static let badDocuments: [(String, String)] = [
        ("kind: X\nmetadata: {name: a}", "9: the document has no apiVersion."),
        ("apiVersion: v1\nmetadata: {name: a}", "9: the document has no kind."),
        ("apiVersion: v1\nkind: ''\nmetadata: {name: a}", "9: the document has no kind."),
        ("apiVersion: v1\nkind: X", "9: the document has no metadata."),
        ("apiVersion: v1\nkind: X\nmetadata: {}", "9: the document has no metadata.name."),
        ("apiVersion: v1\nkind: X\nmetadata: {generateName: a-}", "9: the document has no metadata.name."),
        ("apiVersion: v1\nkind: X\nmetadata: [a]", "9: metadata is not a mapping."),
        ("apiVersion: v1\nkind: X\nmetadata: {name: 12}", "9: metadata.name is 12, which is not a string. Write it in quotes."),
        (
            "apiVersion: v1\nkind: X\nmetadata: {name: a, namespace: yes}",
            "9: metadata.namespace is yes, which is not a string. Write it in quotes."
        ),
        ("apiVersion: v1\nkind: X\nmetadata: {name: [a]}", "9: metadata.name is not a string."),
        ("apiVersion: a/b/c\nkind: X\nmetadata: {name: a}", "9: the apiVersion \"a/b/c\" is neither v1 nor group/v1."),
        ("- a\n- b", "9: a manifest is a mapping, and this is not."), ("just text", "9: a manifest is a mapping, and this is not."),
        ("\n# comment\n\napiVersion: v1", "12: the document has no kind."),
        ("apiVersion: v1\nkind: List", "9: the List has no items."),
        ("apiVersion: v1\nkind: List\nitems: 3", "9: the items of the List are no list."),
        ("apiVersion: v1\nkind: List\nitems:\n- {kind: X}\n- 7", "12: the document has no apiVersion."),
        ("a: 1\nb:\n  x: 1\n  y: 2\n  x: 3", "11: a mapping holds the key \"x\" more than once."),
        ("a: {1: x, '1': y}", "9: the key \"1\" already stands in line 9."),
        ("a: 0\n1: x\n!!str 1: y", "11: the key \"1\" already stands in line 10."),
        ("a: b: c", "9: the YAML is not valid: mapping values are not allowed in this context."),
        ("a:\n  - b\n c: d", "11: the YAML is not valid: did not find expected key while parsing a block mapping."),
        ("a: *nothing", "9: the YAML is not valid: found undefined alias."),
        ("a: \"open", "9: the YAML is not valid: found unexpected end of stream while scanning a quoted scalar."),
        ("a: !!binary aGk=", "9: the tag tag:yaml.org,2002:binary means nothing to Kubernetes."),
        ("a: !Ref x", "9: the tag !Ref means nothing to Kubernetes."),
        ("a: !!int x", "9: \"x\" is not what its tag tag:yaml.org,2002:int says."), ("~: a", "9: a key is null."),
        ("[a]: b", "9: a list or a mapping is used as a key, which Kubernetes does not read."),
        ("<<: 3", "9: the merge key \"<<\" needs a mapping or a list of mappings."),
        ("a: \u{1}", "9: the YAML is not valid: control characters are not allowed."),
        (
            "a: 1\nb: \(String(repeating: "[", count: 101))\(String(repeating: "]", count: 101))",
            "10: the document is nested deeper than 100 levels."
        ),
    ]

    @Test(arguments: badDocuments)
    func `A document that is no object is named with its file and line`(_ document: String, _ problem: String) throws {
        let scratch = try Scratch(["a.yaml": Self.good + document])
        let problems = try scratch.problems()
        #expect(problems.first == "DIR/a.yaml:\(problem)")
    }

    @Test func `Every problem of every file is reported at once, in order, and nothing is returned`() throws {
        let scratch = try Scratch(["b.yaml": "a: b: c\n---\nkind: X\n---\n- 1\n", "a/x.json": "{\n", "good.yaml": configMap("good")])
        let lines = try scratch.problems().map { $0.split(separator: ": ")[0] }
        #expect(lines == ["DIR/a/x.json:2", "DIR/b.yaml:1", "DIR/b.yaml:3", "DIR/b.yaml:5"])
    }

    @Test func `Of very many problems the first are told and all are counted`() throws {
        let scratch = try Scratch(["a.yaml": String(repeating: "kind: X\n---\n", count: 120)])
        let error = try #require(throws: ManifestError.self) { try ManifestDirectory.read(scratch.path) }
        #expect(error.problems.count == 50 && error.total == 120)
        #expect(error.description.hasPrefix("Cannot read the manifests in \(scratch.path):\n  \(scratch.path)/a.yaml:1: "))
        #expect(error.description.hasSuffix("\n  and 70 more."))
    }

    @Test func `Two different documents for one object are named, both of them`() throws {
        let scratch = try Scratch(["a.yaml": configMap("x", data: "{a: 1}"), "b.yaml": "---\n---\n" + configMap("x", data: "{a: '1'}")])
        #expect(
            try scratch.problems() == ["DIR/b.yaml:3: ConfigMap demo/x stands in DIR/a.yaml:1 too, and differently. Remove one of them."])
    }

    @Test func `Two kinds that would share a file are a problem`() throws {
        let scratch = try Scratch([
            "a.yaml": configMap("x") + "---\n" + configMap("x").replacingOccurrences(of: "ConfigMap", with: "Configmap")
        ])
        #expect(
            try scratch.problems().first?.contains("Configmap demo/x would be kept in one file with ConfigMap demo/x of DIR/a.yaml:1")
                == true)
    }

    @Test(arguments: [[:], ["README.md": "x"], ["a.yaml": "# nothing\n---\n~\n", "b.json": ""]])
    func `A directory without manifests is an error of its own`(_ files: [String: String]) throws {
        let problem = try Scratch(files).problems()
        #expect(problem.count == 1)
        #expect(problem[0].hasPrefix("DIR: it holds no manifests (.yaml, .yml, .json). An empty directory is not taken for"))
    }

    @Test func `A directory that is not there or is a file is an error`() throws {
        let scratch = try Scratch(["file": ""])
        for (name, reason) in [("missing", "No such file or directory"), ("file", "Not a directory")] {
            let error = try #require(throws: ManifestError.self) { try ManifestDirectory.read(scratch.path + "/" + name) }
            #expect(error.problems.map(\.description) == ["\(scratch.path)/\(name): cannot be listed: \(reason)."])
        }
    }

    @Test func `A link that leads outside or nowhere, and a pipe, are problems, not skipped`() throws {
        let outside = try Scratch(["x.yaml": configMap("x"), "plain.txt": ""])
        let scratch = try Scratch(["good.yaml": configMap("good")])
        try scratch.link("directory", to: outside.path)
        try scratch.link("file.yaml", to: outside.path + "/x.yaml")
        try scratch.link("gone.yaml", to: "missing")
        try scratch.link("ignored.txt", to: outside.path + "/plain.txt")
        try #require(mkfifo(scratch.path + "/pipe.yaml", 0o600) == 0)
        #expect(
            try scratch.problems() == [
                "DIR/directory: is a link to \(outside.path), outside of the directory. Copy what it stands for.",
                "DIR/file.yaml: is a link to \(outside.path)/x.yaml, outside of the directory. Copy what it stands for.",
                "DIR/gone.yaml: is a link that leads nowhere: No such file or directory.",
                "DIR/pipe.yaml: is neither a file nor a directory.",
            ])
    }

    @Test func `A file too large, not UTF-8 or cut short is a problem`() throws {
        let scratch = try Scratch()
        try scratch.write(Data(Array("---\nb: 1\n---\na: ".utf8) + [0xE9, 0x0A]), to: "latin.yaml")
        try scratch.write(Data(repeating: UInt8(ascii: "#"), count: ManifestLimits.fileBytesMax + 1), to: "large.yaml")
        #expect(try scratch.problems() == ["DIR/large.yaml: is larger than 16 MiB.", "DIR/latin.yaml:4: the text is not UTF-8."].sorted())
    }
}
