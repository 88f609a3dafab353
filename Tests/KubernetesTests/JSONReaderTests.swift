import Testing

@testable import Kubernetes

@Suite struct JSONReaderTests {
    private func read(_ text: String) throws -> ManifestValue { try JSONReader.value(Array(text.utf8)[...]) }

    @Test func whatTheServerWritesBecomesTheSameManifest() throws {
        let json = #"{"a":{"b":[1,-0.5,1e3,true,false,null,"x",[],{}]},"c":"\"\\\/\b\f\n\r\té😀 ü"}"#
        let yaml = "a: {b: [1, -0.5, 1e3, true, false, null, x, [], {}]}\nc: \"\\\"\\\\/\\b\\f\\n\\r\\té😀 ü\"\n"
        #expect(try read(json) == parse(yaml).first)
    }

    /// A number of JSON is not taken through a floating-point type.
    @Test(arguments: ["9007199254740993", "0.1", "1.0", "-0", "1E+400", "12345678901234567890.5"]) func numbersKeepTheirCharacters(
        text: String
    ) throws {
        #expect(try read(text) == .scalar(ManifestScalar(text: text, isLiteral: true)))
    }

    /// A text that looks like something else is quoted when it is written.
    @Test func stringsStayStrings() throws {
        for text in ["1", "true", "null", "yes", "2001-01-01", "", "~", "0x1"] {
            let value = try read("{\"k\":\"\(text)\"}")
            #expect(value["k"]?.string == text)
            #expect(try canonical(String(decoding: CanonicalYAML.encode(value), as: UTF8.self)) == "k: \"\(text)\"\n")
        }
    }

    @Test(arguments: [
        "", " ", "{", "[1", "[1,]", "{\"a\":1,}", "{a:1}", "{\"a\" 1}", "01", "1.", ".5", "1e", "+1", "tru", "nul", "\"a", "\"\\x\"",
        "\"\\u12\"",
        "\"\\ud800\"", "\"\\ud800\\u0041\"", "\"\\udc00\"", "\"\u{01}\"", "{} x", "1 2", "{\"a\":1,\"a\":2}", "'a'", "NaN",
    ]) func whatIsNoJSONIsRefused(text: String) {
        #expect(throws: JSONProblem.self) { try read(text) }
    }

    @Test func bytesThatAreNotTextAreRefused() {
        #expect(throws: JSONProblem.self) { try JSONReader.value(([0x22, 0xFF, 0x22] as [UInt8])[...]) }
        let overlong: [UInt8] = [0x22, 0xC0, 0x80, 0x22]
        #expect(throws: JSONProblem.self) { try JSONReader.value(overlong[...]) }
    }

    @Test func depthIsBounded() throws {
        #expect(throws: JSONProblem.self) { try read(String(repeating: "[", count: 100_000)) }
        _ = try read(String(repeating: "[", count: 50) + String(repeating: "]", count: 50))
    }

    @Test func aLongKeyIsAKey() throws {
        let key = String(repeating: "k", count: 5000)
        #expect(try read("{\"\(key)\":1}")[key]?.literal == "1")
    }

    /// Of an object that cannot be read whole, its name can.
    @Test func theTopOfWhatIsTooDeepIsRead() throws {
        let deep = String(repeating: "[", count: 5000) + "\"]}\"" + String(repeating: "]", count: 5000)
        let text = "{\"kind\":\"X\",\"spec\":{\"a\":\(deep)},\"metadata\":{\"labels\":{\"a\":{}},\"name\":\"n\",\"namespace\":\"s\"}}"
        #expect(throws: JSONProblem.self) { try read(text) }
        let outline = try JSONReader.outline(Array(text.utf8)[...])
        #expect(outline["metadata"]?["name"]?.text == "n" && outline["metadata"]?["namespace"]?.text == "s")
        #expect(throws: JSONProblem.self) { try JSONReader.outline(Array(text.utf8.dropLast(20))[...]) }
    }

    /// Keys that are equal by letters and differ in bytes are two keys, as everywhere here.
    @Test func manyKeysAreComparedToo() throws {
        let keys = (0..<100).map { "\"k\($0)\":1" }.joined(separator: ",")
        _ = try read("{\(keys)}")
        #expect(throws: JSONProblem.self) { try read("{\(keys),\"k5\":1}") }
    }
}

@Suite struct ListSplitterTests {
    private static let list =
        #"{"kind":"List","metadata":{"continue":"a]}","items":[1]},"items":[{"a":"}],{"},{"items":[{}],"b":[]}],"more":"items"}"#

    private func split(_ text: String, piece: Int) throws -> (items: [String], envelope: String, isComplete: Bool) {
        var splitter = ListSplitter()
        let bytes = Array(text.utf8)
        var items: [String] = []
        for start in stride(from: 0, to: bytes.count, by: piece) {
            items += try splitter.feed(Array(bytes[start..<min(start + piece, bytes.count)])).map { String(decoding: $0, as: UTF8.self) }
        }
        return (items, String(decoding: splitter.envelope, as: UTF8.self), splitter.isComplete)
    }

    @Test(arguments: 1...40) func elementsAreCutOutWhereverTheBytesAreCut(piece: Int) throws {
        let (items, envelope, isComplete) = try split(Self.list, piece: piece)
        #expect(items == [#"{"a":"}],{"}"#, #"{"items":[{}],"b":[]}"#])
        #expect(envelope == #"{"kind":"List","metadata":{"continue":"a]}","items":[1]},"items":[],"more":"items"}"#)
        #expect(isComplete)
    }

    @Test(arguments: [#"{"items":null}"#, #"{"items":[]}"#, #"{"items" : [ ] }"#, #"{"kind":"Status","message":"items"}"#])
    func listsWithoutElementsStayAsTheyAre(text: String) throws {
        let (items, envelope, isComplete) = try split(text, piece: 3)
        #expect(items.isEmpty)
        #expect(envelope == text)
        #expect(isComplete)
    }

    @Test func aListThatBreaksOffIsNotComplete() throws {
        for count in 0..<Self.list.utf8.count {
            #expect(try !split(String(Self.list.prefix(count)), piece: 7).isComplete)
        }
    }

    @Test func whatIsTooLargeOrTooDeepIsRefused() {
        #expect(throws: JSONProblem.self) { try split("]", piece: 1) }
        #expect(throws: JSONProblem.self) { try split(String(repeating: "[", count: 200_000), piece: 1000) }
        #expect(throws: JSONProblem.self) { try split("{\"a\":\"" + String(repeating: "x", count: 2 << 20), piece: 1 << 16) }
        #expect(throws: JSONProblem.self) { try split("{\"items\":[{\"a\":\"" + String(repeating: "x", count: 33 << 20), piece: 1 << 20) }
    }
}
