import Foundation
import PhotonicCore
import TestSupport
import Testing

/// Where the fixture lies, from this file's place in the checkout.
let fixture = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("fixtures/photon-neuro")

/// A copy of a folder of the fixture, removed with the last reference to it.
final class DataCopy {
    let folder: URL

    init(of name: String = "data") throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("photonic-\(UUID().uuidString)")
        try FileManager.default.copyItem(at: fixture.appendingPathComponent(name), to: folder)
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    func url(_ file: String) -> URL { folder.appendingPathComponent(file) }

    func edit(_ file: String, _ change: (inout Data) throws -> Void) throws {
        var data = try Data(contentsOf: url(file))
        try change(&data)
        try data.write(to: url(file))
    }

    /// Replaces the first occurrence of `old`, which must be there.
    func replace(_ file: String, _ old: String, _ new: String) throws {
        try edit(file) { data in
            let range = try #require(data.range(of: Data(old.utf8)), "\(old) is not in \(file)")
            data.replaceSubrange(range, with: Data(new.utf8))
        }
    }

    var failures: [CheckResult] { SelfTest.dataChecks(directory: folder.path).filter { !$0.passed } }
}

/// One way to damage a data set, the checks that must fail for it and no others, and what the sentence says.
struct Damage: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let failing: [String]
    let saying: String
    let inflict: @Sendable (DataCopy) throws -> Void

    init(_ description: String, _ failing: [String], _ saying: String = "", _ inflict: @escaping @Sendable (DataCopy) throws -> Void) {
        testDescription = description
        self.failing = failing
        self.saying = saying
        self.inflict = inflict
    }
}

@Suite struct DataTests {
    @Test("the fixture passes every check")
    func intact() throws {
        let checks = SelfTest.dataChecks(directory: fixture.appendingPathComponent("data").path)
        #expect(checks.filter { !$0.passed } == [])
        #expect(checks.count == 77)
        // Every mesh, ring, weight and spike log responds.
        let responses = PhotonicCore.Suite.dataSet.run(directory: fixture.appendingPathComponent("data").path).responses
        let files = Set(responses.map(\.file))
        let folders = ["phases", "calibrations", "weights", "spikes"].map { folder in files.count { $0.hasPrefix("\(folder)/") } }
        #expect(folders.allSatisfy { $0 > 0 }, "\(folders)")
        #expect(responses.contains { $0.file == "spikes/night run 2.csv" && $0.kind == .size && $0.values == [3000] })
    }

    @Test("a directory that is not there, or has no description, is one failed check that says so", arguments: ["absent", ""])
    func noDescription(name: String) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("photonic-empty-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let checks = SelfTest.dataChecks(directory: folder.appendingPathComponent(name).path)
        #expect(checks.map(\.name) == [name.isEmpty ? "photonic.json: readable" : "the directory: readable"])
        #expect(checks.first?.passed == false)
        #expect(checks.first?.note?.contains("No such file or directory") == true)
    }

    @Test("damage fails the check that is meant for it, and no other", arguments: Damage.all)
    func damage(_ damage: Damage) throws {
        let copy = try DataCopy()
        try damage.inflict(copy)
        let failures = copy.failures
        #expect(failures.map(\.name).sorted() == damage.failing.sorted())
        #expect(damage.saying.isEmpty || failures.contains { $0.note?.contains(damage.saying) == true }, "\(failures.map(\.note))")
    }

    @Test("no cut of the description or of a mesh goes unnoticed", arguments: ["photonic.json", "phases/readout.json"])
    func truncation(file: String) throws {
        let size = try Data(contentsOf: fixture.appendingPathComponent("data/\(file)")).count
        for length in stride(from: 0, to: size - 2, by: 97) {
            let copy = try DataCopy()
            try copy.edit(file) { $0 = $0.prefix(length) }
            #expect(copy.failures.map(\.name) == ["\(file): readable"], "cut to \(length) bytes")
        }
    }

    @Test("random bytes in any file never crash a check")
    func noise() throws {
        var generator = SplitMix64(seed: MeshPropertyTests.seed)
        let files = ["photonic.json", "phases/layer-1.json", "calibrations/notch-01.json", "weights/kernel.f32", "spikes/baseline.csv"]
        for round in 0..<100 {
            let copy = try DataCopy()
            let file = files[round % files.count]
            try copy.edit(file) { data in
                for _ in 0..<3 { data[Int.random(in: 0..<data.count, using: &generator)] = .random(in: 0...255, using: &generator) }
            }
            #expect(!SelfTest.dataChecks(directory: copy.folder.path).isEmpty, "seed \(MeshPropertyTests.seed), round \(round)")
        }
    }
}
