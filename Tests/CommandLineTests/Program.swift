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

    /// The one JSON document that a verb printed, which is what policies/JSON.md says of it.
    @discardableResult
    func json(_ arguments: String..., expecting status: Int32 = 0, at location: SourceLocation = #_sourceLocation) throws -> [String: Any] {
        try json(arguments, expecting: status, at: location)
    }

    @discardableResult
    func json(_ arguments: [String], expecting status: Int32 = 0, at location: SourceLocation = #_sourceLocation) throws -> [String: Any] {
        let outcome = try start(arguments + ["--json"]).wait()
        #expect(outcome.status == status, "\(outcome.error)", sourceLocation: location)
        let document = try #require(
            try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any], sourceLocation: location)
        #expect(document["status"] as? Int == Int(status), sourceLocation: location)
        #expect(document["command"] as? String == arguments.first, sourceLocation: location)
        #expect(try JSONContract.page.get().problems(of: document) == [], sourceLocation: location)
        return document
    }
}

extension Program {
    /// The lines of standard error with --log-format json: each is what policies/JSON.md says.
    func messages(_ text: String, at location: SourceLocation = #_sourceLocation) throws -> [[String: Any]] {
        try text.split(separator: "\n").map { line in
            let message = try #require(
                try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any], "\(line)", sourceLocation: location)
            #expect(try JSONContract.page.get().problems(ofMessage: message) == [], sourceLocation: location)
            return message
        }
    }
}

extension Scratch {
    /// Programs find their cache in it.
    var environment: [String: String] {
        var environment = ProcessInfo.processInfo.environment
        environment["XDG_CACHE_HOME"] = self("cache")
        environment["REKINDLE_VAULT"] = nil
        return environment
    }
}
