import Foundation
import PhotonicCore
import Testing

@Suite struct WitnessTests {
    private let suite: PhotonicCore.Suite

    init() throws { suite = try SuiteTests.suite.get() }

    private func witness(_ copy: DataCopy) -> Witness { Witness(suite: suite, copy.report(suite)) }

    @Test("the same data gives the same bytes, and compares equal") func same() throws {
        let (first, second) = (try DataCopy.sdk(), try DataCopy.sdk())
        let witness = witness(first)
        #expect(try witness.encoded() == self.witness(second).encoded())
        #expect(try Witness(encoded: witness.encoded()) == witness)
        let checks = try #require(witness.checks(against: second.report(suite), of: suite))
        #expect(checks.count == witness.responses.count && checks.allSatisfy(\.passed))
    }

    /// Changes that no declared check can see.
    static let changes: [(String, String, @Sendable (DataCopy) throws -> Void)] = [
        (
            "the lowest bit of a weight's mantissa", "weights/encoder.npy: sums",
            { try $0.edit("weights/encoder.npy") { $0[128 + 400] ^= 1 } }
        ),
        (
            "two weights swapped", "weights/readout.npy: sums",
            {
                try $0.edit("weights/readout.npy") { data in
                    let (first, second) = (data[128..<132], data[132..<136])
                    data.replaceSubrange(128..<136, with: second + first)
                }
            }
        ),
        (
            "a phase of a netlist's mesh", "circuit.json: outputs of encoder",
            { try $0.replace("circuit.json", "\"phases\": [\n    3", "\"phases\": [\n    13") }
        ),
        (
            "a correction of a calibration", "calibration.json: newest corrections",
            { copy in
                try copy.edit("calibration.json") { data in
                    let place = try #require(data.range(of: Data("\"applied_correction\": ".utf8), options: .backwards)).upperBound
                    data.insert(contentsOf: Data("-1".utf8), at: place)
                    if data[place + 2] == UInt8(ascii: "-") { data.remove(at: place + 2) }
                }
            }
        ),
        (
            "the time of a spike", "spikes/out.csv: counts and last time",
            {
                try $0.edit("spikes/out.csv") { data in
                    let line = try #require(data.dropLast(1).lastIndex(of: UInt8(ascii: "\n")))
                    data[line + 1] += 1
                }
            }
        ),
    ]

    @Test("what no check sees, the witness does", arguments: changes.indices) func change(_ index: Int) throws {
        let (name, response, inflict) = Self.changes[index]
        let copy = try DataCopy.sdk()
        let recorded = witness(copy)
        try inflict(copy)
        let failed = try #require(recorded.checks(against: copy.report(suite), of: suite)).filter { !$0.passed }
        #expect(
            failed.contains { $0.name == "witness: \(response)" && $0.note?.contains("does not do what it did") == true },
            "\(name): \(failed.map(\.name))")
    }

    @Test("a file that is gone, and one that came, are told") func gone() throws {
        let copy = try DataCopy.sdk()
        let before = witness(copy)
        try FileManager.default.copyItem(at: copy.url("weights/readout.npy"), to: copy.url("weights/another.npy"))
        try FileManager.default.removeItem(at: copy.url("weights/readout.npy"))
        let failed = try #require(before.checks(against: copy.report(suite), of: suite)).filter { !$0.passed }
        #expect(failed.contains { $0.name == "witness: weights/readout.npy: sums" && $0.note?.contains("does not respond") == true })
        #expect(failed.allSatisfy { $0.file == "weights/readout.npy" }, "what was not recorded says nothing")
    }

    @Test("a database that began anew, and a file that vanished, have shrunk") func shrunk() throws {
        let copy = try DataCopy.sdk()
        let before = witness(copy)
        #expect(before.shrunk(since: before).isEmpty)
        let one = try String(contentsOf: copy.url("calibration.json"), encoding: .utf8)
        try copy.edit("calibration.json") { $0 = Data(one.replacing("\"ring-07\"", with: "\"ring-06b\"").utf8) }
        #expect(witness(copy).shrunk(since: before).isEmpty)
        let small = #"{"version": "1.0", "created": "2026-02-03T04:05:06", "components": {}, "calibration_history": []}"#
        try copy.edit("calibration.json") { $0 = Data(small.utf8) }
        try FileManager.default.removeItem(at: copy.url("weights/readout.npy"))
        let shrunk = witness(copy).shrunk(since: before)
        #expect(shrunk.count == 2 && shrunk.allSatisfy { !$0.passed })
        #expect(shrunk.contains { $0.file == "calibration.json" && $0.note?.contains("has shrunk from 16.0 to 0.0") == true })
        #expect(shrunk.contains { $0.file == "weights/readout.npy" && $0.note?.contains("is gone") == true })
    }

    @Test("another suite is compared in what both ask, and nothing has shrunk by it") func anotherSuite() throws {
        let copy = try DataCopy.sdk()
        let recorded = witness(copy)
        let text = "version: 1\nname: photon-neuro\nchecks:\n- array: {file: weights/encoder.npy}\n- array: {file: phases/encoder.npy}\n"
        let other = try PhotonicCore.Suite.parse(text, file: "s.yaml")
        #expect(!recorded.isOf(other) && recorded.isOf(suite))
        let checks = try #require(recorded.checks(against: copy.report(other), of: other))
        #expect(checks.map(\.file) == ["weights/encoder.npy", "weights/encoder.npy"] && checks.allSatisfy(\.passed))
        #expect(Witness(suite: other, copy.report(other)).shrunk(since: recorded).isEmpty)
        try copy.edit("weights/encoder.npy") { $0[128 + 400] ^= 1 }
        #expect(recorded.checks(against: copy.report(other), of: other)?.contains { !$0.passed } == true)
    }

    @Test("data that was bad then is not made worse by a restore") func alreadyBad() throws {
        let copy = try DataCopy.sdk()
        try copy.editFloat("weights/readout.npy", at: 128) { _ in .nan }
        let recorded = try Witness(encoded: witness(copy).encoded())
        #expect(recorded.failed > 0)
        #expect(recorded.checks(against: copy.report(suite), of: suite)?.allSatisfy(\.passed) == true)
    }

    @Test("what is no witness is a sentence", arguments: ["", "{}", "{\"version\": 2}", "[1]"]) func noWitness(_ text: String) {
        #expect(throws: WitnessError.self) { try Witness(encoded: Array(text.utf8)) }
    }
}
