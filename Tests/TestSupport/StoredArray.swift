public import Foundation

/// An array as NumPy stores it, taken apart.
public struct StoredArray {
    public var type: String
    public var shape: [Int]
    public var isFortran = false
    public var elements: Data
    /// Of an element, in bytes.
    public let size: Int

    public init(type: String, shape: [Int], _ elements: Data) {
        (self.type, self.shape, self.elements) = (type, shape, elements)
        size = elements.count / max(1, shape.reduce(1, *))
    }

    public init(_ doubles: [Double], shape: [Int]? = nil) {
        self.init(
            type: "<f8", shape: shape ?? [doubles.count],
            doubles.reduce(into: Data()) { data, value in
                withUnsafeBytes(of: value.bitPattern.littleEndian) { data += Data($0) }
            })
    }

    /// Of a file with a header of version 1 whose keys stand in the usual order.
    public init(file: Data) {
        let length = Int(file[8]) | Int(file[9]) << 8
        let header = String(decoding: file[10..<10 + length], as: UTF8.self)
        let type = header.split(separator: "'")[3]
        let shape = header.split(separator: "(")[1].split(separator: ")")[0].split(separator: ",").compactMap {
            Int($0.trimmingCharacters(in: .whitespaces))
        }
        self.init(type: String(type), shape: shape, Data(file[(10 + length)...]))
    }

    public var file: Data {
        let dimensions = shape.map(String.init).joined(separator: ", ") + (shape.count == 1 ? "," : "")
        var header = "{'descr': '\(type)', 'fortran_order': \(isFortran ? "True" : "False"), 'shape': (\(dimensions)), }"
        header += String(repeating: " ", count: 63 - (header.utf8.count + 10) % 64) + "\n"
        let length = UInt16(header.utf8.count)
        return Data([0x93]) + Data("NUMPY".utf8) + Data([1, 0, UInt8(length & 0xff), UInt8(length >> 8)]) + Data(header.utf8) + elements
    }
}
