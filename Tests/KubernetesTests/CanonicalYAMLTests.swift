import TestSupport
import Testing

@testable import Kubernetes

@Suite struct CanonicalYAMLTests {
    @Test func `Keys are sorted, lists keep their order and empty collections stay`() throws {
        let source = """
            # a comment
            spec: {template: {}, ports: [{port: 80, name: http}, {port: 443}], args: [], nested: [[1, 2], [[]], [{}]]}
            apiVersion: "v1"
            """
        let expected = """
            apiVersion: v1
            spec:
              args: []
              nested:
              - - 1
                - 2
              - - []
              - - {}
              ports:
              - name: http
                port: 80
              - port: 443
              template: {}

            """
        #expect(try canonical(source) == expected)
    }

    @Test(arguments: [
        "yes", "No", "on", "OFF", "y", "N", "true", "False", "null", "Null", "NULL", "nUll", "~", "", "0", "1", "-1", "+1", "007", "0o17",
        "0x1F",
        "0b101", "1_000", "1e3", "1.5", ".5", "-.5", ".inf", "-.INF", ".nan", "190:20:30", "2001-12-14", "2001-12-14t21:59:43.10-05:00",
        "12345678901234567890123", "0.1000000000000000055511151231257827", "<<", "=", "!x", "&x", "*x", "@x", "`x", "%x", "-", "- x", "?",
        "? x",
        ":", ": x", "a: b", "a:", "a #b", "#b", " a", "a ", "a\tb", "\ta", "[x]", "{x}", "x]", "x,y", "'x'", "\"x\"", "\\n", "|", ">",
        "---", "...",
        "--- x", "é", "日本", "😀", "\u{feff}", "\u{85}", "\u{2028}", "\u{7f}", "\u{0}", "\u{1b}[0m", "\r", "a\r\nb", "100m", "1Gi", "1.2.3.4",
    ])
    func `A tricky string stays a string, as a value, an element and a key`(_ text: String) throws {
        let scalar = ManifestScalar.string(text)
        let value = ManifestValue.mapping([
            ManifestEntry(key: .string("value"), value: .scalar(scalar)),
            ManifestEntry(key: .string("list"), value: .sequence([.scalar(scalar), .sequence([.scalar(scalar)])])),
            ManifestEntry(key: .string("map"), value: .mapping([ManifestEntry(key: scalar, value: .scalar(scalar))])),
        ])
        let bytes = CanonicalYAML.encode(value)
        let again = try parse(String(decoding: bytes, as: UTF8.self))
        #expect(again.map(\.exact) == [value.exact])
        #expect(again.map(CanonicalYAML.encode) == [bytes])
        #expect(CanonicalYAML.decode(bytes)?.exact == value.exact)
    }

    @Test(arguments: [
        ("yes", "\"yes\""), ("1", "\"1\""), ("null", "\"null\""), ("0x10", "\"0x10\""), ("1_000", "\"1_000\""),
        ("2001-12-14", "\"2001-12-14\""),
        ("007", "\"007\""), ("~", "\"~\""), ("", "\"\""), ("nginx:1.27", "nginx:1.27"), ("/data", "/data"), ("$(POD_IP)", "$(POD_IP)"),
        ("tab\there", "\"tab\\there\""), ("\u{1b}", "\"\\x1b\""), ("\u{2028}", "\"\\u2028\""), ("two words", "two words"),
    ])
    func `A string is quoted exactly where some reader could take it for something else`(_ text: String, _ spelling: String) {
        #expect(CanonicalYAML.encode(.scalar(.string(text))) == Array((spelling + "\n").utf8))
    }

    @Test(arguments: [
        "1", "-17", "+3", "0", "007", "0o17", "0x1F", "1_000", "12345678901234567890123", "1.0", "1.50", "1e3", "-1.5E-7", ".5", ".inf",
        "-.inf",
        ".NaN", "true", "False", "yes", "off", "190:20:30", "2001-12-14", "0.1000000000000000055511151231257827",
    ])
    func `Whatever is no string keeps the characters of its source`(_ text: String) throws {
        #expect(try canonical("a: \(text)") == "a: \(text)\n")
        #expect(try canonical("\(text): [\(text)]") == "\(text):\n- \(text)\n")
        #expect(try canonical("a: '\(text)'") == "a: \"\(text)\"\n")
    }

    @Test(arguments: ["~", "null", "Null", "NULL", "", "!!null ''"])
    func `Every spelling of null is written in one way`(_ text: String) throws {
        #expect(try canonical("a: \(text)") == "a: null\n")
    }

