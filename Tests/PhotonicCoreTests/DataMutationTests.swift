import Foundation
import PhotonicCore
import TestSupport
import Testing

/// Changes that leave every file readable: what tells them from what was recorded when all was well. Not one may pass, and nothing that is as it
/// should be may raise an alarm.
@Suite struct DataMutationTests {
    /// A file in a data set, the suite that looks at it, and what is done to it.
    struct Format: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let file: String
        let checks: String
        let original: Data
        let mutants: [Mutant]
        /// A folder of the fixture that it lies in.
        var base: String?
    }

    private static func fixtureFile(_ path: String) throws -> Data { try Data(contentsOf: fixture.appendingPathComponent(path)) }

    // MARK: Formats

    static let formats: Result<[Format], any Error> = Result {
        let netlist = try JSONMutants(try fixtureFile("sdk/circuit.json"))
        let calibration = try JSONMutants(try fixtureFile("sdk/calibration.json"))
        let spikes = try fixtureFile("sdk/spikes/in.csv")
        return [
            Format(
                testDescription: "netlist", file: "circuit.json", checks: "- netlist: {file: circuit.json}",
                original: try netlist.original(),
                // The order of connections means nothing.
                mutants: try netlist.all { !$0.hasPrefix("components.ring-0") || $0.hasPrefix("components.ring-00") }
                    .filter { $0.kind != "swapped in connections" }),
            Format(
                testDescription: "calibration", file: "calibration.json", checks: "- calibration: {file: calibration.json}",
                original: try calibration.original(),
                mutants: try calibration.all { pattern in
                    !pattern.hasPrefix("components.") || ["laser", "ring-00"].contains { pattern.hasPrefix("components.\($0)") }
                }),
            Format(
                testDescription: "spikes", file: "in.csv", checks: "- spikes: {file: in.csv, channels: 16}", original: spikes,
                mutants: spikeMutants(spikes)),
            Format(
                testDescription: "spikes that are conserved", file: "in.csv",
                checks: "- spikes: {file: out.csv, channels: 16, conserves: in.csv}",
                original: spikes, mutants: spikeMutants(spikes)),
            try array("weights", "sdk/weights/encoder.npy", "- array: {file: a.npy}"),
            try array("phases", "sdk/phases/encoder.npy", "- mesh: {file: a.npy, modes: 8}"),
            try array("scattering", "sdk/scattering.npy", "- scattering: {file: a.npy}"),
            try array(
                "a matrix that is meant", "sdk/phases/encoder-unitary.npy", "- mesh: {file: b.npy, modes: 8, matrix: a.npy, deviation: 1}"),
            archive, checkpoint, try layout("photonic.json"), try layout("phases/layer-1.json"), try layout("calibrations/notch-01.json"),
        ]
    }

    /// A file of a data set that describes itself.
    private static func layout(_ file: String) throws -> Format {
        let document = try JSONMutants(try fixtureFile("data/\(file)"))
        return Format(
            testDescription: "described data: \(file)", file: file, checks: "- dataSet: photonic.json", original: try document.original(),
            // Names of files in order, and numbers that nothing is made of, say the same in another order.
            mutants: try document.all(), base: "data")
    }

    private static func array(_ name: String, _ path: String, _ checks: String) throws -> Format {
        let stored = StoredArray(file: try fixtureFile(path))
        return Format(testDescription: name, file: "a.npy", checks: checks, original: stored.file, mutants: stored.mutants(name))
    }

    private static func spikeMutants(_ log: Data) -> [Mutant] {
        let lines = String(decoding: log, as: UTF8.self).split(separator: "\n").map(String.init)
        func mutant(_ kind: String, _ change: (inout [String]) -> Void) -> Mutant {
            var lines = lines
            change(&lines)
            return Mutant(kind: "\(kind) a log", bytes: Data((lines.joined(separator: "\n") + "\n").utf8))
        }
        func parts(_ line: String) -> [Int] { line.split(separator: ",").compactMap { Int($0) } }
        let middle = lines.count / 2
        return [
            mutant("an event lost from") { $0.remove(at: middle) }, mutant("the first event lost from") { $0.remove(at: 1) },
            mutant("the last event lost from") { $0.removeLast() }, mutant("an event twice in") { $0.insert($0[middle], at: middle) },
            mutant("a later time in") { $0[middle] = "\(parts($0[middle])[0] + 1),\(parts($0[middle])[1])" },
            mutant("the last time later in") { $0[$0.count - 1] = "\(parts($0[$0.count - 1])[0] + 1),\(parts($0[$0.count - 1])[1])" },
            mutant("another channel in") { $0[middle] = "\(parts($0[middle])[0]),\((parts($0[middle])[1] + 1) % 16)" },
            mutant("two events exchanged in") { $0.swapAt(middle, middle + 3) },
            mutant("two channels exchanged in") { lines in
                let (first, second) = (parts(lines[1]), parts(lines[2]))
                (lines[1], lines[2]) = ("\(first[0]),\(second[1] == first[1] ? 15 - first[1] : second[1])", "\(second[0]),\(first[1])")
            },
            mutant("half of") { $0 = Array($0.prefix($0.count / 2)) }, mutant("nothing left of") { $0 = [$0[0]] },
            mutant("all times shifted in") { lines in
                lines = [lines[0]] + lines.dropFirst().map { "\(parts($0)[0] + 1000),\(parts($0)[1])" }
            },
        ]
    }

    private static var archive: Format {
        let (small, large) = (StoredArray([1, 2.5, -3]), StoredArray((0..<12).map { Double($0) / 7 }, shape: [3, 4]))
        let whole = StoredArchive(members: [("bias.npy", small.file), ("kernel.npy", large.file)])
        let inside = large.mutants("a member of an archive").map { mutant in
            Mutant(
                kind: mutant.kind, bytes: StoredArchive(members: [("bias.npy", small.file), ("kernel.npy", mutant.bytes)]).file)
        }
        return Format(
            testDescription: "archive of arrays", file: "a.npz", checks: "- array: {file: a.npz}", original: whole.file,
            mutants: inside + whole.mutants("an archive of arrays"))
    }

    /// What `torch.save` writes for `{"w": …, "b": …}`.
    private static func pickle(_ tensors: [(name: String, type: String, count: Int)]) -> Data {
        var data = Data([0x80, 2]) + Data("}(".utf8)
        for (index, tensor) in tensors.enumerated() {
            func text(_ text: String) -> Data { Data("X".utf8) + Data([UInt8(text.utf8.count), 0, 0, 0]) + Data(text.utf8) }
            data +=
                text(tensor.name) + Data("ctorch._utils\n_rebuild_tensor_v2\n((".utf8) + text("storage")
                + Data("ctorch\n\(tensor.type)\n".utf8)
            data += text("\(index)") + text("cpu") + Data("K".utf8) + Data([UInt8(tensor.count)]) + Data("tQK".utf8) + Data([0])
            data += Data("K".utf8) + Data([UInt8(tensor.count)]) + Data([0x85]) + Data("K".utf8) + Data([1, 0x85, 0x89])
            data += Data("ccollections\nOrderedDict\n)RtR".utf8)
        }
        return data + Data("u.".utf8)
    }

    static func checkpoint(_ values: [Float], _ others: [Double] = [1, 2]) -> StoredArchive {
        let (weights, bias) = (
            values.reduce(into: Data()) { data, value in withUnsafeBytes(of: value.bitPattern.littleEndian) { data += Data($0) } },
            others.reduce(into: Data()) { data, value in withUnsafeBytes(of: value.bitPattern.littleEndian) { data += Data($0) } }
        )
        let described = pickle([("w", "FloatStorage", values.count), ("b", "DoubleStorage", others.count)])
        return StoredArchive(members: [
            ("model/data.pkl", described), ("model/version", Data("3\n".utf8)), ("model/data/0", weights), ("model/data/1", bias),
        ])
    }

    private static var checkpoint: Format {
        let whole = checkpoint([0.5, -0.25, 0.125, 1])
        return Format(
            testDescription: "checkpoint", file: "model.pt", checks: "- checkpoint: {file: model.pt}", original: whole.file,
            mutants: whole.mutants("a checkpoint") + [
                Mutant(kind: "all zero in a checkpoint", bytes: checkpoint([0, 0, 0, 0], [0, 0]).file),
                Mutant(kind: "no numbers in a checkpoint", bytes: checkpoint([0.5, .nan, 0.125, 1]).file),
                Mutant(kind: "infinite in a checkpoint", bytes: checkpoint([0.5, -0.25, 0.125, 1], [1, .infinity]).file),
                Mutant(kind: "shorter in a checkpoint", bytes: checkpoint([0.5, -0.25, 0.125]).file),
            ])
    }

    // MARK: What tells

    /// What is wrong by itself, else what responds otherwise than it was recorded; nil where nobody sees anything.
    private func catcher(_ suite: PhotonicCore.Suite, _ directory: String, _ recorded: Witness) throws -> String? {
        let report = suite.run(directory: directory)
        if let check = report.checks.first(where: { !$0.passed }) {
            let name = check.name.split(separator: ": ").last.map(String.init) ?? check.name
            return "the check “\(name.split(separator: ",").first ?? "")”"
        }
        let compared = try #require(recorded.checks(against: report, of: suite))
        let moved = report.changes(since: WitnessBaseline(recorded), of: suite)
        guard let first = compared.first(where: { !$0.passed }) else { return nil }
        #expect(!moved.isEmpty, "the history says nothing of \(first.name)")
        return "the response “\(first.name.split(separator: ": ").last ?? "")”"
    }

    private func suite(_ checks: String) throws -> PhotonicCore.Suite {
        try PhotonicCore.Suite.parse("version: 1\nname: s\nchecks:\n\(checks)\n", file: "s.yaml")
    }

    /// How many kinds there are, and what catches them: policies/PROOF.md has the table.
    @Test func everyChangeIsCaught() throws {
        let formats = try Self.formats.get()
        var table: [String] = []
        var kinds: Set<String> = []
        for format in formats {
            let scratch = try Scratch()
            if let base = format.base { _ = try run("cp", "-r", "\(fixture.path)/\(base)/.", scratch.path) }
            try Self.fixtureFile("sdk/spikes/out.csv").write(to: URL(fileURLWithPath: scratch("out.csv")))
            try Self.fixtureFile("sdk/phases/encoder.npy").write(to: URL(fileURLWithPath: scratch("b.npy")))
            let (suite, place) = (try suite(format.checks), URL(fileURLWithPath: scratch(format.file)))
            try format.original.write(to: place)
            let sound = suite.run(directory: scratch.path)
            #expect(sound.checks.allSatisfy { $0.passed }, "\(format.testDescription): \(sound.checks.filter { !$0.passed }.map(\.name))")
            let recorded = try Witness(encoded: Witness(suite: suite, sound).encoded())
            var caught: [String: Int] = [:]
            for mutant in format.mutants {
                try mutant.bytes.write(to: place)
                kinds.insert("\(format.testDescription): \(mutant.kind)")
                let catcher = try catcher(suite, scratch.path, recorded)
                #expect(catcher != nil, "\(format.testDescription): \(mutant.kind) passes")
                caught[catcher ?? "nothing", default: 0] += 1
            }
            let all = caught.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { "\($0.key) \($0.value)" }
            table.append("\(format.testDescription): \(format.mutants.count), of these \(all.joined(separator: ", "))")
        }
        #expect(kinds.count >= 200, "\(kinds.count) kinds")
        print("mutants: \(kinds.count) kinds\n" + table.joined(separator: "\n"))
    }

    // MARK: What is right

    /// Of a night before and a night after: what the suite forbids of that. What it says nothing about is told and raises no alarm.
    private func alarms(
        _ before: Night, _ after: Night, _ checks: String, then later: String? = nil
    ) throws -> [String] {
        let scratch = try Scratch()
        func write(_ files: Night) throws {
            for (name, bytes) in files {
                let place = URL(fileURLWithPath: scratch(name))
                if let bytes { try bytes.write(to: place) } else { try FileManager.default.removeItem(at: place) }
            }
        }
        let (first, second) = (try suite(checks), try suite(later ?? checks))
        try write(before)
        let recorded = Witness(suite: first, first.run(directory: scratch.path))
        try write(after)
        let report = second.run(directory: scratch.path)
        return report.checks.filter { !$0.passed }.map(\.name)
            + report.changes(since: WitnessBaseline(recorded), of: second).filter(\.isAgainst).map(\.name)
    }

    private static func inserting(_ text: String, after mark: String, in data: Data) -> Data {
        var data = data
        if let place = data.range(of: Data(mark.utf8)) { data.insert(contentsOf: Data(text.utf8), at: place.upperBound) }
        return data
    }

    private typealias Night = [String: Data?]

    @Test func whatIsAsItShouldBeRaisesNoAlarm() throws {
        var kinds = 0
        func expectNone(_ kind: String, _ before: Night, _ after: Night, _ checks: String, then later: String? = nil) throws {
            let alarms = try alarms(before, after, checks, then: later)
            #expect(alarms.isEmpty, "\(kind): \(alarms)")
            kinds += 1
        }
        let (circuit, database) = (try Self.fixtureFile("sdk/circuit.json"), try Self.fixtureFile("sdk/calibration.json"))
        let (netlist, spikes) = (try JSONMutants(circuit), try Self.fixtureFile("sdk/spikes/in.csv"))
        let numbers = (0..<64).map { Double($0 % 7) / 3 - 1 }
        let (weights, trained) = (StoredArray(numbers), StoredArray(numbers.map { $0 * 1.001 }))
        let phases = StoredArray(file: try Self.fixtureFile("sdk/phases/encoder.npy"))
        var moved = phases
        moved.elements[moved.elements.startIndex + 4] ^= 1
        let text = String(decoding: spikes, as: UTF8.self)
        let lines = text.split(separator: "\n").prefix(100).joined(separator: "\n")
        let quieter = Data("\(lines)\n".utf8)
        let newest =
            #"{"timestamp": "2026-02-03T03:00:00", "parameter_name": "drive_voltage", "target_value": 0.5, "measured_value": 0.5, "applied_correction": 0.0, "error": 0.0, "metadata": null},"#
        let recalibrated = Self.inserting(newest, after: "\"drive_voltage\": [", in: database)
        let component = #""new": {"parameters": {}, "last_calibrated": null},"#
        let grown = Self.inserting(component, after: "\"components\": {", in: database)
        var renamed = Self.checkpoint([0.5, 1])
        for index in renamed.members.indices {
            renamed.members[index].name = renamed.members[index].name.replacing("model/", with: "epoch-2/")
        }
        let led = #""led": {"type": "led_source", "center_wavelength": 1.5e-6, "spectral_width": 5e-8, "power_dbm": -10},"#
        let added = Self.inserting(led, after: "\"components\": {", in: circuit)
        let array = "- array: {file: '*.npy'}"
        try expectNone(
            "a netlist written with other blanks and keys in another order", ["c.json": circuit], ["c.json": netlist.reformatted()],
            "- netlist: {file: c.json}\n  drift: 0")
        let exchanged = try #require(try netlist.all { $0 == "connections" }.first { $0.kind == "swapped in connections" }).bytes
        try expectNone("connections in another order", ["c.json": circuit], ["c.json": exchanged], "- netlist: {file: c.json}\n  drift: 0")
        try expectNone(
            "a netlist on one line", ["c.json": circuit], ["c.json": netlist.original()], "- netlist: {file: c.json}\n  drift: 0")
        try expectNone("a component more", ["c.json": circuit], ["c.json": added], "- netlist: {file: c.json}\n  shrinks: false")
        try expectNone("a recalibration", ["c.json": database], ["c.json": recalibrated], "- calibration: {file: c.json}")
        try expectNone(
            "a recalibration that is declared", ["c.json": database], ["c.json": recalibrated],
            "- calibration: {file: c.json}\n  drift: anything")
        try expectNone(
            "a component more in the calibration", ["c.json": database], ["c.json": grown], "- calibration: {file: c.json}\n  drift: grows")
        try expectNone("a quieter night", ["s.csv": spikes], ["s.csv": quieter], "- spikes: {file: s.csv, channels: 16}")
        try expectNone("a louder night", ["s.csv": quieter], ["s.csv": spikes], "- spikes: {file: s.csv, channels: 16}\n  shrinks: false")
        try expectNone(
            "a log that was rotated away", ["a.csv": spikes, "b.csv": spikes], ["a.csv": nil], "- spikes: {file: '*.csv', channels: 16}")
        try expectNone("a new log", ["a.csv": spikes], ["b.csv": quieter], "- spikes: {file: '*.csv', channels: 16}\n  drift: grows")
        try expectNone("a training that went on, undeclared", ["w.npy": weights.file], ["w.npy": trained.file], array)
        try expectNone(
            "a training that went on within its drift", ["w.npy": weights.file], ["w.npy": trained.file], array + "\n  drift: 0.05")
        try expectNone("new weights beside the old", ["w.npy": weights.file], ["v.npy": trained.file], array + "\n  drift: 0")
        try expectNone("the same bytes written again", ["w.npy": weights.file], ["w.npy": weights.file], array + "\n  drift: 0")
        try expectNone(
            "phases a little moved", ["p.npy": phases.file], ["p.npy": moved.file],
            "- mesh: {file: p.npy, modes: 8}\n  drift: {outputs: 0.01}")
        try expectNone(
            "a comment in the suite", ["w.npy": weights.file], [:], array + "\n  drift: 0", then: "# a word\n" + array + "\n  drift: 0.0")
        try expectNone(
            "a tolerance that was changed", ["w.npy": weights.file], [:], "- array: {file: w.npy, maximum: 2}\n  drift: 0",
            then: "- array: {file: w.npy, maximum: 3}\n  drift: 0")
        try expectNone(
            "a check more", ["w.npy": weights.file, "s.csv": spikes], [:], array, then: array + "\n- spikes: {file: s.csv, channels: 16}")
        try expectNone(
            "a check less", ["w.npy": weights.file, "s.csv": spikes], [:], array + "\n  drift: 0\n- spikes: {file: s.csv, channels: 16}",
            then: "- spikes: {file: s.csv, channels: 16}")
        try expectNone(
            "a checkpoint saved under another name", ["m.pt": Self.checkpoint([0.5, 1]).file], ["m.pt": renamed.file],
            "- checkpoint: {file: m.pt}")
        try expectNone(
            "a checkpoint of a training that went on", ["m.pt": Self.checkpoint([0.5, 1]).file],
            ["m.pt": Self.checkpoint([0.5, 1.01]).file], "- checkpoint: {file: m.pt}\n  drift: 0.1")
        try expectNone(
            "an array more in an archive", ["a.npz": StoredArchive(members: [("a.npy", weights.file)]).file],
            ["a.npz": StoredArchive(members: [("a.npy", weights.file), ("b.npy", trained.file)]).file],
            "- array: {file: a.npz}\n  drift: grows")
        #expect(kinds >= 20)
    }
}
