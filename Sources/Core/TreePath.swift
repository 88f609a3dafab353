/// A path of a snapshot: components of any bytes but `/` and NUL, joined by `/`; never empty, absolute, `.` or `..`.
///
/// Paths are ordered component by component, as a walk meets them: a directory before what is in it, and all that is in it
/// before the next name.
public struct TreePath: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// As the file system has them.
    public let bytes: [UInt8]

    /// Deeper than any file system allows in one call, and a bound for what is read from a vault.
    public static let bytesMax = 1 << 18

    /// nil for what is no path of a snapshot.
    public init?(_ bytes: [UInt8]) {
        guard Self.isValid(bytes) else { return nil }
        self.bytes = bytes
    }

    /// nil for what is no path of a snapshot.
    public init?(_ text: String) { self.init(Array(text.utf8)) }

    /// A child of a directory; nil if `name` is not one component.
    public func appending(_ name: [UInt8]) -> TreePath? {
        guard !name.contains(UInt8(ascii: "/")) else { return nil }
        return TreePath(bytes + [UInt8(ascii: "/")] + name)
    }

    /// From the top down.
    public var components: [ArraySlice<UInt8>] { bytes.split(separator: UInt8(ascii: "/")) }

    /// The last component.
    public var name: [UInt8] { Array(bytes[((bytes.lastIndex(of: UInt8(ascii: "/")) ?? -1) + 1)...]) }

    /// The directory that holds it; nil at the top.
    public var parent: TreePath? {
        bytes.lastIndex(of: UInt8(ascii: "/")).map { TreePath(unchecked: Array(bytes[..<$0])) }
    }

    /// Whether it is `other` or lies beneath it.
    public func isWithin(_ other: TreePath) -> Bool {
        bytes.starts(with: other.bytes)
            && (bytes.count == other.bytes.count || bytes[other.bytes.count] == UInt8(ascii: "/"))
    }

    /// For people, spelt as `PathText` has it.
    public var description: String { PathText.text(bytes) }

    /// For programs; bytes that are not UTF-8 are replaced.
    public var text: String { String(decoding: bytes, as: UTF8.self) }

    public static func < (left: TreePath, right: TreePath) -> Bool {
        let count = min(left.bytes.count, right.bytes.count)
        for index in 0..<count where left.bytes[index] != right.bytes[index] {
            return rank(left.bytes[index]) < rank(right.bytes[index])
        }
        return left.bytes.count < right.bytes.count
    }

    private init(unchecked bytes: [UInt8]) { self.bytes = bytes }

    /// The separator sorts before every byte of a name: NUL is in no name.
    private static func rank(_ byte: UInt8) -> UInt8 { byte == UInt8(ascii: "/") ? 0 : byte }

    private static func isValid(_ bytes: [UInt8]) -> Bool {
        guard !bytes.isEmpty, bytes.count <= bytesMax else { return false }
        var length = 0
        var dots = 0
        for byte in bytes {
            if byte == 0 { return false }
            if byte == UInt8(ascii: "/") {
                if length == 0 || (length == dots && length <= 2) { return false }
                length = 0
                dots = 0
            } else {
                length += 1
                if byte == UInt8(ascii: ".") { dots += 1 }
            }
        }
        return length > 0 && !(length == dots && length <= 2)
    }
}
