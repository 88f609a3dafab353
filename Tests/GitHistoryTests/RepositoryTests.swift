import Foundation
import TestSupport
import Testing

@testable import GitHistory

@Suite struct RepositoryTests {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    @Test func `Creating a repository twice keeps what is in it`() throws {
        let first = try GitRepository(bareAt: scratch.repository, create: true)
        let commit = try #require(try first.commit(["a": "1"])).id
        let second = try GitRepository(bareAt: scratch.repository, create: true)
        #expect(try second.head() == commit)
        #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path) == ["manifests.git"])
    }

    @Test func `A repository is created in an empty directory and below missing ones`() throws {
        try FileManager.default.createDirectory(atPath: scratch.repository, withIntermediateDirectories: false)
        _ = try GitRepository(bareAt: scratch.repository, create: true)
        let deep = scratch.path + "/x/y/z.git"
        _ = try GitRepository(bareAt: deep, create: true)
        #expect(try GitRepository(bareAt: deep, create: false).head() == nil)
    }

    @Test func `A directory with other things in it is left alone`() throws {
        try FileManager.default.createDirectory(atPath: scratch.repository, withIntermediateDirectories: false)
        try "x".write(toFile: scratch.repository + "/notes.txt", atomically: true, encoding: .utf8)
        let error = #expect(throws: GitError.self) { _ = try GitRepository(bareAt: scratch.repository, create: true) }
        #expect(error?.description.contains(scratch.repository) == true)
        #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.repository) == ["notes.txt"])
    }

    @Test func `A missing repository is an error unless it is to be created`() throws {
        #expect(throws: GitError.self) { _ = try GitRepository(bareAt: scratch.repository, create: false) }
        #expect(!FileManager.default.fileExists(atPath: scratch.repository))
    }

    @Test func `Files and contents are read back as they were at each commit`() throws {
        let repository = try GitRepository(bareAt: scratch.repository, create: true)
        let first = try #require(try repository.commit(["d/a": "1", "b": "2"])).id
        let second = try #require(try repository.commit(["d/a": "9", "c": ""])).id
        #expect(try repository.files(at: first).map(\.path) == ["b", "d/a"])
        #expect(try repository.files(at: second).map(\.path) == ["c", "d/a"])
        #expect(try repository.content(of: "d/a", at: first) == Array("1".utf8))
        #expect(try repository.content(of: "c", at: second) == [])
        #expect(try repository.content(of: "b", at: second) == nil)
        #expect(throws: GitError.self) { try repository.content(of: "d", at: second) }
        #expect(try repository.changes(from: first, to: second) == GitChanges(added: ["c"], changed: ["d/a"], removed: ["b"]))
        #expect(try repository.changes(from: nil, to: first).added == ["b", "d/a"])
    }

    @Test func `Objects without a moved branch leave the history as it was`() throws {
        let repository = try GitRepository(bareAt: scratch.repository, create: true)
        let head = try #require(try repository.commit(["a": "1"])).id
        let branch = scratch.repository + "/refs/heads/main"
        let before = try String(contentsOfFile: branch, encoding: .utf8)
        try repository.commit(["a": "2"])
        // What a crash between the pack and the branch leaves behind.
        try before.write(toFile: branch, atomically: true, encoding: .utf8)
        let reopened = try GitRepository(bareAt: scratch.repository, create: true)
        #expect(try reopened.head() == head)
        #expect(try stockGit("fsck", "--full", "--strict", at: scratch.repository).status == 0)
        #expect(try reopened.commit(["a": "2"])?.changes.changed == ["a"])
        #expect(try stockGit("fsck", "--full", "--strict", at: scratch.repository).status == 0)
    }

    @Test func `A branch that another program holds locked makes the commit fail and stay out of the history`() throws {
        let repository = try GitRepository(bareAt: scratch.repository, create: true)
        let head = try #require(try repository.commit(["a": "1"])).id
        let lock = scratch.repository + "/refs/heads/main.lock"
        try "".write(toFile: lock, atomically: false, encoding: .utf8)
        #expect(throws: GitError.self) { try repository.commit(["a": "2"]) }
        #expect(try repository.head() == head)
        try FileManager.default.removeItem(atPath: lock)
        #expect(try repository.commit(["a": "2"]) != nil)
        #expect(try stockGit("fsck", "--full", "--strict", at: scratch.repository).status == 0)
    }

    @Test(arguments: ["", "garbage\n", "0123456789012345678901234567890123456789\n"])
    func `A damaged branch is an error, never an empty history`(content: String) throws {
        let repository = try GitRepository(bareAt: scratch.repository, create: true)
        try repository.commit(["a": "1"])
        try content.write(toFile: scratch.repository + "/refs/heads/main", atomically: true, encoding: .utf8)
        #expect(throws: GitError.self) { try repository.log() }
        #expect(throws: GitError.self) { try repository.commit(["a": "2"]) }
    }

    @Test func `A lost or flipped pack is an error, never an empty history`() throws {
        // A handle still open would keep the pack mapped, and libgit2 shares packs between the handles of a process.
        _ = try GitRepository(bareAt: scratch.repository, create: true).commit(["a": String(repeating: "0123456789", count: 100)])
        let directory = scratch.repository + "/objects/pack"
        let name = try #require(try FileManager.default.contentsOfDirectory(atPath: directory).first { $0.hasSuffix(".pack") })
        let pack = URL(fileURLWithPath: directory + "/" + name)
        var bytes = try Data(contentsOf: pack)
        for index in 12..<(bytes.count - 20) { bytes[index] ^= 0x55 }
        try FileManager.default.removeItem(at: pack)
        #expect(throws: GitError.self) { try GitRepository(bareAt: scratch.repository, create: false).log() }
        try bytes.write(to: pack)
        #expect(throws: GitError.self) { try GitRepository(bareAt: scratch.repository, create: false).log() }
    }

    @Test(arguments: [nil, "", "one\ntwo\n"] as [String?], [nil, "", "one\n2\n", "bin\u{0}ary"] as [String?])
    func `A unified diff says what changed and nothing when nothing did`(old: String?, new: String?) throws {
        let text = try TextDiff.unified(old: old.map { Array($0.utf8) }, new: new.map { Array($0.utf8) }, path: "a/b.yaml", context: 3)
        #expect(text.isEmpty == (old == new))
        if old == "one\ntwo\n", new == "one\n2\n" {
            #expect(text.hasSuffix("--- a/a/b.yaml\n+++ b/a/b.yaml\n@@ -1,2 +1,2 @@\n one\n-two\n+2\n"))
        }
        if old == nil, new == "one\n2\n" { #expect(text.contains("--- /dev/null\n+++ b/a/b.yaml\n@@ -0,0 +1,2 @@\n+one\n+2\n")) }
    }

    @Test func `An error reads as a sentence with a place, a reason and a hint`() {
        let error = GitError(what: "read the branch", place: "/x.git", why: "the reference is corrupted", hint: "Run `git fsck`")
        #expect(error.description == "Cannot read the branch (/x.git): the reference is corrupted. Run `git fsck`.")
        #expect(CommitID(hex: "xyz") == nil && CommitID(hex: String(repeating: "A", count: 40)) == nil)
    }
}
