import Core
import Glibc

/// Runs a call that returns -1 on failure, again when a signal interrupted it.
@inline(__always)
func checked<Result: SignedInteger>(
    _ operation: @autoclosure () -> String, _ path: @autoclosure () -> [UInt8], _ call: () -> Result
) throws(SystemError) -> Result {
    while true {
        let result = call()
        if result != -1 { return result }
        if errno != EINTR { throw SystemError(operation(), path: path(), code: errno) }
    }
}
