/// Cuts the elements of `items` out of a list while it arrives, so that memory holds one object and not the list.
///
/// Only brackets and strings are looked at here; whether an element is JSON is for whoever reads it.
struct ListSplitter {
    /// No server makes deeper ones.
    private static let depthMax = 100_000

    /// One object; etcd takes 1.5 MiB by default, which escapes may lengthen.
    static let itemBytesMax = 32 << 20
    static let envelopeBytesMax = 1 << 20

    /// Everything but the elements: the list with an empty `items`.
    private(set) var envelope: [UInt8] = []
    private var item: [UInt8] = []
    private var depth = 0
    private var isInString = false
    private var isEscaped = false
    /// At the top level: the last string, and whether a value must follow it.
    private var word: [UInt8] = []
    private var isValueOfItems = false
    private var isInItems = false

    /// True once the outermost bracket has closed.
    private(set) var isComplete = false

    /// The elements that end in `bytes`.
    mutating func feed(_ bytes: [UInt8]) throws(JSONProblem) -> [[UInt8]] {
        var items: [[UInt8]] = []
        var start = 0
        let span = bytes.span
        for index in span.indices {
            let byte = span[index]
            if isInString {
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    isInString = false
                } else if depth == 1 {
                    word.append(byte)
                }
                continue
            }
            switch byte {
            case UInt8(ascii: "\""):
                isInString = true
                if depth == 1 { word = [] }
            case UInt8(ascii: ":"):
                if depth == 1 { isValueOfItems = word.elementsEqual("items".utf8) }
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth += 1
                if isInItems, depth == 3 {
                    try keep(bytes[start..<index])
                    start = index
                } else if depth == 2, isValueOfItems, byte == UInt8(ascii: "[") {
                    isInItems = true
                }
                // Counting costs nothing: an object that is too deep to be read costs itself, and not the others of its list.
                guard depth <= Self.depthMax else { throw JSONProblem(offset: index, why: "the list is nested too deep") }
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth -= 1
                if isInItems, depth == 2 {
                    try add(bytes[start...index])
                    items.append(item)
                    item = []
                    start = index + 1
                } else if isInItems, depth == 1 {
                    isInItems = false
                    isValueOfItems = false
                } else if depth == 0 {
                    isComplete = true
                }
                guard depth >= 0 else { throw JSONProblem(offset: index, why: "a bracket closes that was not open") }
            case UInt8(ascii: ","):
                // Between two elements; the list without them has no use for it.
                if isInItems, depth == 2 {
                    try keep(bytes[start..<index])
                    start = index + 1
                }
            default: break
            }
        }
        if isInItems, depth >= 3 { try add(bytes[start...]) } else { try keep(bytes[start...]) }
        return items
    }

    private mutating func add(_ bytes: ArraySlice<UInt8>) throws(JSONProblem) {
        item += bytes
        guard item.count <= Self.itemBytesMax else {
            throw JSONProblem(offset: 0, why: "an object is larger than \(Self.itemBytesMax >> 20) MiB")
        }
    }

    private mutating func keep(_ bytes: ArraySlice<UInt8>) throws(JSONProblem) {
        envelope += bytes
        guard envelope.count <= Self.envelopeBytesMax else {
            throw JSONProblem(offset: 0, why: "a list says more than \(Self.envelopeBytesMax >> 20) MiB beside its items")
        }
    }
}
