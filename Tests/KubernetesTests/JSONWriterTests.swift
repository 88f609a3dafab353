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
            "{a: 0x1F, b: .inf, c: 1_000, d: 012, e: 1., f: -}",
            "{\"a\":\"0x1F\",\"b\":\".inf\",\"c\":\"1_000\",\"d\":\"012\",\"e\":\"1.\",\"f\":\"-\"}"
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
