import Glibc
public import Testing

/// Waits, on this thread, until what another process does is there to be seen; an issue of the test if it is not within the time.
public func waitUntil(
    within time: Duration = .seconds(60), at location: SourceLocation = #_sourceLocation, _ condition: () throws -> Bool
) throws {
    let deadline = ContinuousClock.now + time
    while try !condition() {
        guard ContinuousClock.now < deadline else {
            Issue.record("it did not come true within \(time)", sourceLocation: location)
            return
        }
        usleep(2000)
    }
}
