/// The text form of keys: BIP 173, without its limit of 90 characters, as age has it.
enum Bech32 {
    private static let alphabet = Array("qpzry9x8gf2tvdw0s3jn54khce6mua7l".utf8)

    /// - Parameter prefix: lower case; the part before the "1".
    static func encode(prefix: String, _ data: [UInt8]) -> String {
        let values = regroup(data, from: 8, to: 5, pads: true) ?? []
        let checksum = checksum(prefix, values)
        return prefix + "1" + String(decoding: (values + checksum).map { alphabet[Int($0)] }, as: UTF8.self)
    }

    /// nil unless the text is all lower or all upper case, and every character and the checksum are right.
    static func decode(_ text: String) -> (prefix: String, data: [UInt8])? {
        let isLower = text == text.lowercased()
        guard isLower || text == text.uppercased(), text.utf8.allSatisfy({ (33...126).contains($0) }) else { return nil }
        let text = text.lowercased()
        guard let separator = text.lastIndex(of: "1"), separator > text.startIndex else { return nil }
        let prefix = String(text[..<separator])
        var values: [UInt8] = []
        for byte in text[text.index(after: separator)...].utf8 {
            guard let value = alphabet.firstIndex(of: byte) else { return nil }
            values.append(UInt8(value))
        }
        guard values.count >= 6, polymod(expanded(prefix) + values) == 1,
            let data = regroup(Array(values.dropLast(6)), from: 5, to: 8, pads: false)
        else { return nil }
        return (prefix, data)
    }

    private static func checksum(_ prefix: String, _ values: [UInt8]) -> [UInt8] {
        let remainder = polymod(expanded(prefix) + values + [0, 0, 0, 0, 0, 0]) ^ 1
        return (0..<6).map { UInt8((remainder >> (5 * (5 - $0))) & 31) }
    }

    private static func expanded(_ prefix: String) -> [UInt8] {
        prefix.utf8.map { $0 >> 5 } + [0] + prefix.utf8.map { $0 & 31 }
    }

    private static func polymod(_ values: [UInt8]) -> UInt32 {
        let generators: [UInt32] = [0x3B6A_57B2, 0x2650_8E6D, 0x1EA1_19FA, 0x3D42_33DD, 0x2A14_62B3]
        return values.reduce(UInt32(1)) { checksum, value in
            let top = checksum >> 25
            let next = (checksum & 0x1FF_FFFF) << 5 ^ UInt32(value)
            return generators.indices.reduce(next) { (top >> $1) & 1 == 1 ? $0 ^ generators[$1] : $0 }
        }
    }

    /// The same bits in groups of another width; nil when the rest of a decoding is not empty.
    private static func regroup(_ data: [UInt8], from: Int, to: Int, pads: Bool) -> [UInt8]? {
        var result: [UInt8] = []
        var (bits, count) = (0, 0)
        for value in data {
            bits = (bits << from | Int(value)) & 0xFFFF
            count += from
            while count >= to {
                count -= to
                result.append(UInt8(bits >> count & (1 << to - 1)))
            }
        }
        let rest = bits & (1 << count - 1)
        if pads {
            if count > 0 { result.append(UInt8(rest << (to - count))) }
        } else if count >= from || rest != 0 {
            return nil
        }
        return result
    }
}
