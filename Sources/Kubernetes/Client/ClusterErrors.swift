import Core

/// Errors of a cluster as this layer's own.
package enum ClusterErrors {
    package static func asFailures<Value>(_ body: () throws -> Value) throws -> Value {
        do { return try body() } catch let error as ClusterError {
            throw Failure(error.code == .configuration ? .usage : .failed, error.message, hint: error.hint, cause: error)
        }
    }
}
