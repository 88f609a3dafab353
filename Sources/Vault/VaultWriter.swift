public import Storage
public import Tarball

/// Puts blobs into a vault: several threads add, and all of them compress.
///
/// Full frames wait in a short queue. A thread that finds it full compresses its frame itself: that is the back-pressure,
/// and the reason why one huge file keeps every core busy. The contents of files and what describes them (trees, recipes) go
/// to packs of their own, so that a listing reads little.
public final class VaultWriter: Sendable {
    enum Stream: Sendable { case contents, descriptions }

    struct PendingFrame: Sendable {
        let frame: OpenFrame
        let stream: Stream
    }

    private struct Queue {
        var pending: [PendingFrame] = []
        var producers: Int
    }

    public let index: BlobIndex
    private let journal: IndexJournal
    private let contents: PackStream
    private let descriptions: PackStream
    private let queue: Monitor<Queue>
    private let descriptionFrame = Monitor(OpenFrame())
    private let cancellation: Cancellation

    /// - Parameter producers: how many threads will each make a `Worker` and call `finish` on it.
    public init(store: any ObjectStore, index: BlobIndex, producers: Int, cancellation: Cancellation) {
        self.index = index
        self.cancellation = cancellation
        journal = IndexJournal(store: store)
        contents = PackStream(store: store, journal: journal)
        descriptions = PackStream(store: store, journal: journal)
        queue = Monitor(Queue(producers: producers))
    }

    /// Stored bytes of the packs finished so far.
    public var storedBytes: Int { contents.storedBytes + descriptions.storedBytes }

    /// Closes packs and writes the index. When it returns, every blob that was added is durable and can be found.
    public func close() throws {
        let frame = descriptionFrame.withLock { frame in
            defer { frame = OpenFrame() }
            return frame
        }
        if !frame.tar.isEmpty { try descriptions.append(try FrameCodec().seal(frame.tar), of: frame) }
        try contents.close()
        try descriptions.close()
        try journal.close()
    }

    /// Stores a blob of a tree or a recipe, unless it is known; true if it was new.
    func addDescription(_ bytes: borrowing RawSpan) throws -> (id: SHA256Digest, isNew: Bool) {
        let id = SHA256Digest(of: bytes)
        guard try index.claim(id) else { return (id, false) }
        let full = descriptionFrame.withLock { frame -> OpenFrame? in
            var full: OpenFrame?
            if frame.isFull(before: bytes.byteCount) {
                full = frame
                frame = OpenFrame()
            }
            frame.add(id, bytes)
            return full
        }
        if let full { try descriptions.append(try FrameCodec().seal(full.tar), of: full) }
        return (id, true)
    }

    /// One thread's part: its own open frame and its own codec.
    public final class Worker {
        private let writer: VaultWriter
        private let codec: FrameCodec
        private var frame = OpenFrame()

        public init(_ writer: VaultWriter) throws {
            self.writer = writer
            codec = try FrameCodec()
        }

        /// Stores a blob of a file's content unless it is known; true if it was new.
        public func add(_ id: SHA256Digest, _ bytes: borrowing RawSpan) throws -> Bool {
            guard try writer.index.claim(id) else { return false }
            if frame.isFull(before: bytes.byteCount) { try submit() }
            frame.add(id, bytes)
            return true
        }

        /// Compresses frames that wait, if there are any.
        public func help() throws -> Bool {
            guard let pending = writer.queue.withLock({ $0.pending.isEmpty ? nil : $0.pending.removeFirst() }) else { return false }
            try compress(pending)
            return true
        }

        /// Ends this thread's adding; then helps until all threads have ended theirs.
        public func finish() throws {
            if !frame.tar.isEmpty { try submit() }
            writer.queue.update { $0.producers -= 1 }
            while let pending = writer.queue.wait({ queue -> PendingFrame?? in
                if !queue.pending.isEmpty { return .some(queue.pending.removeFirst()) }
                return queue.producers <= 0 ? .some(nil) : nil
            }) {
                try compress(pending)
            }
        }

        /// Call when the thread ends by an error: the others must not wait for it.
        public func abandon() { writer.queue.update { $0.producers = 0 } }

        private func submit() throws {
            try writer.cancellation.check()
            let full = PendingFrame(frame: frame, stream: .contents)
            frame = OpenFrame()
            let isQueued = writer.queue.update { queue in
                if queue.pending.count >= Crew.size { return false }
                queue.pending.append(full)
                return true
            }
            if !isQueued { try compress(full) }
        }

        private func compress(_ pending: PendingFrame) throws {
            let stored = try codec.seal(pending.frame.tar)
            switch pending.stream {
            case .contents: try writer.contents.append(stored, of: pending.frame)
            case .descriptions: try writer.descriptions.append(stored, of: pending.frame)
            }
        }
    }
}
