import Foundation
import Glibc
import TestSupport
import Testing

@testable import FileTree
@testable import Storage

/// The kind of the error that `body` must end with.
func errorKind(_ body: () throws -> Void) -> StoreError.Kind? {
    do { try body() } catch let error as StoreError { return error.kind } catch {}
    return nil
}

/// Runs `body` on so many threads at once, each with its number; returns when all have ended.
func onThreads(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
    DispatchQueue.concurrentPerform(iterations: count, execute: body)
}
