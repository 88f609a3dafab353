/// What a `.npy` file says of itself before its elements.
///
/// Source: NumPy, "A simple file format for NumPy arrays" (numpy.lib.format), versions 1.0 to 3.0.
struct NPYHeader: Sendable, Equatable {
    static let bytesMax = 64 << 10
    /// Where it begins, after the words that say that this is an array, and of which version.
    static let beginning = 8
    private static let dimensionsMax = 32
    private static let elementsMax = 1 << 40

    let type: NumberType
    let isFortranOrder: Bool
    let shape: [Int]
    /// Where the elements begin, in bytes.
    let length: Int

    var count: Int { shape.reduce(1, *) }

    /// Its type, order and shape: the same numbers in another shape are another array.
    var form: [Double] { ([Double(NumberType.allCases.firstIndex(of: type) ?? 0), isFortranOrder ? 1 : 0] + shape.map(Double.init)) }

    /// The header of a file that begins with `bytes`; these are the whole file, or as many as a header may have.
    init(_ bytes: [UInt8]) throws(DataProblem) {
        guard bytes.starts(with: [0x93] + Array("NUMPY".utf8)) else { throw DataProblem("it is no .npy file.", offset: 0) }
        guard bytes.count >= 12 else { throw DataProblem("the header breaks off.", offset: bytes.count) }
        let isShort = bytes[6] == 1
        guard (1...3).contains(bytes[6]), bytes[7] == 0 else {
            throw DataProblem("version \(bytes[6]).\(bytes[7]) of the format is not known.", offset: 6)
        }
        let start = isShort ? 10 : 12
        let size = (0..<(isShort ? 2 : 4)).reduce(0) { $0 | Int(bytes[8 + $1]) << (8 * $1) }
        guard size <= Self.bytesMax - start else { throw DataProblem("the header claims \(size) bytes.", offset: 8) }
        guard bytes.count >= start + size else { throw DataProblem("the header breaks off.", offset: bytes.count) }
        var literal = PythonLiteral(bytes[start..<start + size])
        let entries = try literal.dictionary()
        guard Set(entries.map(\.key)) == ["descr", "fortran_order", "shape"], entries.count == 3 else {
            throw DataProblem("the header does not have descr, fortran_order and shape.", offset: start)
        }
        var (type, order, shape): (NumberType?, Bool?, [Int]?)
        for entry in entries {
            switch (entry.key, entry.value) {
            case ("descr", .string(let text)): type = try Self.type(text, offset: start)
            case ("fortran_order", .flag(let flag)): order = flag
            case ("shape", .tuple(let numbers)): shape = numbers
            default: throw DataProblem("\(entry.key) in the header is not what it should be.", offset: start)
            }
        }
        guard let type, let order, let shape else { throw DataProblem("the header is not complete.", offset: start) }
        (self.type, isFortranOrder, self.shape, length) = (type, order, shape, start + size)
        var count = 1
        guard shape.count <= Self.dimensionsMax else { throw DataProblem("the shape has \(shape.count) dimensions.", offset: start) }
        for dimension in shape {
            guard dimension == 0 || count <= Self.elementsMax / dimension else {
                throw DataProblem("the shape \(shape) is larger than any array.", offset: start)
            }
            count *= dimension
        }
    }

    private static func type(_ text: String, offset: Int) throws(DataProblem) -> NumberType {
        // One byte has no order, whatever is written before it.
        let name = text.hasSuffix("1") ? "|" + text.dropFirst() : text
        if let type = NumberType(code: name) { return type }
        let why =
            switch text.prefix(2) {
            case ">f", ">i", ">u", ">c": "big-endian, which is not read: save them as little-endian numbers"
            case "|O": "Python objects, which would have to be run: save them as numbers"
            case "<f", "<c": "long doubles, whose bytes differ from machine to machine: save them as float64 or complex128"
            default: "of the type \(text.debugDescription), which is no number"
            }
        throw DataProblem("the elements are \(why).", offset: offset)
    }

    /// The place of an element, `[3, 17]`, by its number in the file.
    func place(of number: Int) -> [Int] {
        var (rest, place) = (number, [Int](repeating: 0, count: shape.count))
        for axis in isFortranOrder ? Array(shape.indices) : shape.indices.reversed() {
            place[axis] = rest % shape[axis]
            rest /= shape[axis]
        }
        return place
    }
}

/// The few literals of Python that the header of an array consists of.
private struct PythonLiteral {
    enum Value {
        case string(String)
        case flag(Bool)
        case tuple([Int])
    }

    private var rest: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

    private var problem: DataProblem { DataProblem("the header is not the description of an array.", offset: rest.startIndex) }

    private mutating func take(_ byte: UInt8) -> Bool {
        while let first = rest.first, [0x20, 0x0A, 0x09].contains(first) { rest.removeFirst() }
        guard rest.first == byte else { return false }
        rest.removeFirst()
        return true
    }

    mutating func dictionary() throws(DataProblem) -> [(key: String, value: Value)] {
        var entries: [(key: String, value: Value)] = []
        guard take(UInt8(ascii: "{")) else { throw problem }
        while !take(UInt8(ascii: "}")) {
            let key = try string()
            guard entries.count < 3, take(UInt8(ascii: ":")) else { throw problem }
            entries.append((key, try value()))
            if take(UInt8(ascii: ",")) { continue }
            guard take(UInt8(ascii: "}")) else { throw problem }
            break
        }
        guard rest.allSatisfy({ $0 == 0x20 || $0 == 0x0A }) else { throw problem }
        return entries
    }

    private mutating func value() throws(DataProblem) -> Value {
        guard !take(UInt8(ascii: "[")) else {
            throw DataProblem("the elements are structures: save each of their fields as an array of its own.", offset: rest.startIndex)
        }
        if take(UInt8(ascii: "(")) { return .tuple(try tuple()) }
        for (word, flag) in [("True", true), ("False", false)] where rest.drop(while: { $0 == 0x20 }).starts(with: word.utf8) {
            rest = rest.drop { $0 == 0x20 }.dropFirst(word.utf8.count)
            return .flag(flag)
        }
        return .string(try string())
    }

    private mutating func tuple() throws(DataProblem) -> [Int] {
        var numbers: [Int] = []
        while !take(UInt8(ascii: ")")) {
            rest = rest.drop { $0 == 0x20 }
            let digits = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            guard let number = Int(String(decoding: digits, as: UTF8.self)), numbers.count < 64 else { throw problem }
            rest = rest.dropFirst(digits.count)
            // Python 2 wrote long numbers with an L.
            _ = take(UInt8(ascii: "L"))
            numbers.append(number)
            if take(UInt8(ascii: ",")) { continue }
            guard take(UInt8(ascii: ")")) else { throw problem }
            break
        }
        return numbers
    }

    private mutating func string() throws(DataProblem) -> String {
        guard let quote = take(UInt8(ascii: "'")) ? UInt8(ascii: "'") : take(UInt8(ascii: "\"")) ? UInt8(ascii: "\"") : nil else {
            throw problem
        }
        let text = rest.prefix { $0 != quote && $0 != UInt8(ascii: "\\") }
        rest = rest.dropFirst(text.count)
        guard take(quote), text.allSatisfy({ (0x20..<0x7F).contains($0) }) else { throw problem }
        return String(decoding: text, as: UTF8.self)
    }
}
