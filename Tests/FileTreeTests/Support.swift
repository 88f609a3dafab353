import Core
import Foundation
import Glibc
import TestSupport
import Testing

@testable import FileTree

/// The code of the error that `body` must end with.
func errorCode(_ body: () throws -> Void) -> Int32? {
    do { try body() } catch let error as SystemError { return error.code } catch {}
    return nil
}

/// All events of a walk in order: paths, and failures with their code.
func walk(
    _ root: Directory, oneFileSystem: Bool = false, descend: (WalkedFile) -> Bool = { _ in true }
) throws -> (paths: [[UInt8]], failures: [(path: [UInt8], code: Int32)]) {
    var walker = try Walker(root: root, oneFileSystem: oneFileSystem)
    var paths: [[UInt8]] = []
    var failures: [(path: [UInt8], code: Int32)] = []
    while let event = walker.next(descend: descend) {
        switch event {
        case .file(let file): paths.append(file.path)
        case .failed(let path, let error): failures.append((path, error.code))
        case .removed(let path): failures.append((path, ENOENT))
        }
    }
    return (paths, failures)
}

extension Scratch {
    func directory() throws -> Directory { try Directory.open(path) }
}
