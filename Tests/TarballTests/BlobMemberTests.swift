import Core
import Foundation
import TestSupport
import Testing

@testable import Tarball

@Suite struct BlobMemberTests {
    private let sizes = [0, 1, 511, 512, 513, 5000]

    private func archive() -> (tar: [UInt8], blobs: [(id: SHA256Digest, content: [UInt8])]) {
        var random = SeededGenerator(seed: 11)
        let blobs = sizes.map { size in
            let content = random.bytes(size)
            return (id: SHA256Digest(of: content), content: content)
        }
        var tar: [UInt8] = []
        for blob in blobs { _ = BlobMember.append(blob.id, blob.content.span.bytes, to: &tar) }
        return (tar, blobs)
    }

    @Test("A member is read back from where it was put, and takes as many bytes as was said")
    func roundTrip() throws {
        let (tar, blobs) = archive()
        var offset = 0
        for blob in blobs {
            let member = try #require(BlobMember.read(tar, at: offset))
            #expect(member.id == blob.id && Array(tar[member.content]) == blob.content)
            offset += BlobMember.tarBytes(size: blob.content.count)
        }
        #expect(offset == tar.count && tar.count % BlobMember.blockBytes == 0)
    }

    @Test("The same content makes the same bytes")
    func determinism() {
        #expect(archive().tar == archive().tar)
    }

    @Test("tar and bsdtar list and extract the members", arguments: ["tar", "bsdtar"])
    func stockTools(tool: String) throws {
        let scratch = try Scratch()
        let (tar, blobs) = archive()
        let file = try scratch.write(tar + BlobMember.endOfArchive, to: "blobs.tar")
        let list = try run(tool, "-tvf", file)
        #expect(list.status == 0 && list.errors.isEmpty)
        #expect(list.lines.count == blobs.count && list.lines.allSatisfy { $0.hasPrefix("-r--r--r--") })
        let folder = try scratch.folder("out")
        let extraction = try run(tool, "-xf", file, "-C", folder)
        #expect(extraction.status == 0 && extraction.errors.isEmpty)
        for blob in blobs {
            let content = try #require(FileManager.default.contents(atPath: "\(folder)/blobs/\(blob.id.hex)"))
            #expect(Array(content) == blob.content)
        }
    }

    @Test("A header with any one bit flipped is no member")
    func flippedHeader() {
        var tar: [UInt8] = []
        let content = Array("some content".utf8)
        _ = BlobMember.append(SHA256Digest(of: content), content.span.bytes, to: &tar)
        for index in 0..<BlobMember.blockBytes {
            for bit in 0..<8 {
                tar[index] ^= 1 << bit
                if BlobMember.read(tar, at: 0) != nil { Issue.record("bit \(bit) of byte \(index) was not noticed") }
                tar[index] ^= 1 << bit
            }
        }
        #expect(BlobMember.read(tar, at: 0) != nil)
    }

    @Test("Padding that is not zero is refused")
    func padding() {
        var tar: [UInt8] = []
        let content = [UInt8](repeating: 7, count: 500)
        _ = BlobMember.append(SHA256Digest(of: content), content.span.bytes, to: &tar)
        for index in (BlobMember.blockBytes + 500)..<tar.count {
            tar[index] = 1
            #expect(BlobMember.read(tar, at: 0) == nil)
            tar[index] = 0
        }
    }

    @Test("A member that is cut short, or looked for outside, is refused")
    func bounds() {
        let (tar, _) = archive()
        for offset in [-1, -512, 1, 511, tar.count, tar.count - 511, tar.count + 512, .max - 600] {
            #expect(BlobMember.read(tar, at: offset) == nil, "at \(offset)")
        }
        var one: [UInt8] = []
        _ = BlobMember.append(SHA256Digest(of: [1]), [UInt8(1)].span.bytes, to: &one)
        for count in 0..<one.count { #expect(BlobMember.read(Array(one.prefix(count)), at: 0) == nil) }
        #expect(BlobMember.read(BlobMember.endOfArchive, at: 0) == nil)
    }

    @Test("A size above the limit is refused even with a right checksum")
    func hugeSize() {
        let template = { () -> [UInt8] in
            var tar: [UInt8] = []
            _ = BlobMember.append(SHA256Digest(of: []), [UInt8]().span.bytes, to: &tar)
            return tar
        }()
        var tar = template
        tar.replaceSubrange(124..<135, with: "77777777777".utf8)
        tar.replaceSubrange(148..<156, with: "        ".utf8)
        let sum = String(tar.reduce(0) { $0 + Int($1) }, radix: 8)
        tar.replaceSubrange(148..<154, with: (String(repeating: "0", count: 6 - sum.count) + sum).utf8)
        tar[154] = 0
        #expect(BlobMember.read(tar, at: 0) == nil)
    }
}
