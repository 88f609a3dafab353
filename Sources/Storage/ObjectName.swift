/// The name of an object: one component at the top, or a folder of the vault and a path in it. Ordered by its bytes.
public struct ObjectName: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// From the top of the vault, components joined by `/`.
    public let text: String

    private static let bytesMax = 1024

    /// A name that this program makes.
    public init(_ text: String) {
        precondition(Self.isName(text), "not an object's name: \(text)")
        self.text = text
    }

    /// A name that was found somewhere; nil for what can name no object.
    public init?(found text: String) {
        guard Self.isName(text) else { return nil }
        self.text = text
    }

    private static func isName(_ text: String) -> Bool {
        let parts = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        return text.utf8.count <= bytesMax && !text.utf8.contains(0)
            && parts.allSatisfy { !$0.isEmpty && !$0.elementsEqual(".".utf8) && !$0.elementsEqual("..".utf8) }
    }

    /// The last component.
    public var base: Substring { text.split(separator: "/").last ?? "" }

    public var description: String { text }

    public static func < (left: ObjectName, right: ObjectName) -> Bool { left.text.utf8.lexicographicallyPrecedes(right.text.utf8) }

    /// Strings that look alike are not: names are bytes.
    public static func == (left: ObjectName, right: ObjectName) -> Bool { left.text.utf8.elementsEqual(right.text.utf8) }

    public func hash(into hasher: inout Hasher) { for byte in text.utf8 { hasher.combine(byte) } }
}
