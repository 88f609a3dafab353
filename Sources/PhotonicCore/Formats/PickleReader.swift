/// What a pickle of PyTorch says of the numbers that are stored beside it: their types, and what their tensors are called. Nothing in it is run.
///
/// A machine that knows what each opcode puts where, and makes words of what Python would make objects of. Bounded in all it holds.
/// Source: CPython, Lib/pickletools.py (protocols 0 to 5); torch.serialization, `persistent_load`.
struct PickleReader {
    /// Numbers of one type in a member of the archive.
    struct Storage: Hashable, Sendable {
        /// The member's last name, "0".
        let key: String
        /// "FloatStorage"; "UntypedStorage" where the tensor says it.
        var type: String
        /// Of numbers; of bytes where the storage itself has no type.
        let count: Int
        var isCountedInBytes = false
    }

    /// By key, and for each the name of the first tensor in it: "encoder.weight".
    private(set) var storages: [String: (storage: Storage, name: String)] = [:]

    /// Containers are numbers of others: a nest without end is no deeper than any.
    private enum Value {
        case mark
        case number(Int)
        case text(String)
        case global(module: String, name: String)
        case list(Int)
        case storage(Storage)
        case tensor(Storage)
        case object(Int)
        case other
    }

    private static let stepsMax = 4_000_000
    private static let stackMax = 1_000_000
    private static let textBytesMax = 64 << 10
    private static let depthMax = 64
    private static let nameBytesMax = 500
    /// A tensor's storage and type stand among so many.
    private static let argumentsMax = 16

    private let bytes: [UInt8]
    private var place = 0
    private var stack: [Value] = []
    private var memo: [Int: Value] = [:]
    private var lists: [[Value]] = []
    /// What has been looked through for names.
    private var (namedLists, namedObjects): (Set<Int>, Set<Int>) = ([], [])
    /// What dictionaries and objects have under which key: they are filled after others have them.
    private var members: [[(key: String, value: Value)]] = []

    init(_ bytes: [UInt8]) throws(DataProblem) {
        self.bytes = bytes
        var steps = 0
        while try step() {
            steps += 1
            guard steps < Self.stepsMax, stack.count < Self.stackMax else { throw problem("it is longer than that of any checkpoint") }
        }
        guard let root = stack.last else { throw problem("it holds nothing") }
        name(root, as: "", depth: 0)
    }

    private func problem(_ what: String) -> DataProblem { DataProblem("its data.pkl cannot be understood: \(what).", offset: place) }

    // MARK: Bytes

    private mutating func take(_ count: Int) throws(DataProblem) -> ArraySlice<UInt8> {
        guard count >= 0, count <= bytes.count - place else { throw problem("it breaks off") }
        defer { place += count }
        return bytes[place..<place + count]
    }

    private mutating func integer(_ size: Int) throws(DataProblem) -> Int {
        let taken = try take(size)
        return taken.reversed().reduce(0) { $0 << 8 | Int($1) }
    }

    private mutating func signed() throws(DataProblem) -> Int { Int(Int32(truncatingIfNeeded: try integer(4))) }

    private mutating func length(_ size: Int) throws(DataProblem) -> Int {
        let length = try integer(size)
        guard length >= 0, length <= bytes.count else { throw problem("it breaks off") }
        return length
    }

    private mutating func text(_ count: Int) throws(DataProblem) -> Value {
        let taken = try take(count)
        return .text(String(decoding: taken.prefix(Self.textBytesMax), as: UTF8.self))
    }

    private mutating func line() throws(DataProblem) -> String {
        guard let end = bytes[place...].firstIndex(of: UInt8(ascii: "\n")) else { throw problem("it breaks off") }
        defer { place = end + 1 }
        return String(decoding: bytes[place..<end].prefix(Self.textBytesMax), as: UTF8.self)
    }

