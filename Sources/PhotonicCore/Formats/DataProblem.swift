/// Why a file of a data set cannot be used, as a sentence.
struct DataProblem: Error {
    let reason: String
    init(_ reason: String) { self.reason = reason }

    /// - Parameter line: counted from one.
    init(_ reason: String, line: Int) { self.reason = "line \(line): \(reason)" }

    /// - Parameter offset: in bytes, from the beginning of the file.
    init(_ reason: String, offset: Int) { self.reason = "byte \(offset): \(reason)" }
}
