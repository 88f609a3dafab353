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

    /// Every bit of its numbers, and its form.
    func bits(file: String) -> Response {
        var sketch = Sketch()
        for value in values {
            sketch.add(value.real)
            sketch.add(value.imaginary)
        }
        return Response("bits", file: file, kind: .digest, header.form + sketch.values)
    }
}

extension NPYHeader {
    /// How far what a square matrix says may be off by rounding alone: some of the last digits of its numbers, and more in a large one.
    var tolerance: Double { max(1e-6, 4 * type.epsilon * Double(shape.last ?? 1)) }
}

/// A `.npy` file, or a member of a `.npz` file that is one.
struct NPYFile {
    let header: NPYHeader
    /// Where the elements are.
    private let place: Range<Int>
    private let file: OpenDataFile

    init(_ file: OpenDataFile) throws(DataProblem) { try self.init(file, 0..<file.size) }

    /// - Parameter place: what of the file is the array.
    init(_ file: OpenDataFile, _ place: Range<Int>) throws(DataProblem) {
        header = try NPYHeader(try file.bytes(at: place.lowerBound, count: min(place.count, NPYHeader.bytesMax)))
        let expected = header.length + header.count * header.type.size
        guard place.count == expected else {
            let whole = max(0, place.count - header.length) / header.type.size
            throw DataProblem(
                place.count < expected
                    ? "it breaks off after \(whole) of \(header.count) elements."
                    : "\(place.count - expected) bytes follow its last element.",
                offset: place.lowerBound + min(place.count, expected))
        }
        self.place = place.lowerBound + header.length..<place.upperBound
        self.file = file
    }

    /// Goes through the numbers, piece by piece: memory holds one of them.
    ///
    /// - Parameters:
    ///   - bits: is given the elements as they are stored.
    ///   - numbers: is given their numbers in the order of the file, two for a complex element.
    func read(bits: (UnsafeRawBufferPointer) -> Void = { _ in }, numbers: (UnsafeBufferPointer<Double>) -> Void) throws(DataProblem) {
        var decoder = NumberDecoder(header.type)
        try file.forEachPiece(of: place) { piece in
            bits(piece)
            decoder.decode(piece, numbers)
        }
    }
}

extension DataFolder {
    /// A small array, whole.
    func npy(_ path: String, elementsMax: Int) throws(DataProblem) -> NPYArray {
        try withFile(path) { file throws(DataProblem) in
            let array = try NPYFile(file)
            guard array.header.count <= elementsMax else {
                throw DataProblem(
                    "it has \(array.header.count) elements, where at most \(elementsMax) belong.", offset: NPYHeader.beginning)
            }
            var values: [Complex] = []
            values.reserveCapacity(array.header.count)
            let isComplex = array.header.type.isComplex
            try array.read { numbers in
                if isComplex {
                    for place in stride(from: 0, to: numbers.count, by: 2) { values.append(Complex(numbers[place], numbers[place + 1])) }
                } else {
                    for number in numbers { values.append(Complex(number)) }
                }
            }
            return NPYArray(header: array.header, values: values)
        }
    }
}