    private mutating func long(_ count: Int) throws(DataProblem) -> Value {
        let taken = try take(count)
        guard taken.count <= 8, !taken.isEmpty else { return taken.isEmpty ? .number(0) : .other }
        let bits = taken.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        let shift = UInt64(64 - 8 * taken.count)
        return .number(Int(Int64(bitPattern: bits << shift) >> Int64(shift)))
    }

    // MARK: The stack

    private mutating func pop() throws(DataProblem) -> Value {
        guard let value = stack.popLast() else { throw problem("it takes more than it has put down") }
        return value
    }

    /// What was put down since the last mark, which goes.
    private mutating func popToMark() throws(DataProblem) -> [Value] {
        guard let mark = stack.lastIndex(where: { if case .mark = $0 { true } else { false } }) else { throw problem("a mark is missing") }
        defer { stack.removeSubrange(mark...) }
        return Array(stack[(mark + 1)...])
    }

    private mutating func push(_ value: Value) { stack.append(value) }

    private mutating func pushObject() {
        members.append([])
        push(.object(members.count - 1))
    }

    private mutating func pushTuple(of count: Int) throws(DataProblem) {
        guard stack.count >= count else { throw problem("it takes more than it has put down") }
        let items = Array(stack.suffix(count))
        stack.removeLast(count)
        pushList(items)
    }

    private mutating func pushList(_ items: [Value]) {
        lists.append(items)
        push(.list(lists.count - 1))
    }

    /// What the value on top of the stack has under a key.
    private mutating func set(_ pairs: [Value]) {
        guard case .object(let number)? = stack.last else { return }
        for index in stride(from: 0, to: pairs.count - 1, by: 2) {
            let key: String
            switch pairs[index] {
            case .text(let text): key = text
            case .number(let number): key = "\(number)"
            default: continue
            }
            members[number].append((key, pairs[index + 1]))
        }
    }

    private mutating func append(_ items: [Value]) {
        guard case .object(let number)? = stack.last else { return }
        for item in items { members[number].append(("\(members[number].count)", item)) }
    }

    // MARK: Opcodes

    /// Returns whether it goes on.
    private mutating func step() throws(DataProblem) -> Bool {
        let code = try integer(1)
        switch UInt8(truncatingIfNeeded: code) {
        case UInt8(ascii: "."): return false
        case UInt8(ascii: "("): push(.mark)
        case UInt8(ascii: "0"): _ = try pop()
        case UInt8(ascii: "1"): _ = try popToMark()
        case UInt8(ascii: "2"):
            guard let top = stack.last else { throw problem("it takes more than it has put down") }
            push(top)
        case 0x80: place += 1
        case 0x95: _ = try take(8)
        case UInt8(ascii: "N"), 0x88, 0x89, 0x97: push(.other)
        case 0x98: break
        default:
            if try !stepOfValue(UInt8(truncatingIfNeeded: code)), try !stepOfObject(UInt8(truncatingIfNeeded: code)) {
                throw problem("there is no opcode \(code)")
            }
        }
        return true
    }

    /// Numbers and texts; returns whether it was one.
    private mutating func stepOfValue(_ code: UInt8) throws(DataProblem) -> Bool {
        switch code {
        case UInt8(ascii: "K"): push(.number(try integer(1)))
        case UInt8(ascii: "M"): push(.number(try integer(2)))
        case UInt8(ascii: "J"): push(.number(try signed()))
        case UInt8(ascii: "I"), UInt8(ascii: "L"):
            let word = try line()
            push(Int(word.hasSuffix("L") ? String(word.dropLast()) : word).map(Value.number) ?? .other)
        case 0x8A: push(try long(try length(1)))
        case 0x8B: push(try long(try length(4)))
        case UInt8(ascii: "F"):
            _ = try line()
            push(.other)
        case UInt8(ascii: "G"):
            _ = try take(8)
            push(.other)
        case UInt8(ascii: "X"): push(try text(try length(4)))
        case 0x8C: push(try text(try length(1)))
        case 0x8D: push(try text(try length(8)))
        case UInt8(ascii: "U"): push(try text(try length(1)))
        case UInt8(ascii: "T"): push(try text(try length(4)))
        case UInt8(ascii: "V"), UInt8(ascii: "S"): push(.text(try line()))
        case UInt8(ascii: "C"): try skip(try length(1))
        case UInt8(ascii: "B"): try skip(try length(4))
        case 0x8E, 0x96: try skip(try length(8))
        default: return false
        }
        return true
    }

