import FileTree

/// A file of YAML that people write.
public enum YAMLFile {
    /// The text of the file. Throws a `YAMLError` when it cannot be read, is too large or not UTF-8.
    public static func text(_ path: String) throws -> String {
        func failure(_ message: String, line: Int? = nil) -> YAMLError { YAMLError(file: path, line: line, message) }
        let bytes: [UInt8]
        do { bytes = try BoundedFile.read(path, limit: YAMLDocument.bytesMax) } catch {
            switch error {
            case .system: throw failure("cannot be read: \(error)")
            case .larger: throw failure("the file \(error)")
            case .noFile: throw failure("\(error)")
            }
        }
        let isWide = [[0xFF, 0xFE], [0xFE, 0xFF]].contains { bytes.starts(with: $0) }
        guard !isWide else { throw failure("the text is UTF-16, as some editors on Windows write it: save it as UTF-8", line: 1) }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            let bad = lines.firstIndex { String(validating: $0, as: UTF8.self) == nil } ?? 0
            throw failure("the text is not UTF-8", line: bad + 1)
        }
        return text
    }

    /// Reads a text with `body`; what it notes as problems is thrown, all at once.
    ///
    /// - Parameters:
    ///   - file: named by messages.
    ///   - what: the file is, for messages: "policy".
    public static func parse<Value>(
        _ text: String, file: String, what: String, _ body: (YAMLNode, YAMLProblems) -> Value?
    ) throws -> Value {
        let problems = YAMLProblems(file: file, what: what)
        // Editors on Windows begin a text with a byte order mark; to Yams it is a part of the first key.
        let mark = text.unicodeScalars.first == "\u{FEFF}"
        let root = YAMLDocument.read(mark ? String(text.unicodeScalars.dropFirst()) : text, problems: problems)
        try problems.check()
        let value = root.flatMap { body($0, problems) }
        try problems.check()
        guard let value else { throw YAMLError(file: file, line: 1, "is not a \(what)") }
        return value
    }
}
