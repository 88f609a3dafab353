import Foundation
import GitHistory
import TestSupport
import Testing

/// The difference of two texts against GNU diff, again and again: what is printed must not come from memory that is in use by others.
@Suite struct TextDiffTests {
    private func lines(_ diff: String) -> [String] {
        diff.split(separator: "\n").map(String.init).filter {
            ["+", "-", " "].contains($0.prefix(1)) && !$0.hasPrefix("---") && !$0.hasPrefix("+++")
        }
    }

    @Test func itIsWhatGNUDiffSays() throws {
        let scratch = FileManager.default.temporaryDirectory.appending(path: "rekindle-diff-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: scratch, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: scratch) }
        let old = (0..<400).map { "line \($0): value \($0 * 7)" }
        var new = old
        for index in stride(from: 3, to: 400, by: 17) { new[index] += " changed" }
        new.remove(at: 100)
        new.insert("one more", at: 200)
        let texts = [old, new].map { Array(($0.joined(separator: "\n") + "\n").utf8) }
        for (name, text) in zip(["old", "new"], texts) { try Data(text).write(to: scratch.appending(path: name)) }
        let expected = lines(try ChildProcess.run(["diff", "-u", "old", "new"], in: scratch.path).text)
        #expect(expected.count > 100)
        for _ in 0..<200 {
            // Memory that is given back is soon used for something else.
            let noise = (0..<50).map { [UInt8](repeating: UInt8($0), count: texts[0].count + $0) }
            #expect(lines(try TextDiff.unified(old: texts[0], new: texts[1], path: "some/path.yaml")) == expected)
            #expect(noise.count == 50)
        }
    }

    @Test func whatIsNotThereIsNotEmpty() throws {
        let added = try TextDiff.unified(old: nil, new: Array("a\n".utf8), path: "p")
        #expect(added.contains("new file") && added.contains("/dev/null") && added.hasSuffix("+a\n"))
        let emptied = try TextDiff.unified(old: Array("a\n".utf8), new: [], path: "p")
        #expect(!emptied.contains("/dev/null") && emptied.hasSuffix("-a\n"))
        #expect(try TextDiff.unified(old: Array("a".utf8), new: Array("a".utf8), path: "p") == "")
    }
}
