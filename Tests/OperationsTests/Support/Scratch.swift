import Foundation
import Glibc
import TestSupport

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
