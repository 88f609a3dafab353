import Glibc

extension Policy {
    /// Reads the policy in a file. Throws a `PolicyError` that names everything wrong with it.
    public static func read(_ path: String) throws -> Policy {
        func failure(_ message: String, line: Int? = nil) -> PolicyError {
            PolicyError(problems: [.init(file: path, line: line, column: nil, message: message, suggestion: nil)])
        }
        // A pipe must not make us wait.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw failure("cannot be read: \(String(cString: strerror(errno)))") }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw failure("cannot be read: \(String(cString: strerror(errno)))") }
        guard status.st_mode & S_IFMT == S_IFREG else { throw failure("is not a file") }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        // One byte more than allowed is enough to know, and `parse` says so.
        while bytes.count <= PolicyDocument.bytesMax {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw failure("cannot be read: \(String(cString: strerror(errno)))") }
            if count == 0 { break }
            bytes += chunk[..<count]
        }
        guard bytes.count <= PolicyDocument.bytesMax else { throw failure("the file is larger than \(PolicyDocument.bytesMax >> 20) MiB") }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            let bad = lines.firstIndex { String(validating: $0, as: UTF8.self) == nil } ?? 0
            throw failure("the text is not UTF-8", line: bad + 1)
        }
        return try parse(text, file: path)
    }

    /// Reads a policy's text; paths in it are relative to the directory of `file`, which messages name.
    public static func parse(_ text: String, file: String) throws -> Policy {
        let problems = PolicyProblems(file: file)
        let root = PolicyDocument.read(text, problems: problems)
        try problems.check()
        let policy = root.flatMap { PolicyParser(problems: problems).policy($0) }
        try problems.check()
        guard let policy else {
            throw PolicyError(problems: [.init(file: file, line: 1, column: nil, message: "is not a policy", suggestion: nil)])
        }
        return policy
    }
}
