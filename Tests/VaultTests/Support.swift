import Foundation
import Glibc
import TestSupport
import Testing

/// A directory that lives as long as the value does; in memory where there is one, since a vault syncs much.
final class Scratch {
    let path: String

    init() throws {
        let base = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp"
        var template = Array("\(base)/vault-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw POSIXError(.EIO) }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func read(_ name: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(fileURLWithPath: "\(path)/\(name)"))) }

    /// Puts a file in the place of what is there.
    func write(_ bytes: [UInt8], as name: String) throws {
        let url = URL(fileURLWithPath: "\(path)/\(name)")
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(bytes).write(to: url)
    }

    func remove(_ name: String) throws { try FileManager.default.removeItem(atPath: "\(path)/\(name)") }

    func rename(_ name: String, to other: String) throws {
        let target = URL(fileURLWithPath: "\(path)/\(other)")
        try FileManager.default.createDirectory(at: target.deletingLastPathComponent(), withIntermediateDirectories: true)
        try FileManager.default.moveItem(atPath: "\(path)/\(name)", toPath: target.path)
    }

    /// The names in a folder, sorted.
    func names(_ folder: String) throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: "\(path)/\(folder)").sorted() }

    /// Flips the lowest bit of a byte; a negative place counts from the end.
    func flip(_ name: String, at place: Int) throws {
        var bytes = try read(name)
        let index = place < 0 ? bytes.count + place : place
        bytes[index] ^= 1
        try write(bytes, as: name)
    }
}

/// Runs a program to its end: exit status and output.
func run(_ tool: String, _ arguments: String...) throws -> (status: Int32, text: String) {
    let outcome = try ChildProcess.run(["env", "LC_ALL=C.UTF-8", tool] + arguments)
    return (outcome.status, outcome.text + outcome.errors)
}

/// SplitMix64: the same seed, the same values.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func bytes(_ count: Int) -> [UInt8] {
        let words = (0..<(count + 7) / 8).map { _ in next() }
        return words.withUnsafeBytes { Array($0.prefix(count)) }
    }

    mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &self) }
}

/// Noise that is the same for the same seed.
func noise(_ count: Int, seed: UInt64) -> [UInt8] {
    var random = SeededGenerator(seed: seed)
    return random.bytes(count)
}

/// The seeds that a property is tried with; a failure names its own as the argument of the test.
let seeds: [UInt64] = [1, 2, 3, 20_260_203]

extension [UInt8] {
    init(_ text: String) { self = Array(text.utf8) }
}
