import Foundation
import PhotonicCore
import TestSupport
import Testing

/// Files that somebody made to do harm: each is a sentence, soon.
@Suite struct HostileDataTests {
    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    private func failed(_ check: String, _ file: String, _ bytes: Data) throws -> [CheckResult] {
        try bytes.write(to: URL(fileURLWithPath: scratch(file)))
        let suite = try PhotonicCore.Suite.parse("version: 1\nname: s\nchecks: [{\(check)}]\n", file: "s.yaml")
        return suite.run(directory: scratch.path).checks.filter { !$0.passed }
    }

    private func checkpoint(_ pickle: Data) -> Data {
        StoredArchive(members: [("m/data.pkl", pickle), ("m/version", Data("3\n".utf8))]).file
    }

    @Test func halvesOfCharactersWithoutEndAreOneString() throws {
        let halves = String(repeating: "\\ud800", count: 400_000)
        let failed = try failed("netlist: {file: c.json}", "c.json", Data("{\"type\": \"\(halves)\"}".utf8))
        #expect(failed.first?.note?.contains("a type is longer") == true, "\(failed)")
        let pairs = try self.failed("netlist: {file: c.json}", "c.json", Data(#"{"type": "\ud83d\ude00\ud800x\udc00\ud800\n"}"#.utf8))
        #expect(pairs.allSatisfy { !$0.name.hasSuffix("readable") }, "\(pairs)")
    }

    /// Each level holds the one before twice: looked through for names, it would take for ever.
    @Test func aNestThatDoublesIsLookedThroughOnce() throws {
        let nest = Data([0x80, 2]) + Data(")".utf8) + Data((0..<60).flatMap { _ in [UInt8(ascii: "2"), 0x86] }) + Data(".".utf8)
        #expect(try failed("checkpoint: {file: m.pt}", "m.pt", checkpoint(nest)).isEmpty)
        let deep = Data([0x80, 2]) + Data(")".utf8) + Data(repeating: 0x85, count: 500_000) + Data(".".utf8)
        #expect(try failed("checkpoint: {file: m.pt}", "m.pt", checkpoint(deep)).isEmpty)
    }

    @Test(arguments: [
        ("", "it breaks off"), (".", "it holds nothing"), ("R.", "takes more than it has put down"), ("u.", "a mark is missing"),
        ("h\u{5}.", "recalls what it never had"), ("X\u{7f}", "it breaks off"), ("z.", "there is no opcode"),
    ]) func aPickleThatIsNoneIsASentence(text: String, message: String) throws {
        let failed = try failed("checkpoint: {file: m.pt}", "m.pt", checkpoint(Data([0x80, 2]) + Data(text.utf8)))
        #expect(failed.first?.note?.contains(message) == true, "\(failed)")
    }

    /// What a tensor's type hides from the names is looked at all the same.
    @Test func aStorageThatNoTensorNamesIsLookedAt() throws {
        var archive = DataMutationTests.checkpoint([0.5, .nan])
        let described = try #require(archive.members.first).bytes
        // The function that makes a tensor of it is one that nobody knows.
        let known = Data("_rebuild_tensor_v2".utf8)
        var bytes = described
        while let place = bytes.range(of: known) { bytes.replaceSubrange(place, with: Data("_unknown_tensor_xx".utf8)) }
        archive.members[0].bytes = bytes
        let failed = try failed("checkpoint: {file: m.pt}", "m.pt", archive.file)
        #expect(failed.contains { $0.name == "m.pt: numbers out of range" }, "\(failed)")
    }

    @Test func aBitThatAnArchiveOfArraysHasLostIsSeenByItsOwnChecksum() throws {
        var bytes = StoredArchive(members: [("a.npy", StoredArray([1, 2, 3]).file)]).file
        bytes[160] ^= 1
        let failed = try failed("array: {file: a.npz}", "a.npz", bytes)
        #expect(failed.first?.note?.contains("CRC-32") == true, "\(failed)")
    }
}