    private mutating func skip(_ count: Int) throws(DataProblem) {
        _ = try take(count)
        push(.other)
    }

    /// Containers, objects, the memo; returns whether it was one.
    private mutating func stepOfObject(_ code: UInt8) throws(DataProblem) -> Bool {
        switch code {
        case UInt8(ascii: "}"), UInt8(ascii: "]"), 0x8F: pushObject()
        case UInt8(ascii: ")"): pushList([])
        case UInt8(ascii: "t"): pushList(try popToMark())
        case 0x85: try pushTuple(of: 1)
        case 0x86: try pushTuple(of: 2)
        case 0x87: try pushTuple(of: 3)
        case UInt8(ascii: "l"), UInt8(ascii: "d"), 0x91:
            let items = try popToMark()
            pushObject()
            if code == UInt8(ascii: "d") { set(items) } else { append(items) }
        case UInt8(ascii: "s"):
            let value = try pop()
            set([try pop(), value])
        case UInt8(ascii: "u"): set(try popToMark())
        case UInt8(ascii: "a"): append([try pop()])
        case UInt8(ascii: "e"), 0x90: append(try popToMark())
        case UInt8(ascii: "c"): push(.global(module: try line(), name: try line()))
        case 0x93:
            let (name, module) = (try pop(), try pop())
            if case .text(let name) = name, case .text(let module) = module {
                push(.global(module: module, name: name))
            } else {
                push(.other)
            }
        case UInt8(ascii: "Q"): push(stored(try pop()))
        case UInt8(ascii: "P"):
            _ = try line()
            push(.other)
        case UInt8(ascii: "R"), 0x81:
            let (arguments, callee) = (try pop(), try pop())
            push(made(callee, arguments))
        case 0x92:
            _ = try pop()
            let (arguments, callee) = (try pop(), try pop())
            push(made(callee, arguments))
        case UInt8(ascii: "o"), UInt8(ascii: "i"):
            if code == UInt8(ascii: "i") { (_, _) = (try line(), try line()) }
            _ = try popToMark()
            pushObject()
        case UInt8(ascii: "b"): build(try pop())
        default: return try stepOfMemo(code)
        }
        return true
    }

    private mutating func stepOfMemo(_ code: UInt8) throws(DataProblem) -> Bool {
        switch code {
        case UInt8(ascii: "q"): try remember(try integer(1))
        case UInt8(ascii: "r"): try remember(try integer(4))
        case UInt8(ascii: "p"): try remember(Int(try line()) ?? -1)
        case 0x94: try remember(memo.count)
        case UInt8(ascii: "h"): try recall(try integer(1))
        case UInt8(ascii: "j"): try recall(try integer(4))
        case UInt8(ascii: "g"): try recall(Int(try line()) ?? -1)
        case 0x82: (_, _) = (try take(1), push(.other))
        case 0x83: (_, _) = (try take(2), push(.other))
        case 0x84: (_, _) = (try take(4), push(.other))
        default: return false
        }
        return true
    }

    private mutating func remember(_ place: Int) throws(DataProblem) {
        guard let top = stack.last else { throw problem("it takes more than it has put down") }
        guard memo.count < Self.stackMax else { throw problem("it is longer than that of any checkpoint") }
        memo[place] = top
    }

