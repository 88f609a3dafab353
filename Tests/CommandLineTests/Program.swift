import Foundation
import TestSupport
import Testing

/// The program under test, run as an operator runs it.
struct Program {
    struct Outcome {
        let status: Int32
        let output: String
        let error: String
    }

    /// From REKINDLE, or beside the tests.
    static let path: String = {
        if let path = ProcessInfo.processInfo.environment["REKINDLE"] { return path }
        return URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent().appendingPathComponent("rekindle").path
    }()

    let scratch: Scratch

    /// The program under test, started.
    struct Running {
        let child: ChildProcess

        init(_ command: [String], in scratch: Scratch) throws {
            child = try ChildProcess(command, in: scratch.path, environment: scratch.environment)
        }

        func wait() throws -> Outcome {
            let outcome = try child.wait()
            return Outcome(status: outcome.status, output: outcome.text, error: outcome.errors)
        }
    }

    func start(_ arguments: [String]) throws -> Running {
        try Running([Self.path] + arguments, in: scratch)
    }

    @discardableResult
    func run(_ arguments: String..., expecting status: Int32 = 0, at location: SourceLocation = #_sourceLocation) throws -> Outcome {
        let outcome = try start(arguments).wait()
        #expect(
            outcome.status == status, "rekindle \(arguments.joined(separator: " ")): \(outcome.output)\(outcome.error)",
            sourceLocation: location)
        return outcome
    }

    /// Runs any other program.
    @discardableResult
    func shell(_ script: String, expecting status: Int32? = 0, at location: SourceLocation = #_sourceLocation) throws -> Outcome {
        let outcome = try Running(["bash", "-c", script], in: scratch).wait()
        if let status { #expect(outcome.status == status, "\(script): \(outcome.output)\(outcome.error)", sourceLocation: location) }
        return outcome
    }

    /// The one JSON document that a verb printed.
    func json(_ arguments: String..., expecting status: Int32 = 0) throws -> [String: Any] {
        let outcome = try start(arguments + ["--json"]).wait()
        #expect(outcome.status == status, "\(outcome.error)")
        return try #require(try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
    }
}

/// A directory that goes with the test: the working directory of its programs, with a cache of its own.
final class Scratch {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appendingPathComponent("rekindle-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url.appendingPathComponent("cache"), withIntermediateDirectories: true)
    }

    /// By a program: it can remove a tree of any depth.
    deinit { _ = try? ChildProcess.run(["rm", "-rf", url.path]) }

    var path: String { url.path }

    var environment: [String: String] {
        var environment = ProcessInfo.processInfo.environment
        environment["XDG_CACHE_HOME"] = url.appendingPathComponent("cache").path
        environment["REKINDLE_VAULT"] = nil
        return environment
    }

    func write(_ text: String, to path: String) throws { try write(Data(text.utf8), to: path) }

    func write(_ data: Data, to path: String) throws {
        let file = url.appendingPathComponent(path)
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try data.write(to: file)
    }

    func read(_ path: String) throws -> Data { try Data(contentsOf: url.appendingPathComponent(path)) }

    func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: url.appendingPathComponent(path).path) }

    /// All files beneath, as paths from here.
    func files(_ path: String) throws -> [String] {
        let names = try FileManager.default.subpathsOfDirectory(atPath: url.appendingPathComponent(path).path)
        return names.filter { name in
            var isDirectory: ObjCBool = false
            return FileManager.default.fileExists(atPath: url.appendingPathComponent("\(path)/\(name)").path, isDirectory: &isDirectory)
                && !isDirectory.boolValue
        }.map { "\(path)/\($0)" }.sorted()
    }
}

/// Bytes that no compressor shortens, the same for the same seed.
func noise(_ count: Int, seed: UInt64) -> Data {
    var state = seed
    var data = Data(capacity: count + 8)
    while data.count < count {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        withUnsafeBytes(of: value ^ (value >> 31)) { data.append(contentsOf: $0) }
    }
    return data.prefix(count)
}
