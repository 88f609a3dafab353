import Foundation
import Glibc
import TestSupport
import Testing

@testable import GitHistory

/// Runs the real git on a repository; its output, standard error included, and its exit status.
func stockGit(_ arguments: String..., at repository: String) throws -> (status: Int32, output: String) {
    let outcome = try ChildProcess.run(["git", "-c", "safe.directory=*", "--git-dir", repository] + arguments)
    return (outcome.status, outcome.text + outcome.errors)
}

let author = GitAuthor(name: "Rekindle", email: "rekindle@example.org")

func gitFiles(_ contents: [String: String]) -> [GitFile] {
    contents.map { GitFile(path: $0.key, content: Array($0.value.utf8)) }
}

extension GitRepository {
    @discardableResult
    func commit(_ contents: [String: String], time: Int64 = 1_700_000_000, message: String = "Backup") throws -> CommitResult? {
        try commit(files: gitFiles(contents), author: author, time: time) { _ in message }
    }
}

func packCount(_ repository: String) throws -> Int {
    try FileManager.default.contentsOfDirectory(atPath: repository + "/objects/pack").filter { $0.hasSuffix(".pack") }.count
}

extension Scratch {
    var repository: String { self("manifests.git") }
}
