/// Objects that are costly to make, kept for the next user.
public final class Pool<Content>: Sendable {
    private let free = Monitor<[Parcel<Content>]>([])
    private let limit: Int

    /// - Parameter limit: how many are kept; what is put back beyond them is given up.
    public init(limit: Int) { self.limit = limit }

    /// Nil when there is none.
    public func take() -> sending Content? { free.withLock { $0.popLast() }?.take() }

    public func put(_ content: sending Content) {
        let parcel = Parcel(content)
        free.withLock { free in if free.count < limit { free.append(parcel) } }
    }
}

/// Something that one thread at a time may use, on its way from one to another: who takes it has it alone.
private final class Parcel<Content>: Sendable {
    private let content: Monitor<Content?>

    /// From here on the sender has nothing to do with it.
    init(_ content: sending Content) { self.content = Monitor(content) }

    /// Nil when it has been taken already.
    func take() -> sending Content? {
        content.withLock { content in
            let taken = content
            content = nil
            return taken
        }
    }
}
