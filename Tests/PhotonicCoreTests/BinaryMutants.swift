import Foundation
import TestSupport

extension StoredArray {
    /// Every kind of change that leaves an array.
    func mutants(_ name: String) -> [Mutant] {
        var mutants: [Mutant] = []
        let count = elements.count / size
        func add(_ what: String, _ change: (inout StoredArray) -> Void) {
            var copy = self
            change(&copy)
            if copy.file != file { mutants.append(Mutant(kind: "\(what) \(name)", bytes: copy.file)) }
        }
        for (place, where_) in [(0, "the first"), (count / 2, "a middle"), (count - 1, "the last")] {
            for bit in [0, size * 4, size * 8 - 1] {
                add("bit \(bit) of \(where_) element of") {
                    $0.elements[$0.elements.startIndex + place * size + bit / 8] ^= 1 << UInt8(bit % 8)
                }
            }
        }
        func element(_ array: StoredArray, _ place: Int) -> Data { Data(array.elements.dropFirst(place * size).prefix(size)) }
        add("two elements swapped in") { array in
            let (first, last) = (element(array, 0), element(array, count - 1))
            array.elements = last + array.elements.dropFirst(size).dropLast(size) + first
        }
        add("all zero in") { $0.elements = Data(count: $0.elements.count) }
        add("all alike in") { array in array.elements = (0..<count).reduce(into: Data()) { data, _ in data += element(array, 0) } }
        add("reversed") { array in array.elements = (0..<count).reversed().reduce(into: Data()) { $0 += element(array, $1) } }
        add("moved by one") { array in array.elements = Data(array.elements.dropFirst(size)) + element(array, 0) }
        add("the last element lost of") { array in
            (array.elements, array.shape) = (Data(array.elements.dropLast(size)), [count - 1])
        }
        add("an element more in") { array in (array.elements, array.shape) = (array.elements + element(array, 0), [count + 1]) }
        add("made flat") { $0.shape = [count] }
        add("turned over") { $0.shape = $0.shape.reversed() }
        add("read by columns") { $0.isFortran = true }
        let others = ["<f4": "<i4", "<f8": "<i8", "<c16": "<f8", "<c8": "<f8"]
        if let other = others[type] {
            add("read as another type") { array in
                array.type = other
                if other == "<f8", size == 16 { array.shape += [2] }
            }
        }
        return mutants
    }
}

/// A zip file of stored members, as PyTorch and NumPy write them.
struct StoredArchive {
    var members: [(name: String, bytes: Data)]

    var file: Data {
        var (file, list) = (Data(), Data())
        func number(_ value: Int, _ size: Int) -> Data { Data((0..<size).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }) }
        for (name, bytes) in members {
            let checksum = Self.crc(bytes)
            let fields =
                number(20, 2) + number(0, 8) + number(checksum, 4) + number(bytes.count, 4) + number(bytes.count, 4)
                + number(name.utf8.count, 2) + number(0, 2)
            list += number(0x0201_4b50, 4) + number(20, 2) + fields + number(0, 10) + number(file.count, 4) + Data(name.utf8)
            file += number(0x0403_4b50, 4) + fields + Data(name.utf8) + bytes
        }
        let end = number(0x0605_4b50, 4) + number(0, 4) + number(members.count, 2) + number(members.count, 2) + number(list.count, 4)
        return file + list + end + number(file.count, 4) + number(0, 2)
    }

    /// Bit by bit, as the definition has it: another one than the program's.
    static func crc(_ bytes: Data) -> Int {
        var crc: UInt32 = 0xffff_ffff
        for byte in bytes {
            crc ^= UInt32(byte)
            for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xedb8_8320 : crc >> 1 }
        }
        return Int(~crc)
    }

    func mutants(_ name: String, changing data: (Data) -> Bool = { _ in true }) -> [Mutant] {
        var mutants: [Mutant] = []
        func add(_ what: String, _ change: (inout StoredArchive) -> Void) {
            var copy = self
            change(&copy)
            mutants.append(Mutant(kind: "\(what) \(name)", bytes: copy.file))
        }
        for (index, member) in members.enumerated() where !member.bytes.isEmpty {
            for (place, what) in [(0, "the first"), (member.bytes.count - 1, "the last")] {
                add("\(what) byte of \(member.name) in") { $0.members[index].bytes[$0.members[index].bytes.startIndex + place] ^= 1 }
            }
            add("\(member.name) renamed in") { $0.members[index].name += "x" }
            add("\(member.name) lost from") { $0.members.remove(at: index) }
        }
        add("a member more in") { $0.members.append(("model/extra", Data([1]))) }
        if members.count > 2 {
            add("two members exchanged in") { archive in
                let (first, last) = (archive.members[archive.members.count - 2].bytes, archive.members[archive.members.count - 1].bytes)
                archive.members[archive.members.count - 2].bytes = last
                archive.members[archive.members.count - 1].bytes = first
            }
        }
        return mutants
    }
}
