import Core
import Testing

@Suite struct PathSelectionTests {
    private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    @Test(
        arguments: [
            ("etc/hosts", .chosen(0)), ("etc/hosts/x", .beneath), ("etc", .above), ("etc/hostsx", .outside), ("etc/host", .outside),
            ("srv", .above), ("srv/a", .above), ("srv/a/b", .chosen(1)), ("srv/a/b/c/d", .beneath), ("srv/ab", .outside), ("var", .outside),
            ("srv/a-", .outside), ("a", .outside),
        ] as [(String, PathSelection.Relation)])
    func whatAPathIsToTheSelection(path: String, relation: PathSelection.Relation) {
        let selection = PathSelection([bytes("srv/a/b"), bytes("etc/hosts"), bytes("etc/hosts")])
        #expect(selection.count == 2 && selection.relation(of: bytes(path)) == relation)
    }

    /// Whatever the order of bytes does to names that begin alike.
    @Test func itSaysWhatASearchOfAllWouldSay() {
        let names = ["a", "a-", "a-b", "a.b", "ab", "b"]
        let all = names.flatMap { one in [one] + names.flatMap { two in ["\(one)/\(two)", "\(one)/\(two)/c"] } }
        let chosen = ["a-/b", "a/a-b", "b", "ab/ab/c"]
        let selection = PathSelection(chosen.map(bytes))
        for path in all {
            let expected: PathSelection.Relation =
                chosen.contains(path)
                ? .chosen(chosen.sorted { bytes($0).lexicographicallyPrecedes(bytes($1)) }.firstIndex(of: path) ?? -1)
                : chosen.contains { path.hasPrefix($0 + "/") }
                    ? .beneath : chosen.contains { $0.hasPrefix(path + "/") } ? .above : .outside
            #expect(selection.relation(of: bytes(path)) == expected, "\(path)")
        }
    }

    @Test(arguments: [("0", 0), ("10", 10), ("4KB", 4000), ("1 GiB", 1 << 30), ("100MB", 100_000_000)] as [(String, Int64)])
    func sizesAreRead(text: String, bytes: Int64) { #expect(ByteSize.parse(text) == bytes) }

    @Test(arguments: ["", "MB", "-1", "1.5GB", "1XB", "9999999TiB", "10mb"]) func whatIsNoSizeIsNone(text: String) {
        #expect(ByteSize.parse(text) == nil)
    }
}