    @Test(arguments: [
        ("a\nb\n", "|\n  a\n  b\n"), ("a\nb", "|-\n  a\n  b\n"), ("a\n\n\nb\n\n", "|+\n  a\n\n\n  b\n\n"), ("  a\nb\n", "|2\n    a\n  b\n"),
        ("\n a", "|2-\n\n   a\n"), ("\na\n", "|\n\n  a\n"), ("#!/bin/sh\nset -e\n", "|\n  #!/bin/sh\n  set -e\n"),
        ("---\n...\n", "|\n  ---\n  ...\n"),
        ("a\n  \n", "|\n  a\n    \n"), ("\ta\n", "|2\n  \ta\n"), ("\n", "\"\\n\"\n"), ("a\n ", "\"a\\n \"\n"), ("a\r\nb", "\"a\\r\\nb\"\n"),
    ])
    func `A string of several lines is a literal block where a block can hold it`(_ text: String, _ block: String) throws {
        let value = ManifestValue.mapping([ManifestEntry(key: .string("k"), value: .scalar(.string(text)))])
        #expect(String(decoding: CanonicalYAML.encode(value), as: UTF8.self) == "k: " + block)
        #expect(try parse("k: " + block).map(\.exact) == [value.exact])
        #expect(CanonicalYAML.decode(Array("k: \(block)".utf8))?.exact == value.exact)
    }

    @Test(arguments: [
        ("a: &x {b: 1}\nc: *x", "a:\n  b: 1\nc:\n  b: 1\n"),
        ("base: &b {x: 1, y: 2}\nc:\n  <<: *b\n  y: 3", "base:\n  x: 1\n  y: 2\nc:\n  x: 1\n  y: 3\n"),
        ("a:\n  <<: [{x: 1}, {x: 2, z: 3}]", "a:\n  x: 1\n  z: 3\n"),
        ("a: &k 1\n*k : b", "1: b\na: 1\n"), ("&k 1: b\na: *k", "1: b\na: 1\n"), ("\"<<\": a", "\"<<\": a\n"),
        ("a: !!str 1\nb: ! 2\nc: !!int \"3\"", "a: \"1\"\nb: \"2\"\nc: 3\n"),
        ("a: >\n  folded\n  text\n", "a: |\n  folded text\n"), ("{\"a\": \"\\u00e9\\/\"}", "a: é/\n"),
    ])
    func `Anchors, merge keys, tags and other styles are written out`(_ source: String, _ expected: String) throws {
        #expect(try canonical(source) == expected)
    }

    @Test(arguments: [
        ("\"\\uFEFFa\"", "\u{feff}a"), ("\u{feff}a", "\u{feff}a"), ("\"\\U0000feff\"", "\u{feff}"), ("'\\ufeff'", "\\ufeff"),
        ("\"\\\\ufeff\"", "\\ufeff"), ("|-\n  s.replace(\"\\uFEFF\")", "s.replace(\"\\uFEFF\")"),
        ("\"\\uf800\\ufeff\"", "\u{f800}\u{feff}"),
        ("\u{f800}\u{feff}", "\u{f800}\u{feff}"),
    ])
    func `A byte order mark within a string is kept, and text that only looks like one is not touched`(_ source: String, _ text: String)
        throws
    {
        let value = ManifestValue.mapping([ManifestEntry(key: .string("k"), value: .scalar(.string(text)))])
        #expect(try parse("k: " + source).map(\.exact) == [value.exact])
    }

    @Test(arguments: [UInt64](1...20).map { $0 &* 7919 })
    func `Any value reads back as it was, byte for byte, and is then written as before`(seed: UInt64) throws {
        var generator = ValueGenerator(seed: seed)
        for _ in 0..<40 {
            let value = generator.value(depth: 0)
            let bytes = CanonicalYAML.encode(value)
            let text = String(decoding: bytes, as: UTF8.self)
            let again = try YAMLReader.values(DocumentText(text: text, line: 1)).map(\.value)
            try #require(again.map(\.exact) == [value.exact], "seed \(seed):\n\(text)")
            try #require(again.map(CanonicalYAML.encode) == [bytes], "seed \(seed):\n\(text)")
            try #require(CanonicalYAML.decode(bytes)?.exact == value.exact, "seed \(seed):\n\(text)")
        }
    }

