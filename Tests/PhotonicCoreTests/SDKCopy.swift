import Foundation
import PhotonicCore
import Testing

/// The suite of the example policy.
let exampleSuite = fixture.deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent(
    "policies/photon-neuro.suite.yaml")

/// A copy of what the SDK left behind, removed with the last reference to it.
final class SDKCopy {
    let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("photonic-sdk-\(UUID().uuidString)")
        try FileManager.default.copyItem(at: fixture.appendingPathComponent("sdk"), to: folder)
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

    /// One little-endian float32 of a file.
    func editFloat(_ file: String, at offset: Int, _ change: (Float) -> Float) throws {
        try edit(file) { data in
            let bits = (0..<4).reduce(UInt32(0)) { $0 | UInt32(data[offset + $1]) << UInt32(8 * $1) }
            let changed = change(Float(bitPattern: bits)).bitPattern
            for place in 0..<4 { data[offset + place] = UInt8(truncatingIfNeeded: changed >> UInt32(8 * place)) }
        }
    }

    func report(_ suite: Suite) -> SuiteReport { suite.run(directory: folder.path) }
}