    private mutating func recall(_ place: Int) throws(DataProblem) {
        guard let value = memo[place] else { throw problem("it recalls what it never had") }
        push(value)
    }

    // MARK: PyTorch

    /// `("storage", FloatStorage, "0", "cpu", 64)`
    private mutating func stored(_ id: Value) -> Value {
        guard case .list(let number) = id else { return .other }
        let parts = lists[number]
        guard parts.count >= 5, case .text("storage") = parts[0], case .global(_, let type) = parts[1],
            case .text(let key) = parts[2], case .number(let count) = parts[4], count >= 0
        else { return .other }
        var storage = Storage(key: key, type: type, count: count)
        storage.isCountedInBytes = type == "UntypedStorage"
        // Whatever becomes of it: what is stored is looked at.
        if storages[key] == nil { storages[key] = (storage, "") }
        return .storage(storage)
    }

    /// What a call would make: a tensor of a storage, an empty object, or nobody knows.
    private mutating func made(_ callee: Value, _ arguments: Value) -> Value {
        guard case .list(let list) = arguments else { return newObject() }
        let arguments = lists[list].prefix(Self.argumentsMax)
        if case .global(_, let name) = callee, name.hasPrefix("_rebuild_"), let first = arguments.first {
            switch first {
            case .storage(var storage):
                // Of a storage without a type, the tensor names it.
                if storage.type == "UntypedStorage" {
                    for case .global("torch", let type) in arguments { storage.type = type }
                    storages[storage.key]?.storage = storage
                }
                return .tensor(storage)
            case .tensor(let storage): return .tensor(storage)
            default: break
            }
        }
        return newObject()
    }

    private mutating func newObject() -> Value {
        members.append([])
        return .object(members.count - 1)
    }

    /// An object's state: what it has by name.
    private mutating func build(_ state: Value) {
        guard case .object(let number)? = stack.last else { return }
        members[number].append(("", state))
    }

    /// Gives each storage the name of the first tensor that is found in it.
    private mutating func name(_ value: Value, as path: String, depth: Int) {
        guard depth < Self.depthMax, path.utf8.count < Self.nameBytesMax else { return }
        func below(_ key: String) -> String { path.isEmpty ? key : key.isEmpty ? path : "\(path).\(key)" }
        switch value {
        case .storage(let storage), .tensor(let storage):
            if storages[storage.key]?.name.isEmpty == true { storages[storage.key]?.name = path }
        case .list(let number):
            guard namedLists.insert(number).inserted else { return }
            for (index, item) in lists[number].enumerated() { name(item, as: below("\(index)"), depth: depth + 1) }
        case .object(let number):
            guard namedObjects.insert(number).inserted else { return }
            for member in members[number] {
                name(member.value, as: below(String(member.key.prefix(Self.nameBytesMax))), depth: depth + 1)
            }
        case .mark, .number, .text, .global, .other: break
        }
    }
}

extension NumberType {
    /// By PyTorch's names of storages and of types; nil for those that are no plain numbers (quantized, eight-bit floats).
    init?(torch name: String) {
        let names: [String: NumberType] = [
            "FloatStorage": .float32, "DoubleStorage": .float64, "HalfStorage": .float16, "BFloat16Storage": .bfloat16,
            "ComplexFloatStorage": .complex64, "ComplexDoubleStorage": .complex128, "CharStorage": .int8, "ShortStorage": .int16,
            "IntStorage": .int32, "LongStorage": .int64, "ByteStorage": .uint8, "BoolStorage": .bool, "float32": .float32,
            "float64": .float64, "float16": .float16, "bfloat16": .bfloat16, "complex64": .complex64, "complex128": .complex128,
            "int8": .int8, "int16": .int16, "int32": .int32, "int64": .int64, "uint8": .uint8, "uint16": .uint16, "uint32": .uint32,
            "uint64": .uint64, "bool": .bool,
        ]
        guard let type = names[name] else { return nil }
        self = type
    }
}
