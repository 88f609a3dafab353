import Synchronization

/// How far an operation is: written by its threads, read by whoever shows it.
public final class Progress: Sendable {
    /// How far it is, at one moment.
    public struct Figures: Sendable {
        /// The part that is under way.
        public let phase: String
        /// Done in this part.
        public let files: Int
        /// Done in this part.
        public let bytes: Int
        /// 0: not known yet.
        public let bytesTotal: Int
        /// Where objects of a cluster are counted, as files: how many there are, 0 if that is not known. nil where it is files and bytes.
        public let objectsTotal: Int?
    }

    private let files = Atomic(0)
    private let bytes = Atomic(0)
    private let bytesTotal = Atomic(0)
    private let objectsTotal = Mutex<Int?>(nil)
    private let phase = Mutex("")
    /// Takes a sentence that cannot wait for the report; may be called on any thread.
    public let notice: @Sendable (String) -> Void

    /// A progress that nobody shows takes no notices.
    public init(notice: @escaping @Sendable (String) -> Void = { _ in }) { self.notice = notice }

    /// Begins a part of the operation: counts start again from nothing.
    public func begin(_ name: String, bytesTotal total: Int = 0) { begin(name, total, nil) }

    /// Begins a part that goes through objects of a cluster.
    public func begin(_ name: String, objectsTotal total: Int) { begin(name, 0, total) }

    private func begin(_ name: String, _ total: Int, _ objects: Int?) {
        phase.withLock { $0 = name }
        objectsTotal.withLock { $0 = objects }
        files.store(0, ordering: .relaxed)
        bytes.store(0, ordering: .relaxed)
        bytesTotal.store(total, ordering: .relaxed)
    }

    /// Says what is done meanwhile; counts go on.
    public func name(_ name: String) { phase.withLock { $0 = name } }

    /// Counts what is done; from any thread.
    public func add(files count: Int = 0, bytes length: Int = 0) {
        if count != 0 { files.wrappingAdd(count, ordering: .relaxed) }
        if length != 0 { bytes.wrappingAdd(length, ordering: .relaxed) }
    }

    /// For a part that knows its count as a whole.
    public func set(files count: Int) { files.store(count, ordering: .relaxed) }

    /// As they are now.
    public var figures: Figures {
        Figures(
            phase: phase.withLock { $0 }, files: files.load(ordering: .relaxed), bytes: bytes.load(ordering: .relaxed),
            bytesTotal: bytesTotal.load(ordering: .relaxed), objectsTotal: objectsTotal.withLock { $0 })
    }
}
