import Foundation
import TestSupport
import Testing

@testable import GitHistory

@Suite struct CommitTests {
    let scratch: Scratch
    let repository: GitRepository

    init() throws {
        scratch = try Scratch()
        repository = try GitRepository(bareAt: scratch.repository, create: true)
    }

    @Test func `A new repository has no head, an empty log, and satisfies git fsck`() throws {
        #expect(try repository.head() == nil)
        #expect(try repository.log(limit: 10) == [])
        let check = try stockGit("fsck", "--full", "--strict", at: scratch.repository)
        #expect(check.status == 0, "\(check.output)")
        #expect(try stockGit("symbolic-ref", "HEAD", at: scratch.repository).output == "refs/heads/main\n")
    }

    @Test func `The stock git reads what was committed`() throws {
        let result = try #require(try repository.commit(["a/b/c.yaml": "x: 1\n", "top.yaml": "", "a.b": "s"], message: "Première"))
        #expect(result.changes == GitChanges(added: ["a.b", "a/b/c.yaml", "top.yaml"]))
        let check = try stockGit("fsck", "--full", "--strict", at: scratch.repository)
        #expect(check.status == 0 && check.output.isEmpty, "\(check.output)")
        #expect(try stockGit("cat-file", "-p", "main:a/b/c.yaml", at: scratch.repository).output == "x: 1\n")
        #expect(
            try stockGit("log", "--format=%H %an %ae %at %ct %s", at: scratch.repository).output
                == "\(result.id) Rekindle rekindle@example.org 1700000000 1700000000 Première\n")
        #expect(try stockGit("show", "--stat", "main", at: scratch.repository).output.contains("3 files changed, 2 insertions(+)"))
    }

    @Test func `A commit that changes nothing is not made`() throws {
        try repository.commit(["a": "1", "d/e": "2"])
        let packs = try packCount(scratch.repository)
        #expect(try repository.commit(["d/e": "2", "a": "1"]) == nil)
        #expect(try packCount(scratch.repository) == packs)
        #expect(try repository.log().count == 1)
    }

    @Test func `The message is told what the commit changes`() throws {
        try repository.commit(["same": "1", "old": "2", "edit": "3", "é": "4"])
        var seen: GitChanges?
        let result = try repository.commit(files: gitFiles(["same": "1", "edit": "4", "new": "5", "é": "4"]), author: author, time: 1) {
            seen = $0
            return "\($0.count) changes"
        }
        #expect(seen == GitChanges(added: ["new"], changed: ["edit"], removed: ["old"]))
        #expect(result?.changes == seen)
        #expect(try repository.log(limit: 1).first?.message == "3 changes\n")
    }

    @Test func `A file may become a directory and back`() throws {
        try repository.commit(["a": "1"])
        let result = try #require(try repository.commit(["a/b": "1"]))
        #expect(result.changes == GitChanges(added: ["a/b"], removed: ["a"]))
        #expect(try repository.commit(["a": "1"])?.changes == GitChanges(added: ["a"], removed: ["a/b"]))
        #expect(try stockGit("fsck", "--full", "--strict", at: scratch.repository).status == 0)
    }

    @Test func `Two thousand files become one pack, and one change a second one of a few objects`() throws {
        var contents = Dictionary(uniqueKeysWithValues: (0..<2000).map { ("ns\($0 % 20)/kind/object-\($0).yaml", "value: \($0)\n") })
        try repository.commit(contents)
        #expect(try packCount(scratch.repository) == 1)
        contents["ns3/kind/object-3.yaml"] = "value: changed\n"
        try repository.commit(contents)
        #expect(try packCount(scratch.repository) == 2)
        #expect(try stockGit("count-objects", "-v", at: scratch.repository).output.contains("count: 0\n"))
        // One blob, three trees, one commit.
        #expect(try stockGit("rev-list", "--objects", "main", "^main~1", at: scratch.repository).output.split(separator: "\n").count == 5)
        #expect(try stockGit("fsck", "--full", "--strict", at: scratch.repository).output.isEmpty)
    }

    @Test func `Three hundred commits keep their order and their count of changes`() throws {
        for number in 0..<300 {
            try repository.commit(
                ["fixed.yaml": "a", "counter.yaml": "\(number)", "n\(number / 100).yaml": "n"], time: Int64(number), message: "n\(number)")
        }
        let log = try repository.log()
        #expect(log.map(\.message) == (0..<300).reversed().map { "n\($0)\n" })
        #expect(log.map(\.time) == (0..<300).reversed())
        #expect(log.first?.changeCount == 1)
        #expect(log.last?.changeCount == 3)
        #expect(try repository.log(limit: 7).count == 7)
        #expect(try stockGit("rev-list", "--count", "main", at: scratch.repository).output == "300\n")
        #expect(try stockGit("fsck", "--full", "--strict", at: scratch.repository).output.isEmpty)
    }

    @Test(arguments: [
        "", "/a", "a/", "a//b", ".", "..", "a/../b", "a/./b", ".git", "a/.GIT/b", ".gitmodules", "git~1", "GITMOD~1", "a\\.git", "a\0b",
        ".g\u{200C}it", String(repeating: "d/", count: 70) + "x", String(repeating: "x", count: 5000),
    ])
    func `A path that git or another system could misread is refused`(path: String) throws {
        #expect(throws: GitError.self) { try repository.commit([path: "x"]) }
        #expect(try repository.head() == nil)
    }

    @Test(arguments: [["a", "a/b"], ["a/b", "a"], ["x/y", "x/y"], ["x/y/z", "x/y"]])
    func `A path that is both a file and a directory, or occurs twice, is refused`(paths: [String]) throws {
        let files = paths.map { GitFile(path: $0, content: []) }
        #expect(throws: GitError.self) { try repository.commit(files: files, author: author, time: 0) { _ in "x" } }
        #expect(try packCount(scratch.repository) == 0)
    }

    @Test(arguments: [("a\nb", "x@y", Int64(1)), ("", "x@y", 1), ("a", "", 1), ("a", "x@y", -1), ("a", "x@y", .max)])
    func `An author or a time that git cannot hold is refused`(name: String, email: String, time: Int64) throws {
        #expect(throws: GitError.self) {
            try repository.commit(files: gitFiles(["a": "b"]), author: GitAuthor(name: name, email: email), time: time) { _ in "x" }
        }
    }

    @Test func `A message with a NUL is refused`() throws {
        #expect(throws: GitError.self) { try repository.commit(["a": "b"], message: "x\0y") }
        #expect(try repository.head() == nil)
    }
}
