import Core
import Kubernetes
import Vault

/// Errors of a cluster as this layer's own.
enum ClusterErrors {
    static func asVaultErrors<Value>(_ body: () throws -> Value) throws -> Value {
        do { return try body() } catch let error as ClusterError {
            throw VaultError(error.code == .configuration ? .usage : .failed, error.message, hint: error.hint)
        }
    }
}
