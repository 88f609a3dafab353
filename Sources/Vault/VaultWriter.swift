public import Core
public import Storage
import Tarball

/// Puts blobs into a vault: several threads add, and all of them compress.
///
/// Full frames wait in a short queue. A thread that finds it full compresses its frame itself: that is the back-pressure,
/// and the reason why one huge file keeps every core busy. The contents of files and what describes them (trees, recipes) go
/// to packs of their own, so that a listing reads little.
public final class VaultWriter: Sendable {
    /// Of what is stored, and what this program stores.
    public let index: BlobIndex
    private let journal: IndexJournal
    private let contents: PackStream
    private let descriptions: PackStream
    private let pending = Monitor<[OpenFrame]>([])
    /// Frames that were sealed, whose memory is used again.
    private let spare = Monitor<[OpenFrame]>([])
    /// For frames that are being sealed: their memory, what they are compressed to and what that is decoded to.
    private let sealing = ByteBudget(48 << 20)
    private let isReadingLarge = Monitor(false)
    private let descriptionFrame = Monitor(OpenFrame())
    private let cancellation: Cancellation

    /// Used by several threads, each with a `Worker`.
    public init(store: any ObjectStore, index: BlobIndex, cancellation: Cancellation) {
        self.index = index
        self.cancellation = cancellation
        journal = IndexJournal(store: store)
        contents = PackStream(store: store, journal: journal)
        descriptions = PackStream(store: store, journal: journal)
    }

    /// Stored bytes of the packs finished so far.
    public var storedBytes: Int { contents.storedBytes + descriptions.storedBytes }

    /// Wakes the threads that help: what they wait for may have come true.
    public func wake() { pending.update { _ in } }

    /// Closes packs and writes the index, when every worker has been flushed. When it returns, every blob that was added is
    /// durable and can be found.
    public func close() throws {
        let frame = descriptionFrame.withLock { frame in
            defer { frame = OpenFrame() }
            return frame
        }
        if !frame.tar.isEmpty { try FrameCodec().seal(frame.tar) { try descriptions.append($0, of: frame) } }
        try contents.close()
        try descriptions.close()
        try journal.close()
    }

    /// Stores a small document of the snapshot as one blob; returns its name.
    public func addDocument(_ bytes: [UInt8]) throws -> SHA256Digest { try addDescription(bytes.span.bytes).id }

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
        if let full { try FrameCodec().seal(full.tar) { try descriptions.append($0, of: full) } }
        return (id, true)
    }

    /// One thread's part: its own open frame and its own codec.
    public final class Worker {
        private let writer: VaultWriter
        private let codec: FrameCodec
        private var frame = OpenFrame()
        private static let pendingMax = 4

        /// For one thread.
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

        /// Compresses the frames of others until `isDone`; whoever makes it true calls `wake`.
        public func help(until isDone: () -> Bool) throws {
            while true {
                var frame = OpenFrame()
                let isThereMore = writer.pending.wait { pending -> Bool? in
                    if pending.isEmpty { return isDone() ? false : nil }
                    frame = pending.removeFirst()
                    return true
                }
                if !isThereMore { return }
                try compress(&frame)
            }
        }

        /// Reads one of the files with the largest chunks, each of which takes as much memory as many others: one at a time. Who has to wait
        /// helps.
        func withLargeChunks<Result>(_ body: () throws -> Result) throws -> Result {
            let cancellation = writer.cancellation
            var isMine = false
            try help {
                if !isMine {
                    isMine = writer.isReadingLarge.withLock { isTaken in
                        defer { isTaken = true }
                        return !isTaken
                    }
                }
                return isMine || cancellation.isCancelled
            }
            defer {
                if isMine {
                    writer.isReadingLarge.withLock { $0 = false }
                    writer.wake()
                }
            }
            try cancellation.check()
            return try body()
        }

        /// Sends the frame that is not full yet on its way. Call when no more is added.
        public func flush() throws {
            if !frame.tar.isEmpty { try submit() }
        }

        private func submit() throws {
            try writer.cancellation.check()
            var full = writer.spare.withLock { $0.popLast() } ?? OpenFrame()
            swap(&full, &frame)
            let limit = full.tar.count > 2 * OpenFrame.targetBytes ? 1 : min(Crew.size, Self.pendingMax)
            let isQueued = writer.pending.update { pending in
                if pending.count >= limit { return false }
                pending.append(full)
                return true
            }
            if !isQueued { try compress(&full) }
        }

        private func compress(_ frame: inout OpenFrame) throws {
            try writer.sealing.with(3 * frame.tar.count) {
                try codec.seal(frame.tar) { try writer.contents.append($0, of: frame) }
            }
            frame.clear()
            var cleared = OpenFrame()
            swap(&cleared, &frame)
            writer.spare.withLock { spare in if spare.count < Self.pendingMax { spare.append(cleared) } }
        }
    }
}
