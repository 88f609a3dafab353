import Core
import Foundation
import Restorer
import Tarball
import TestSupport
import Testing
import Vault

@testable import Operations

/// Holes on the way through a vault, and out of it as a tarball.
@Suite(.serialized) struct HoleTests {
    private static let make = """
        python3 - <<'P'
        def make(name, size, stretches):
            with open(name, 'wb') as f:
                for offset, count in stretches: f.seek(offset); f.write(b'd' * count)
                f.truncate(size)
        make('many', 10500 * 65536, [(i * 65536, 4096) for i in range(10500)])
        make('many-and-odd', 10500 * 65536 + 5, [(i * 65536 + 100, 1) for i in range(10500)])
        make('hole', 50_000_000, [])
        make('end', 5_000_003, [(5_000_000, 3)])
        make('start', 3_000_000, [(0, 10_000)])
        P
        head -c 300000 /dev/zero > zeros
        """

    private func allocated(_ folder: String) async throws -> [String: Int] {
        let lines = try await bashText("stat -c '%n %b' *", in: folder).split(separator: "\n").map { $0.split(separator: " ") }
        return Dictionary(uniqueKeysWithValues: lines.map { (String($0[0]), (Int($0[1]) ?? 0) * 512) })
    }

    /// Within a fifth, and a little: a file system may allocate more for its own ends.
    private func expectSameRoom(_ before: [String: Int], _ folder: String, at location: SourceLocation = #_sourceLocation) async throws {
        for (name, room) in try await allocated(folder) where name != "zeros" {
            #expect(
                room <= (before[name] ?? 0) * 6 / 5 + 65_536, "\(name) takes \(room) instead of \(before[name] ?? 0)",
                sourceLocation: location)
        }
        #expect(try await allocated(folder).count == before.count, sourceLocation: location)
    }

    @Test func filesWithMoreHolesThanAMapListsComeBackWithThem() async throws {
        let bench = try Bench()
        try await bench.edit(Self.make)
        let before = try await allocated(bench.source)
        try await bench.backup()
        var maps: [String: Int] = [:]
        try bench.view().entries { maps[$0.path.description] = $0.dataExtents?.count }
        #expect(maps["data/many"] == 1 && maps["data/hole"] == 0 && maps["data/end"] == 1 && maps["data/zeros"] == nil)
        #expect(try await bench.restore().isComplete)
        try await bash("diff -r source back/data", in: bench.scratch.path)
        try await expectSameRoom(before, bench.back + "/data")
        // A file that had no holes gets none.
        #expect(try await allocated(bench.back + "/data")["zeros"] ?? 0 >= 300_000)
        #expect(try await bench.verify(deep: true).isSound)
    }

    @Test("A tarball has the holes too", arguments: ["tar --zstd -xf", "bsdtar -xSf"]) func export(tool: String) async throws {
        let bench = try Bench()
        try await bench.edit(Self.make)
        let before = try await allocated(bench.source)
        try await bench.backup()
        let (view, file) = (try bench.view(), bench.scratch("out.tar.zst"))
        let report = try await offPool { try Export(view, progress: VaultProgress(), cancellation: Cancellation()).run(to: file) }
        #expect(report.paths == 7 && report.notes == [])
        try await bash("mkdir out; \(tool) out.tar.zst -C out; diff -r source out/data", in: bench.scratch.path)
        try await expectSameRoom(before, bench.scratch("out/data"))
    }
}
