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
        /// Of what needed no reading, since it is as it was.
        public let carriedBytes: Int
        /// 0: not known yet.
        public let bytesTotal: Int
        /// The path that one of the threads has in hand; empty where nobody asked for it.
        public let current: String
        /// Where objects of a cluster are counted, as files: how many there are, 0 if that is not known. nil where it is files and bytes.
        public let objectsTotal: Int?
    }

    private let files = Atomic(0)
    private let bytes = Atomic(0)
    private let carriedBytes = Atomic(0)
    private let bytesTotal = Atomic(0)
    private let current = Mutex("")
    private let objectsTotal = Mutex<Int?>(nil)
    private let phase = Mutex("")
    /// What cannot wait for the report.
    public enum Event: Sendable {
        /// A sentence.
        case notice(String)
        /// A line that a program printed on its standard error, and for what it was run.
        case output(String, of: String)
        /// A path that is saved or written, as text.
        case change(ChangeKind, String)
    }

    private let listener: @Sendable (Event) -> Void
    /// Whether anybody wants to know of each path that changes.
    public let tellsChanges: Bool
    /// Whether anybody looks at the path that is in hand.
    private let showsCurrent: Bool

    /// - Parameter listener: may be called on any thread.
    public init(
        tellsChanges: Bool = false, showsCurrent: Bool = false, listener: @escaping @Sendable (Event) -> Void = { _ in }
    ) {
        (self.tellsChanges, self.showsCurrent, self.listener) = (tellsChanges, showsCurrent, listener)
    }

    /// Tells at once.
    public func tell(_ event: Event) { listener(event) }

    /// Tells of a path, where anybody wants to know.
    public func change(_ kind: ChangeKind, _ path: @autoclosure () -> String) {
        if tellsChanges { listener(.change(kind, path())) }
    }

    /// Says which path is in hand now.
    public func hold(_ path: @autoclosure () -> String) {
        if showsCurrent { current.withLock { $0 = path() } }
    }

    /// Takes a sentence that cannot wait for the report.
    public var notice: @Sendable (String) -> Void { { [listener] in listener(.notice($0)) } }

    /// Begins a part of the operation: counts start again from nothing.
    public func begin(_ name: String, bytesTotal total: Int = 0) { begin(name, total, nil) }

    /// Begins a part that goes through objects of a cluster.
    public func begin(_ name: String, objectsTotal total: Int) { begin(name, 0, total) }

    private func begin(_ name: String, _ total: Int, _ objects: Int?) {
        phase.withLock { $0 = name }
        objectsTotal.withLock { $0 = objects }
        files.store(0, ordering: .relaxed)
        bytes.store(0, ordering: .relaxed)
        carriedBytes.store(0, ordering: .relaxed)
        bytesTotal.store(total, ordering: .relaxed)
        current.withLock { $0 = "" }
    }

    /// Says what is done meanwhile; counts go on.
    public func name(_ name: String) { phase.withLock { $0 = name } }

    /// Counts what is done; from any thread.
    ///
    /// - Parameter carried: bytes of what needed no reading.
    public func add(files count: Int = 0, bytes length: Int = 0, carried: Int = 0) {
        if carried != 0 { carriedBytes.wrappingAdd(carried, ordering: .relaxed) }
        if count != 0 { files.wrappingAdd(count, ordering: .relaxed) }
        if length != 0 { bytes.wrappingAdd(length, ordering: .relaxed) }
    }

    /// For a part that knows its count as a whole.
    public func set(files count: Int) { files.store(count, ordering: .relaxed) }

    /// As they are now.
    public var figures: Figures {
        Figures(
            phase: phase.withLock { $0 }, files: files.load(ordering: .relaxed), bytes: bytes.load(ordering: .relaxed),
            carriedBytes: carriedBytes.load(ordering: .relaxed), bytesTotal: bytesTotal.load(ordering: .relaxed),
            current: current.withLock { $0 }, objectsTotal: objectsTotal.withLock { $0 })
    }
}
