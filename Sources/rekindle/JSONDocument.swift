import Core
import FoundationEssentials
import Operations
import Synchronization

/// What a verb prints with --json: its report's own fields, and those that every document has.
struct JSONDocument<Report: Encodable>: Encodable {
    let report: Report
    let ending: DocumentEnding

    /// Both are written into one object.
    func encode(to encoder: any Encoder) throws {
        try report.encode(to: encoder)
        try ending.encode(to: encoder)
    }
}

/// The fields of every document that --json prints.
struct DocumentEnding: Encodable {
    /// Of the documents: it rises when a field is taken away or changes its meaning. New fields may come with any version of the program.
    let schema = 1
    /// The verb.
    let command: String
    /// The exit status.
    let status: Int32
    /// The same as a word: success, failed, usage, incomplete, damaged, notValid, noVault, interrupted.
    let outcome: String
    /// Why the command ended before its work was done; nil where it was done, whatever came of it.
    let error: DocumentError?

    init(_ status: ExitStatus, error: DocumentError? = nil) {
        command = Invocation.current.verb
        self.status = status.code
        outcome = status.word
        self.error = error
    }
}

/// Why a command ended before its work was done.
struct DocumentError: Encodable {
    /// The exit status.
    let status: Int32
    /// The same as a word.
    let code: String
    /// What, where and why.
    let message: String
    /// What to do next.
    let hint: String?
}

/// A document without fields of its own.
struct NoReport: Encodable {}

/// The one document of a run.
enum JSONOutput {
    /// Whether it has been printed, or begun.
    private static let begun = Atomic(false)

    /// - Parameter outcome: what the work came to.
    static func print(_ report: some Encodable, _ outcome: Outcome = .success) throws {
        let bytes = try encoded(report, outcome)
        begun.store(true, ordering: .relaxed)
        Output.write(bytes)
    }

    /// The document as it is printed, for a file.
    static func encoded(_ report: some Encodable, _ outcome: Outcome = .success) throws -> [UInt8] {
        try pretty(JSONDocument(report: report, ending: DocumentEnding(ExitStatus(outcome))))
    }

    /// Instead of the report of a command that came to none.
    static func print(_ error: DocumentError, _ status: ExitStatus) {
        if begun.exchange(true, ordering: .relaxed) { return }
        // Of strings and numbers alone: it cannot fail to be encoded, and the sentence is on standard error as well.
        do { Output.write(try pretty(JSONDocument(report: NoReport(), ending: DocumentEnding(status, error: error)))) } catch {}
    }

    private static func pretty(_ value: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        return Array(try encoder.encode(value)) + [UInt8(ascii: "\n")]
    }

    /// One value in one line: an element of a list too long to hold, a message.
    static func element(_ value: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(value))
    }

    /// A document with a list that is written as it grows, since it may be longer than what fits into memory. Its other fields follow the list.
    struct List {
        private var isEmpty = true

        init(_ name: String) {
            begun.store(true, ordering: .relaxed)
            Output.write("{\"\(name)\": [\n")
        }

        mutating func add(_ element: some Encodable) throws {
            let bytes = try JSONOutput.element(element)
            Output.write((isEmpty ? [] : Array(",\n".utf8)) + bytes)
            isEmpty = false
        }

        func end(_ report: some Encodable, _ outcome: Outcome = .success) throws {
            try end(JSONDocument(report: report, ending: DocumentEnding(ExitStatus(outcome))))
        }

        /// The end of a list that broke off.
        func end(_ report: some Encodable, broken error: any Error) throws {
            let status = ExitStatus(error)
            try end(JSONDocument(report: report, ending: DocumentEnding(status, error: status.document(error))))
        }

        /// The rest goes into the same object: without its own opening brace.
        private func end(_ rest: some Encodable) throws {
            Output.write(Array("\n],\n".utf8) + (try JSONOutput.element(rest)).dropFirst() + [UInt8(ascii: "\n")])
        }
    }
}
