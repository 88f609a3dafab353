/// The numbers of a `.npy` file, in the order of the file.
struct NPYArray: Sendable {
    let header: NPYHeader
    let values: [Complex]

    /// As a square matrix; nil for another shape.
    var matrix: ComplexMatrix? {
        guard header.shape.count == 2, header.shape[0] == header.shape[1], let size = header.shape.first, size > 0 else { return nil }
        var matrix = ComplexMatrix(size: size)
        for (number, value) in values.enumerated() {
            let (row, column) = header.isFortranOrder ? (number % size, number / size) : (number / size, number % size)
            matrix[row, column] = value
        }
        return matrix
    }
}

extension DataFolder {
    /// Goes through a `.npy` file, number by number: memory holds a piece of it.
    ///
    /// - Parameters:
    ///   - begin: is given the header before the first number.
    ///   - bits: is given the numbers as they are stored, a piece at a time.
    ///   - each: is given numbers in the order of the file.
    @discardableResult
    func readNPY(
        _ path: String, begin: (NPYHeader) throws(DataProblem) -> Void = { _ in }, bits: (ArraySlice<UInt8>) -> Void = { _ in },
        each: (Complex) -> Void
    ) throws(DataProblem) -> NPYHeader {
        let (header, size) = try withFile(path) { file throws(DataProblem) in
            (try NPYHeader(try file.bytes(at: 0, count: min(file.size, NPYHeader.bytesMax))), file.size)
        }
        let expected = header.length + header.count * header.type.size
        guard size == expected else {
            let whole = max(0, size - header.length) / header.type.size
            throw DataProblem(
                size < expected
                    ? "it breaks off after \(whole) of \(header.count) elements." : "\(size - expected) bytes follow its last element.",
                offset: min(size, expected))
        }
        try begin(header)
        var elements = NPYElements(header.type)
        var left = header.length
        try read(path, bytesMax: expected) { piece throws(DataProblem) in
            let head = min(left, piece.count)
            left -= head
            bits(piece.dropFirst(head))
            elements.read(piece.dropFirst(head), each)
        }
        guard elements.count == header.count else { throw DataProblem("it changed while it was read.") }
        return header
    }

    /// A small array, whole.
    func npy(_ path: String, elementsMax: Int) throws(DataProblem) -> NPYArray {
        var values: [Complex] = []
        let header = try readNPY(path) { header throws(DataProblem) in
            guard header.count <= elementsMax else {
                throw DataProblem("it has \(header.count) elements, where at most \(elementsMax) belong.", offset: NPYHeader.beginning)
            }
            values.reserveCapacity(header.count)
        } each: {
            values.append($0)
        }
        return NPYArray(header: header, values: values)
    }
}

/// Numbers of one type out of bytes that come in pieces; a piece may end within a number.
private struct NPYElements {
    private let type: NPYHeader.ElementType
    private var carried: [UInt8] = []
    private(set) var count = 0

    init(_ type: NPYHeader.ElementType) { self.type = type }

    mutating func read(_ piece: ArraySlice<UInt8>, _ each: (Complex) -> Void) {
        var piece = piece
        let size = type.size
        if !carried.isEmpty {
            let missing = min(size - carried.count, piece.count)
            carried += piece.prefix(missing)
            piece = piece.dropFirst(missing)
            guard carried.count == size else { return }
            each(element(carried[...], at: 0))
            count += 1
            carried = []
        }
        let whole = piece.count / size
        for number in 0..<whole { each(element(piece, at: piece.startIndex + number * size)) }
        count += whole
        carried = Array(piece.dropFirst(whole * size))
    }

    private func element(_ bytes: ArraySlice<UInt8>, at start: Int) -> Complex {
        func bits(_ offset: Int, _ count: Int) -> UInt64 {
            (0..<count).reduce(0) { $0 | UInt64(bytes[start + offset + $1]) << UInt64(8 * $1) }
        }
        func single(_ offset: Int) -> Double { Double(Float(bitPattern: UInt32(truncatingIfNeeded: bits(offset, 4)))) }
        switch type {
        case .float16: return Complex(Double(Float16(bitPattern: UInt16(truncatingIfNeeded: bits(0, 2)))))
        case .float32: return Complex(single(0))
        case .float64: return Complex(Double(bitPattern: bits(0, 8)))
        case .complex64: return Complex(single(0), single(4))
        case .complex128: return Complex(Double(bitPattern: bits(0, 8)), Double(bitPattern: bits(8, 8)))
        case .int8: return Complex(Double(Int8(truncatingIfNeeded: bits(0, 1))))
        case .int16: return Complex(Double(Int16(truncatingIfNeeded: bits(0, 2))))
        case .int32: return Complex(Double(Int32(truncatingIfNeeded: bits(0, 4))))
        case .int64: return Complex(Double(Int64(truncatingIfNeeded: bits(0, 8))))
        case .uint8, .bool: return Complex(Double(bits(0, 1)))
        case .uint16: return Complex(Double(bits(0, 2)))
        case .uint32: return Complex(Double(bits(0, 4)))
        case .uint64: return Complex(Double(bits(0, 8)))
        }
    }
}
