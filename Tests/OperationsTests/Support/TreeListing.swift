import Core
import FileTree
import Foundation
import Tarball

/// Everything that the stock tools see of a directory tree, by path; two trees are equal if these are.
struct TreeListing: Sendable {
    /// By path, escaped: what `find` prints, the digest of the content, which names are one file.
    private(set) var facts: [String: [String]] = [:]
    /// Bytes allocated, by path of a regular file.
    private(set) var allocated: [String: Int64] = [:]
    /// The blocks of `getfattr` and `getfacl`, sorted.
    private(set) var attributes: [String] = []
    private(set) var lists: [String] = []

    /// - Parameters:
    ///   - hasLongPaths: some paths are too long for `getfattr` and `getfacl`; attributes are read by descriptor then.
    ///   - time: whether times count.
    static func of(_ directory: String, hasLongPaths: Bool = false, attributes: Bool = true) async throws -> TreeListing {
        let output = try await bash(#"find . -printf '%P\0%y\0%m\0%U:%G\0%s\0%T@\0%i\0%n\0%b\0%l\0'"#, in: directory)
        // A deep tree takes long, and the pool's threads are for the tests that wait.
        var listing = try await offPool { try Self.files(output, in: directory, readsAttributes: hasLongPaths) }
        guard attributes, !hasLongPaths else { return listing }
        let found = try await bash("getfattr -R -h -d -m - -e hex --absolute-names . 2>/dev/null || true", in: directory)
        listing.attributes = blocks(found)
        listing.lists = blocks(try await bash("getfacl -R -P -n -p . 2>/dev/null || true", in: directory))
        return listing
    }

    private static func files(_ output: [UInt8], in directory: String, readsAttributes: Bool) throws -> TreeListing {
        var listing = TreeListing()
        let fields = output.split(separator: 0, omittingEmptySubsequences: false).dropLast().map(Array.init)
        let root = try Directory.open(directory)
        var rows: [[[UInt8]]] = []
        for start in stride(from: 0, to: fields.count, by: 10) { rows.append(Array(fields[start..<start + 10])) }
        rows.sort { $0[0].lexicographicallyPrecedes($1[0]) }
        var firsts: [String: String] = [:]
        for row in rows { try listing.add(row, root, &firsts, readsAttributes: readsAttributes) }
        return listing
    }

    private mutating func add(_ row: [[UInt8]], _ root: Directory, _ firsts: inout [String: String], readsAttributes: Bool) throws {
        let texts = row.map { String(decoding: $0, as: UTF8.self) }
        let path = escaped(row[0])
        let type = texts[1]
        var facts = ["type \(type)", "mode \(texts[2])", "owner \(texts[3])", "time \(texts[5])", "target \(escaped(row[9]))"]
        let (parent, name) = try open(row[0], root)
        let status = try name.isEmpty ? root.file.status() : parent.status(of: name)
        if type == "f" {
            let file = try parent.open(name, 0)
            facts += ["size \(texts[4])", "content \(try digest(of: file).hex)"]
            allocated[path] = (Int64(texts[8]) ?? 0) * 512
            if texts[7] != "1" {
                let first = firsts[texts[6]] ?? path
                firsts[texts[6]] = first
                if first != path {
                    facts.append("same file as \(first)")
                    self.facts[first]?.append("has other names")
                }
            }
        }
        if type == "b" || type == "c" { facts.append("device \(status.deviceMajor),\(status.deviceMinor)") }
        if readsAttributes {
            let found = try name.isEmpty ? root.file.extendedAttributes() : parent.extendedAttributes(of: name)
            facts += found.map { "attribute \(escaped($0.name))=\(escaped($0.value))" }
        }
        self.facts[path] = facts
    }

    /// Leaves out what is at the path or beneath it.
    mutating func remove(_ path: String) {
        let isMeant: (String) -> Bool = { $0 == path || $0.hasPrefix(path + "/") }
        facts = facts.filter { !isMeant($0.key) }
        let isBlock: (String) -> Bool = { $0.hasPrefix("# file: ./\(path)\n") || $0.hasPrefix("# file: ./\(path)/") }
        attributes.removeAll(where: isBlock)
        lists.removeAll(where: isBlock)
    }

    /// What is different in the other, in sentences; empty if nothing is.
    func differences(_ other: TreeListing, ignoringTimes: Bool = false) -> [String] {
        var found: [String] = []
        for path in Set(facts.keys).union(other.facts.keys).sorted() {
            guard let mine = facts[path] else {
                found.append("\(path) is there and should not be")
                continue
            }
            guard let others = other.facts[path] else {
                found.append("\(path) is missing")
                continue
            }
            let old = Set(mine.filter { !ignoringTimes || !$0.hasPrefix("time") })
            let new = Set(others.filter { !ignoringTimes || !$0.hasPrefix("time") })
            if old != new { found.append("\(path): \(old.subtracting(new).sorted()) became \(new.subtracting(old).sorted())") }
        }
        found += Set(attributes).symmetricDifference(other.attributes).sorted().map { "attributes: \($0)" }
        found += Set(lists).symmetricDifference(other.lists).sorted().map { "access list: \($0)" }
        return Array(found.prefix(20))
    }
}

/// The directory that holds a path, opened step by step, and the name in it.
func open(_ path: [UInt8], _ root: Directory) throws -> (Directory, [UInt8]) {
    var directory = root
    let components = path.split(separator: UInt8(ascii: "/")).map(Array.init)
    for component in components.dropLast() { directory = try directory.openDirectory(component) }
    return (directory, components.last ?? [])
}

private func digest(of file: OpenFile) throws -> SHA256Digest {
    var hasher = SHA256Hasher()
    var buffer = [UInt8](repeating: 0, count: 1 << 20)
    while case let count = try file.read(into: &buffer, at: 0, count: buffer.count), count > 0 {
        hasher.update(buffer.span.extracting(..<count).bytes)
    }
    return hasher.finish()
}

private func blocks(_ output: [UInt8]) -> [String] {
    String(decoding: output, as: UTF8.self).components(separatedBy: "\n\n").filter { !$0.isEmpty }.sorted()
}

func escaped(_ bytes: [UInt8]) -> String {
    var text: [UInt8] = []
    VisEncoding.append(bytes, to: &text)
    return String(decoding: text, as: UTF8.self)
}
