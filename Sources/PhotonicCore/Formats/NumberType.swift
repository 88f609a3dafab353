/// How a number is stored, least byte first.
enum NumberType: String, Sendable, CaseIterable {
    case float16, float32, float64, complex64, complex128, int8, int16, int32, int64, uint8, uint16, uint32, uint64, bool
    /// The upper half of a float32: of PyTorch, and not of NumPy.
    case bfloat16

    /// In bytes.
    var size: Int {
        switch self {
        case .int8, .uint8, .bool: 1
        case .float16, .bfloat16, .int16, .uint16: 2
        case .float32, .int32, .uint32: 4
        case .float64, .complex64, .int64, .uint64: 8
        case .complex128: 16
        }
    }

    var isComplex: Bool { self == .complex64 || self == .complex128 }
    var isFloating: Bool { isComplex || [.float16, .bfloat16, .float32, .float64].contains(self) }
    /// How many numbers an element is.
    var parts: Int { isComplex ? 2 : 1 }

    /// As NumPy calls it: "float32".
    var name: String { rawValue }

    /// As `.npy` files write it.
    private static let codes: [String: NumberType] = [
        "<f2": .float16, "<f4": .float32, "<f8": .float64, "<c8": .complex64, "<c16": .complex128, "|i1": .int8, "<i2": .int16,
        "<i4": .int32, "<i8": .int64, "|u1": .uint8, "<u2": .uint16, "<u4": .uint32, "<u8": .uint64, "|b1": .bool,
    ]

    init?(code: String) {
        guard let type = Self.codes[code] else { return nil }
        self = type
    }

    /// The distance from 1 to the next larger number; 0 for whole numbers.
    var epsilon: Double {
        switch self {
        case .float16: 0x1p-10
        case .bfloat16: 0x1p-7
        case .float32, .complex64: 0x1p-23
        case .float64, .complex128: 0x1p-52
        default: 0
        }
    }
}

/// Makes numbers out of bytes that come in pieces; a piece may end within an element.
struct NumberDecoder {
    private let type: NumberType
    private var carried: [UInt8] = []
    private var buffer: [Double] = []
    /// Elements so far.
    private(set) var count = 0

    init(_ type: NumberType) { self.type = type }

    /// Hands the numbers of each whole element to `body`: one of a real element, two of a complex one.
    mutating func decode(_ piece: UnsafeRawBufferPointer, _ body: (UnsafeBufferPointer<Double>) -> Void) {
        var piece = piece
        let size = type.size
        if !carried.isEmpty {
            let missing = min(size - carried.count, piece.count)
            carried += piece.prefix(missing)
            piece = UnsafeRawBufferPointer(rebasing: piece.dropFirst(missing))
            guard carried.count == size else { return }
            let whole = carried
            whole.withUnsafeBytes { fill($0, 1) }
            buffer.withUnsafeBufferPointer(body)
            count += 1
            carried = []
        }
        let whole = piece.count / size
        fill(piece, whole)
        if whole > 0 { buffer.withUnsafeBufferPointer(body) }
        count += whole
        carried = Array(piece.dropFirst(whole * size))
    }

    private mutating func fill(_ bytes: UnsafeRawBufferPointer, _ elements: Int) {
        switch type {
        case .float16: fill(bytes, elements) { Double(Float16(bitPattern: UInt16(littleEndian: $0))) }
        case .bfloat16: fill(bytes, elements) { Double(Float(bitPattern: UInt32(UInt16(littleEndian: $0)) << 16)) }
        case .float32: fill(bytes, elements) { Double(Float(bitPattern: UInt32(littleEndian: $0))) }
        case .complex64: fill(bytes, 2 * elements) { Double(Float(bitPattern: UInt32(littleEndian: $0))) }
        case .float64: fill(bytes, elements) { Double(bitPattern: UInt64(littleEndian: $0)) }
        case .complex128: fill(bytes, 2 * elements) { Double(bitPattern: UInt64(littleEndian: $0)) }
        case .int8: fill(bytes, elements) { (number: Int8) in Double(number) }
        case .int16: fill(bytes, elements) { Double(Int16(littleEndian: $0)) }
        case .int32: fill(bytes, elements) { Double(Int32(littleEndian: $0)) }
        case .int64: fill(bytes, elements) { Double(Int64(littleEndian: $0)) }
        case .uint8, .bool: fill(bytes, elements) { (number: UInt8) in Double(number) }
        case .uint16: fill(bytes, elements) { Double(UInt16(littleEndian: $0)) }
        case .uint32: fill(bytes, elements) { Double(UInt32(littleEndian: $0)) }
        case .uint64: fill(bytes, elements) { Double(UInt64(littleEndian: $0)) }
        }
    }

    private mutating func fill<Bits: FixedWidthInteger>(_ bytes: UnsafeRawBufferPointer, _ count: Int, _ number: (Bits) -> Double) {
        if buffer.count != count { buffer = [Double](repeating: 0, count: count) }
        let size = MemoryLayout<Bits>.size
        buffer.withUnsafeMutableBufferPointer { buffer in
            for place in 0..<count { buffer[place] = number(bytes.loadUnaligned(fromByteOffset: place * size, as: Bits.self)) }
        }
    }
}
