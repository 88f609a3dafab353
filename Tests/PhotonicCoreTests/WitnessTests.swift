import Core
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
            "the time of the last spike", "spikes/out.csv: counts and times",
            {
                try $0.edit("spikes/out.csv") { data in
                    let line = try #require(data.dropLast(1).lastIndex(of: UInt8(ascii: "\n")))
                    data[line + 1] += 1
                }
            }
        ),
        (
            "the time of a spike in the middle", "spikes/out.csv: counts and times",
            {
                try $0.edit("spikes/out.csv") { data in
                    let comma = try #require(data[(data.count / 2)...].firstIndex(of: UInt8(ascii: ",")))
                    data[comma - 1] = data[comma - 1] == UInt8(ascii: "9") ? UInt8(ascii: "8") : data[comma - 1] + 1
                }
            }
        ),
        (
            "a laser's power", "circuit.json: parameters",
            { try $0.replace("circuit.json", "\"power_dbm\": ", "\"power_dbm\": 1") }
        ),
        (
            "a waveguide's material", "circuit.json: parameters", { try $0.replace("circuit.json", "\"silicon\"", "\"silica\"") }
        ),
        (
            "an old point of a calibration", "calibration.json: points",
            { try $0.replace("calibration.json", "\"timestamp\": \"20", "\"timestamp\": \"19") }
        ),
        (
            "the matrix that a mesh is to make", "phases/encoder-unitary.npy: outputs",
            { try $0.edit("phases/encoder-unitary.npy") { data in data[128 + 5] ^= 0x10 } }
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

    private func changed(_ copy: DataCopy, since before: Witness, _ suite: PhotonicCore.Suite? = nil) -> [WitnessChange] {
        copy.report(suite ?? self.suite).changes(since: WitnessBaseline(before), of: suite ?? self.suite)
    }

    @Test("a database that began anew has shrunk, and a file that vanished is told") func shrunk() throws {
        let copy = try DataCopy.sdk()
        let before = witness(copy)
        #expect(changed(copy, since: before).isEmpty)
        let one = try String(contentsOf: copy.url("calibration.json"), encoding: .utf8)
        try copy.edit("calibration.json") { $0 = Data(one.replacing("\"ring-07\"", with: "\"ring-06b\"").utf8) }
        #expect(changed(copy, since: before).allSatisfy { !$0.isAgainst })
        let small = #"{"version": "1.0", "created": "2026-02-03T04:05:06", "components": {}, "calibration_history": []}"#
        try copy.edit("calibration.json") { $0 = Data(small.utf8) }
        try FileManager.default.removeItem(at: copy.url("weights/readout.npy"))
        let found = changed(copy, since: before)
        let against = found.filter(\.isAgainst)
        #expect(against.map(\.name) == ["calibration.json: size"], "\(against)")
        #expect(against.first?.note == "it has shrunk from 16 to 0 components" && against.first?.check?.passed == false)
        #expect(found.contains { $0.file == "weights/readout.npy" && $0.kind == .gone && $0.note == "it is gone or cannot be read" })
    }

    @Test("another suite is compared in what both ask, and nothing has shrunk by it") func anotherSuite() throws {
        let copy = try DataCopy.sdk()
        let recorded = witness(copy)
        let text = "version: 1\nname: photon-neuro\nchecks:\n- array: {file: weights/encoder.npy}\n- array: {file: phases/encoder.npy}\n"
        let other = try PhotonicCore.Suite.parse(text, file: "s.yaml")
        #expect(!recorded.isOf(other) && recorded.isOf(suite))
        let checks = try #require(recorded.checks(against: copy.report(other), of: other))
        #expect(Set(checks.map(\.file)) == ["weights/encoder.npy"] && checks.allSatisfy(\.passed))
        let asked = changed(copy, since: recorded, other)
        #expect(asked.allSatisfy { !$0.isAgainst && [.suite, .gone, .new].contains($0.kind) }, "\(asked)")
        #expect(asked.filter { $0.kind == .gone }.allSatisfy { $0.note == "the suite no longer asks for it" }, "\(asked)")
        #expect(asked.contains { $0.kind == .gone && $0.name == "calibration.json: size" && $0.note == "the suite no longer asks for it" })
        #expect(asked.contains { $0.kind == .suite && $0.name == "array weights/encoder.npy, maximum" && $0.note.contains("was 1.0") })
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
        #expect(throws: Failure.self) { try Witness(encoded: Array(text.utf8)) }
    }

    /// A sum of doubles loses what is far below the largest of them.
    @Test("the lowest bit of any number of any type is seen", arguments: ["<f8", "<i8", "<f4", "<u2", "<c16"]) func lowBits(_ type: String)
        throws
    {
        let size = try #require(["<f8": 8, "<i8": 8, "<f4": 4, "<u2": 2, "<c16": 16][type])
        let suite = try PhotonicCore.Suite.parse("version: 1\nname: n\nchecks:\n- array: {file: a.npy}\n", file: "s.yaml")
        let copy = try DataCopy.sdk()
        var numbers = Data()
        for number in 0..<64 {
            numbers +=
                type.hasPrefix("<f8") || type == "<c16"
                ? withUnsafeBytes(of: Double(number) * 0.3 + 1e6) { Data($0) } : Data((0..<8).map { UInt8(($0 * 37 + number * 11) & 0x3f) })
        }
        let header = "{'descr': '\(type)', 'fortran_order': False, 'shape': (\(numbers.count / size),), }"
        let padded = header + String(repeating: " ", count: 117 - header.utf8.count) + "\n"
        let whole = Data([0x93]) + Data("NUMPY".utf8) + Data([1, 0, 118, 0]) + Data(padded.utf8) + numbers
        try whole.write(to: copy.url("a.npy"))
        let recorded = Witness(suite: suite, copy.report(suite))
        #expect(recorded.failed == 0)
        for place in stride(from: 0, to: numbers.count, by: size) {
            try copy.edit("a.npy") { $0 = whole }
            try copy.edit("a.npy") { $0[128 + place] ^= 1 }
            let checks = try #require(recorded.checks(against: copy.report(suite), of: suite))
            #expect(checks.contains { !$0.passed }, "byte \(place)")
        }
    }

    /// Every file describes itself rightly, and stands under the other's name.
    @Test("two calibration files that were swapped are seen") func swappedFiles() throws {
        let copy = try DataCopy()
        let recorded = Witness(suite: .dataSet, copy.report(.dataSet))
        let (first, second) = (copy.url("calibrations/notch-01.json"), copy.url("calibrations/notch-02.json"))
        let (one, two) = (try Data(contentsOf: first), try Data(contentsOf: second))
        try two.write(to: first)
        try one.write(to: second)
        let failed = try #require(recorded.checks(against: copy.report(.dataSet), of: .dataSet)).filter { !$0.passed }
        #expect(Set(failed.compactMap(\.file)) == ["calibrations/notch-01.json", "calibrations/notch-02.json"], "\(failed.map(\.name))")
    }
}
