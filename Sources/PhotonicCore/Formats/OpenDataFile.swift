import Glibc

/// An open file of a data set; valid while its folder's `withFile` runs.
struct OpenDataFile {
    let descriptor: Int32
    let size: Int

    private static let pieceBytes = 256 << 10

    /// Hands a part of it to `body` piece by piece; every piece but the last is 256 KiB, and good while `body` runs.
    func forEachPiece(of place: Range<Int>, _ body: (UnsafeRawBufferPointer) -> Void) throws(DataProblem) {
        var buffer = [UInt8](repeating: 0, count: min(Self.pieceBytes, max(1, place.count)))
        var offset = place.lowerBound
        while offset < place.upperBound {
            let length = min(buffer.count, place.upperBound - offset)
            try fill(&buffer, length, at: offset)
            buffer.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0.prefix(length))) }
            offset += length
        }
    }

    /// `count` bytes at `offset`; less is an error.
    func bytes(at offset: Int, count: Int) throws(DataProblem) -> [UInt8] {
        guard offset >= 0, count >= 0, count <= size, offset <= size - count else { throw DataProblem("it breaks off.", offset: size) }
        var buffer = [UInt8](repeating: 0, count: count)
        try fill(&buffer, count, at: offset)
        return buffer
    }

    private func fill(_ buffer: inout [UInt8], _ count: Int, at offset: Int) throws(DataProblem) {
        var filled = 0
        while filled < count {
            let start = filled
            let length = buffer.withUnsafeMutableBytes {
                pread(descriptor, $0.baseAddress?.advanced(by: start), count - start, off_t(offset + start))
            }
            if length < 0, errno == EINTR { continue }
            guard length >= 0 else { throw DataProblem("it cannot be read: \(reason(errno)).", offset: offset + start) }
            guard length > 0 else { throw DataProblem("it breaks off.", offset: offset + start) }
            filled += length
        }
    }
}

func reason(_ code: Int32) -> String { String(cString: strerror(code)) }
