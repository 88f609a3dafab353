import Foundation
import PhotonicCore
import TestSupport

/// The suite of the example policy.
let exampleSuite = fixture.deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent(
    "policies/photon-neuro.suite.yaml")

/// What the SDK left behind.
extension DataCopy {
    static func sdk() throws -> DataCopy { try DataCopy(of: "sdk") }

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
