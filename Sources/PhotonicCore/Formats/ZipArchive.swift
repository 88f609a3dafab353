/// A zip file whose members are stored as they are, as PyTorch writes checkpoints: its list, and their checksums. Nothing in it is run.
///
/// Source: PKWARE, APPNOTE.TXT 6.3.10, sections 4.3 and 4.5.3 (zip64).
struct ZipArchive {
    struct Member: Sendable, Equatable {
        let name: String
        let crc: UInt32
        let size: Int
        fileprivate let method: Int
        fileprivate let headerOffset: Int
    }

    private static let membersMax = 100_000
    private static let directoryBytesMax = 64 << 20
    /// The end record, with the longest comment.
    private static let endBytesMax = 22 + 65_535

    let members: [Member]
    private let file: OpenDataFile

    init(_ file: OpenDataFile) throws(DataProblem) {
        self.file = file
        let (count, size, offset) = try Self.directory(file)
        guard count <= Self.membersMax, size <= Self.directoryBytesMax, offset <= file.size - size, size >= 0, offset >= 0 else {
            throw DataProblem("the list of its members is impossible.", offset: max(0, min(offset, file.size)))
        }
        let list = try file.bytes(at: offset, count: size)
        var members: [Member] = []
        var position = 0
        for _ in 0..<count { members.append(try Self.member(list, &position, at: offset)) }
        guard position == size else { throw DataProblem("something follows the list of its members.", offset: offset + position) }
        guard Set(members.map(\.name)).count == count else { throw DataProblem("a member stands twice.", offset: offset) }
        // Members that share bytes would be read many times over.
        guard members.reduce(0, { $0 &+ min($1.size, 1 << 40) }) <= file.size else {
            throw DataProblem("its members together are larger than the file.", offset: offset)
        }
        self.members = members
    }

    /// How many members there are, and where their list is.
    private static func directory(_ file: OpenDataFile) throws(DataProblem) -> (count: Int, size: Int, offset: Int) {
        let start = max(0, file.size - endBytesMax)
        let tail = LittleEndian(try file.bytes(at: start, count: file.size - start))
        guard let end = stride(from: tail.bytes.count - 22, through: 0, by: -1).first(where: { tail.u32($0) == 0x0605_4b50 }) else {
            throw DataProblem("it is no zip file, or breaks off: it has no end.", offset: file.size)
        }
        let (count, size, offset) = (tail.u16(end + 10), tail.u32(end + 12), tail.u32(end + 16))
        guard count == 0xFFFF || size == 0xFFFF_FFFF || offset == 0xFFFF_FFFF else { return (count, size, offset) }
        guard end >= 20, tail.u32(end - 20) == 0x0706_4b50, let place = tail.u64(end - 12) else {
            throw DataProblem("the end of a large zip file is missing.", offset: start + end)
        }
        let large = LittleEndian(try file.bytes(at: place, count: 56))
        guard large.u32(0) == 0x0606_4b50, let count = large.u64(32), let size = large.u64(40), let offset = large.u64(48) else {
            throw DataProblem("the end of a large zip file is damaged.", offset: place)
        }
        return (count, size, offset)
    }

    private static func member(_ list: [UInt8], _ position: inout Int, at offset: Int) throws(DataProblem) -> Member {
        let problem = DataProblem("the list of its members is damaged.", offset: offset + position)
        guard list.count - position >= 46 else { throw problem }
        let entry = LittleEndian(Array(list[position...].prefix(46)))
        let (nameLength, extraLength) = (entry.u16(28), entry.u16(30))
        let end = position + 46 + nameLength + extraLength + entry.u16(32)
        guard entry.u32(0) == 0x0201_4b50, end <= list.count else { throw problem }
        let nameEnd = position + 46 + nameLength
        guard let name = String(validating: list[position + 46..<nameEnd], as: UTF8.self), !name.isEmpty,
            name.unicodeScalars.allSatisfy({ ![.control, .format].contains($0.properties.generalCategory) })
        else { throw DataProblem("a member has no proper name.", offset: offset + position) }
        var (stored, size, header) = (entry.u32(20), entry.u32(24), entry.u32(42))
        let extra = LittleEndian(Array(list[nameEnd..<nameEnd + extraLength]))
        try largeSizes(extra, size: &size, stored: &stored, header: &header, problem)
        position = end
        guard entry.u16(10) != 0 || stored == size else { throw DataProblem("the member \(name) has two sizes.", offset: offset) }
        return Member(name: name, crc: UInt32(entry.u32(16)), size: size, method: entry.u16(10), headerOffset: header)
    }

