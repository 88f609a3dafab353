import Glibc
import Testing

/// Lets this thread, and those that it starts, touch files as a user without rights. The kernel keeps this by thread.
func beNobody() throws {
    typealias SetUser = @convention(c) (UInt32) -> Int32
    guard geteuid() == 0 else { return }
    let symbol = try #require(dlsym(nil, "setfsuid"))
    _ = unsafeBitCast(symbol, to: SetUser.self)(65534)
}