    /// Parsers take a key of more than 1024 characters only behind a question mark.
    @Test func `A key of any length reads back, whatever stands under it`() throws {
        let key = String(repeating: "long: ", count: 400)
        for source in ["1", "[]", "[1, [2]]", "{a: {b: [c]}}", "\"a\\nb\\n\""] {
            let inner = try #require(try parse("k: \(source)").first?["k"])
            let entries = [ManifestEntry(key: .string(key), value: inner), ManifestEntry(key: .string("z"), value: inner)]
            let value = ManifestValue.sequence([.mapping(entries), .mapping([ManifestEntry(key: .string("in"), value: .mapping(entries))])])
            let text = CanonicalYAML.encode(value)
            #expect(text.starts(with: "- ? \"long: ".utf8))
            #expect(CanonicalYAML.decode(text)?.exact == value.exact)
            #expect(try parse(String(decoding: text, as: UTF8.self)).map(\.exact) == [value.exact])
        }
    }

    /// Its own reader looks for no anchors, so text that only looks like them costs nothing; the guard for strangers' YAML counts it.
    @Test func `Text that looks like anchors and aliases reads back`() throws {
        let jobs = (0..<200).map { "job\($0): &job\($0) {image: a, script: [x]}\n" }.joined()
        let runs = (0..<200).map { "\(String(repeating: " ", count: 40))run\($0): {<<: *job\($0)}\n" }.joined()
        let value = ManifestValue.mapping([ManifestEntry(key: .string("pipeline"), value: .scalar(.string(jobs + runs)))])
        let text = CanonicalYAML.encode(value)
        #expect(throws: LineProblem.self) { try parse(String(decoding: text, as: UTF8.self)) }
        #expect(CanonicalYAML.decode(text)?.exact == value.exact)
    }

    @Test(arguments: [
        "", "a", "a:", "a: b", "a: 'b'\n", "a: &x b\n", "a: *x\n", "b: 1\na: 1\n", "a: {b: 1}\n", "a: [1]\n", "a:\n    b: 1\n", "a: 1\n\n",
        "---\na: 1\n", "a: |\n b\n", "a: >\n  b\n  c\n", "a: \"b\"\n", "a: \"\\q\"\n", "a: \"\\u12\"\n", "a: \"b\n",
        "? a\n: b\n",
        "? a\n", "- 1\n-2\n", "-   a: 1\n", "a: b \n", "a: b\r\n", "a: 1\na: 2\n", " a: 1\n", "a: ~\n", "a:\n  - 1\n",
    ])
    func `A text that was not written by us is not taken for ours`(_ text: String) {
        #expect(CanonicalYAML.decode(Array(text.utf8)) == nil)
    }

    @Test func `What is nested too deep is not followed`() {
        #expect(CanonicalYAML.decode(Array((String(repeating: "- ", count: 100_000) + "1\n").utf8)) == nil)
        #expect(CanonicalYAML.decode([0x61, 0x3A, 0x20, 0xFF, 0x0A]) == nil)
    }
}

/// Random values made of what YAML finds difficult.
private struct ValueGenerator {
    private var random: SeededGenerator
    private static let pieces = [
        "a", "B", "1", "0", " ", "  ", "\n", "\n\n", "\t", ":", ": ", " #", "-", "- ", "?", "!", "&", "*", "|", ">", "'", "\"", "\\", "%",
        "@", "`", "{", "}",
        "[", "]", ",", "é", "e\u{301}", "日", "😀", "\r", "\u{0}", "\u{7f}", "\u{85}", "\u{a0}", "\u{2028}", "\u{feff}", "---", "...", "yes",
        "null", "~", ".",
        "_", "<<", "=", "$", "/", "#",
    ]
    private static let literals = [
        "1", "-2", "+3", "1.5", ".5", "1e9", "0x1f", "007", "true", "No", "y", ".inf", "2001-12-14", "1:20", "1_0",
    ]

    init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    private mutating func string() -> String {
        (0..<Int.random(in: 0...8, using: &random)).map { _ in Self.pieces.randomElement(using: &random) ?? "" }.joined()
    }

    private mutating func scalar(isKey: Bool) -> ManifestScalar {
        switch Int.random(in: 0..<10, using: &random) {
        case 0..<2: .plain(Self.literals.randomElement(using: &random) ?? "1")
        case 2 where !isKey: .plain("null")
        default: .string(string())
        }
    }

    mutating func value(depth: Int) -> ManifestValue {
        let count = Int.random(in: 0...4, using: &random)
        switch Int.random(in: 0..<(depth < 5 ? 6 : 2), using: &random) {
        case 0 where depth > 0, 1 where depth > 0: return .scalar(scalar(isKey: false))
        case 2, 3: return .sequence((0..<count).map { _ in value(depth: depth + 1) })
        default:
            var entries: [ManifestEntry] = []
            for _ in 0..<count {
                let key = scalar(isKey: true)
                guard !entries.contains(where: { $0.key.text == key.text }) else { continue }
                entries.append(ManifestEntry(key: key, value: value(depth: depth + 1)))
            }
            return .mapping(entries)
        }
    }
}