    /// What does not fit into 32 bits stands in a field of its own, in this order.
    private static func largeSizes(
        _ extra: LittleEndian, size: inout Int, stored: inout Int, header: inout Int, _ problem: DataProblem
    ) throws(DataProblem) {
        var place = 0
        while place + 4 <= extra.bytes.count {
            let length = extra.u16(place + 2)
            guard extra.u16(place) == 1 else {
                place += 4 + length
                continue
            }
            var field = place + 4
            func next() throws(DataProblem) -> Int {
                guard field + 8 <= place + 4 + length, let value = extra.u64(field) else { throw problem }
                field += 8
                return value
            }
            if size == 0xFFFF_FFFF { size = try next() }
            if stored == 0xFFFF_FFFF { stored = try next() }
            if header == 0xFFFF_FFFF { header = try next() }
            return
        }
    }

    /// Where the bytes of a member are, or why they cannot be read.
    enum Place {
        case bytes(Range<Int>)
        case problem(String)
    }

    func place(of member: Member) throws(DataProblem) -> Place {
        guard member.method == 0 else {
            return .problem("is compressed (method \(member.method)), and only stored members can be checked (byte \(member.headerOffset))")
        }
        let header = LittleEndian(try file.bytes(at: member.headerOffset, count: 30))
        guard header.u32(0) == 0x0403_4b50 else { return .problem("has no header at byte \(member.headerOffset)") }
        let nameLength = header.u16(26)
        let name = try file.bytes(at: member.headerOffset + 30, count: nameLength)
        guard name.elementsEqual(member.name.utf8) else {
            return .problem("is another one where the list says it is, at byte \(member.headerOffset)")
        }
        let offset = member.headerOffset + 30 + nameLength + header.u16(28)
        let end = offset.addingReportingOverflow(member.size)
        guard !end.overflow, end.partialValue <= file.size else {
            return .problem("breaks off: it would end at byte \(end.partialValue), and the file has \(file.size)")
        }
        return .bytes(offset..<end.partialValue)
    }

    /// Reads a member and compares its checksum; nil where it is right, else what is wrong.
    ///
    /// - Parameter take: is given its bytes meanwhile.
    func problem(of member: Member, take: (UnsafeRawBufferPointer) -> Void = { _ in }) throws(DataProblem) -> String? {
        let place: Range<Int>
        switch try self.place(of: member) {
        case .bytes(let range): place = range
        case .problem(let why): return why
        }
        var crc = CRC32()
        try file.forEachPiece(of: place) { piece in
            crc.update(piece)
            take(piece)
        }
        return crc.value == member.crc
            ? nil : "has the CRC-32 \(crc.hex), not the one that was written with it, before byte \(place.upperBound)"
    }
}

extension OpenDataFile {
    /// Whether it begins as a zip file does.
    var isArchive: Bool {
        get throws(DataProblem) { size >= 4 ? try bytes(at: 0, count: 4) == [0x50, 0x4B, 0x03, 0x04] : false }
    }
}

/// Numbers out of bytes; who asks knows that they are there.
private struct LittleEndian {
    let bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    private func number(_ offset: Int, _ count: Int) -> UInt64 {
        guard offset >= 0, offset + count <= bytes.count else { return .max }
        return (0..<count).reduce(0) { $0 | UInt64(bytes[offset + $1]) << UInt64(8 * $1) }
    }

    func u16(_ offset: Int) -> Int { Int(number(offset, 2) & 0xFFFF) }
    func u32(_ offset: Int) -> Int { Int(number(offset, 4) & 0xFFFF_FFFF) }

    /// nil where it is larger than any file.
    func u64(_ offset: Int) -> Int? { Int(exactly: number(offset, 8)).flatMap { $0 < 1 << 62 ? $0 : nil } }
}
