import Core
import Synchronization

@testable import Storage

/// The shortest store that keeps the contract: what the others are measured by.
final class MemoryStore: ObjectStore, RemovableFolders {
    private struct State {
        var objects: [ObjectName: [UInt8]] = [:]
        var folders = Set(Folder.allCases)
    }

    let location = "memory"
    private let state = Mutex(State())

    func removeFolder(_ folder: Folder) { state.withLock { _ = $0.folders.remove(folder) } }

    var directory: String? { nil }
    var capabilities: StoreCapabilities { StoreCapabilities(requestsInFlight: 4, createsOnce: true, retains: false) }

    func space() throws(StoreError) -> StoreSpace? { nil }

    func removeAbandoned() throws(StoreError) {}

    func remove(_ names: [ObjectName]) throws(StoreError) {
        state.withLock { state in for name in names { state.objects[name] = nil } }
    }

    /// Two at a time, so that whoever lists must ask again.
    func page(of folder: Folder, after name: ObjectName?) throws(StoreError) -> StorePage {
        let rest = try all(folder).filter { object in name.map { $0 < object.name } ?? true }
        return StorePage(Array(rest.prefix(2)), isLast: rest.count <= 2)
    }

    private func all(_ folder: Folder) throws(StoreError) -> [StoredObject] {
        let listed = state.withLock { state -> [StoredObject]? in
            guard state.folders.contains(folder) else { return nil }
            return state.objects.filter { $0.key.text.hasPrefix("\(folder.rawValue)/") }
                .map { StoredObject(name: $0.key, bytes: $0.value.count) }
                .sorted { $0.name < $1.name }
        }
        guard let listed else { throw StoreError(.notFound, "list", folder.rawValue, reason: "there is no such folder") }
        return listed
    }

    func read(_ name: ObjectName, range: Range<Int>) throws(StoreError) -> [UInt8] {
        let bytes = try bytes(name)
        guard range.upperBound <= bytes.count else { throw StoreError(.shortRead, "read", name.text, reason: "it is shorter") }
        return Array(bytes[range])
    }

    func read(_ name: ObjectName, limit: Int) throws(StoreError) -> [UInt8] {
        let bytes = try bytes(name)
        guard bytes.count <= limit else { throw StoreError(.tooLarge, "read", name.text, reason: "it is longer") }
        return bytes
    }

    func size(_ name: ObjectName) throws(StoreError) -> Int { try bytes(name).count }

    func create() throws(StoreError) -> any Upload {
        MemoryUpload { name, bytes in
            self.state.withLock { state in
                if state.objects[name] != nil { return false }
                state.objects[name] = bytes
                return true
            }
        }
    }

    private func bytes(_ name: ObjectName) throws(StoreError) -> [UInt8] {
        guard let bytes = state.withLock({ $0.objects[name] }) else {
            throw StoreError(.notFound, "read", name.text, reason: "it is not there")
        }
        return bytes
    }
}

private final class MemoryUpload: Upload {
    private var bytes: [UInt8] = []
    private let store: (ObjectName, [UInt8]) -> Bool

    init(_ store: @escaping (ObjectName, [UInt8]) -> Bool) { self.store = store }

    func append(_ piece: borrowing RawSpan) throws(StoreError) { piece.withUnsafeBytes { bytes.append(contentsOf: $0) } }

    func finish(as name: ObjectName, digest: SHA256Digest) throws(StoreError) -> Bool {
        guard SHA256Digest(of: bytes) == digest else { throw StoreError(.other, "write", name.text, reason: "it is not what was sent") }
        return store(name, bytes)
    }

    func discard() { bytes = [] }
}
