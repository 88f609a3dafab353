import Core

/// A store that keeps small objects, once read, in memory: they never change. What was removed through it is forgotten.
public final class CachingStore: ObjectStore {
    private struct State {
        var objects: [ObjectName: [UInt8]] = [:]
        /// In the order in which they came.
        var order: [ObjectName] = []
        var bytes = 0
    }

    private let base: any ObjectStore
    private let bytesMax: Int
    private let state = Monitor(State())

    /// - Parameter bytesMax: of all that is kept; what is larger than an eighth of it is not.
    public init(_ base: any ObjectStore, bytesMax: Int) {
        self.base = base
        self.bytesMax = bytesMax
    }

    public var location: String { base.location }
    public var capabilities: StoreCapabilities { base.capabilities }
    public var directory: String? { base.directory }

    public func page(of folder: Folder, after name: ObjectName?) throws(StoreError) -> StorePage { try base.page(of: folder, after: name) }

    public func read(_ name: ObjectName, range: Range<Int>) throws(StoreError) -> [UInt8] { try base.read(name, range: range) }

    public func read(_ name: ObjectName, limit: Int) throws(StoreError) -> [UInt8] {
        if let kept = state.withLock({ $0.objects[name] }), kept.count <= limit { return kept }
        let bytes = try base.read(name, limit: limit)
        keep(bytes, as: name)
        return bytes
    }

    public func size(_ name: ObjectName) throws(StoreError) -> Int { try base.size(name) }

    public func create() throws(StoreError) -> any Upload { try base.create() }

    public func remove(_ names: [ObjectName]) throws(StoreError) {
        // Also where it fails: nobody knows then which are gone.
        defer {
            state.withLock { state in for name in names { state.objects[name].map { state.bytes -= $0.count }; state.objects[name] = nil } }
        }
        try base.remove(names)
    }

    public func space() throws(StoreError) -> StoreSpace? { try base.space() }

    public func removeAbandoned() throws(StoreError) { try base.removeAbandoned() }

    private func keep(_ bytes: [UInt8], as name: ObjectName) {
        guard bytes.count <= bytesMax / 8 else { return }
        state.withLock { state in
            guard state.objects.updateValue(bytes, forKey: name) == nil else { return }
            state.order.append(name)
            state.bytes += bytes.count
            var oldest = state.order.startIndex
            while state.bytes > bytesMax, oldest < state.order.endIndex {
                if let gone = state.objects.removeValue(forKey: state.order[oldest]) { state.bytes -= gone.count }
                oldest += 1
            }
            state.order.removeFirst(oldest)
        }
    }
}
