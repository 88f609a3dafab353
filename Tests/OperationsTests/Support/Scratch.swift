import Foundation
import Glibc
import TestSupport

/// A directory that lives as long as the value does.
final class Scratch: Sendable {
    let path: String

    /// - Parameter root: `/tmp` for a file system that knows everything; `/dev/shm`, where there is one, for speed.
    init(in root: String = "/tmp") throws {
        let place = access(root, W_OK) == 0 ? root : "/tmp"
        var template = Array("\(place)/rekindle-test-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw ShellError(script: "mkdtemp", status: errno, messages: place) }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit {
        // rm and no FileManager: names here are any bytes, and paths are longer than one call takes.
        _ = try? runShell("umount -l \(path)/source/mount \(path)/source/*/mount || true; rm -rf --one-file-system \(path)", in: "/", [:])
    }

    func callAsFunction(_ name: String) -> String { "\(path)/\(name)" }
}

struct ShellError: Error, CustomStringConvertible {
    let script: String
    let status: Int32
    let messages: String

    var description: String { "status \(status) of: \(script)\n\(messages)" }
}

/// Runs a bash script with all errors fatal and gives its standard output.
@discardableResult
func bash(_ script: String, in directory: String, _ environment: [String: String] = [:]) async throws -> [UInt8] {
    try await offPool { try runShell(script, in: directory, environment) }
}

func bashText(_ script: String, in directory: String) async throws -> String {
    String(decoding: try await bash(script, in: directory), as: UTF8.self)
}

/// Runs `body` on a thread of its own: what blocks there takes no thread from the tasks that others wait for.
func offPool<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
    try await withCheckedThrowingContinuation { continuation in
        let thread = Thread { continuation.resume(with: Swift.Result { try body() }) }
        thread.stackSize = 16 << 20
        thread.start()
    }
}

func runShell(_ script: String, in directory: String, _ environment: [String: String]) throws -> [UInt8] {
    let outcome = try ChildProcess.run(
        ["bash", "-euc", script], in: directory,
        environment: ProcessInfo.processInfo.environment.merging(["LC_ALL": "C"]) { $1 }.merging(environment) { $1 })
    guard outcome.status == 0 else { throw ShellError(script: script, status: outcome.status, messages: outcome.errors) }
    return outcome.bytes
}

/// Randomness that comes again with its seed: SplitMix64 (Steele et al., OOPSLA 2014).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }

    mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &self) }

    /// Bytes that no compressor makes smaller.
    mutating func bytes(_ count: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count + 8)
        while bytes.count < count { withUnsafeBytes(of: next()) { bytes.append(contentsOf: $0) } }
        return Array(bytes.prefix(count))
    }
}
