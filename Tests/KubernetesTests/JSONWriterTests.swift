import Foundation
import Testing

@testable import Kubernetes

@Suite struct JSONWriterTests {
    @Test(arguments: [
        (
            "{a: 1, b: -0.5e+3, c: true, d: null, e: [], f: {}, g: \"1\"}",
            "{\"a\":1,\"b\":-0.5e+3,\"c\":true,\"d\":null,\"e\":[],\"f\":{},\"g\":\"1\"}"
        ),
        // What YAML has beyond JSON is a string; the server refuses it or takes it.
        (
            "{b: .inf, c: 08, d: 0x, e: 1., f: -}",
            "{\"b\":\".inf\",\"c\":\"08\",\"d\":\"0x\",\"e\":\"1.\",\"f\":\"-\"}"
        ),
        // Its integers are written as JSON has them.
        (
            "{a: 0644, b: 0o644, c: 0x1F, d: -0b11, e: 1_000, f: +1}",
            "{\"a\":420,\"b\":420,\"c\":31,\"d\":-3,\"e\":1000,\"f\":1}"
        ),
    ]) func aValueIsWrittenAsItIs(yaml: String, json: String) throws {
        #expect(String(decoding: JSONWriter.encode(try #require(try parse(yaml).first)), as: UTF8.self) == json)
    }

    @Test func everyStringComesBack() throws {
        let text = "\"\\ \u{0}\u{1F}\u{7F}\n\t é 🌀 \u{2028}"
        let value = ManifestValue.mapping([ManifestEntry(key: .string(text), value: .string(text))])
        let bytes = JSONWriter.encode(value)
        #expect(try JSONReader.value(bytes[...]) == value)
        #expect(try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: String] == [text: text])
    }
}
