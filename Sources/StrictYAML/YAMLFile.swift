import Glibc

/// A file of YAML that people write.
public enum YAMLFile {
    /// The text of the file. Throws a `YAMLError` when it cannot be read, is too large or not UTF-8.
    public static func text(_ path: String) throws -> String {
        func failure(_ message: String, line: Int? = nil) -> YAMLError { YAMLError(file: path, line: line, message) }
        // A pipe must not make us wait.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw failure("cannot be read: \(String(cString: strerror(errno)))") }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw failure("cannot be read: \(String(cString: strerror(errno)))") }
        guard status.st_mode & S_IFMT == S_IFREG else { throw failure("is not a file") }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        // One byte more than allowed is enough to know.
        while bytes.count <= YAMLDocument.bytesMax {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw failure("cannot be read: \(String(cString: strerror(errno)))") }
            if count == 0 { break }
            bytes += chunk[..<count]
        }
        guard bytes.count <= YAMLDocument.bytesMax else { throw failure("the file is larger than \(YAMLDocument.bytesMax >> 20) MiB") }
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
