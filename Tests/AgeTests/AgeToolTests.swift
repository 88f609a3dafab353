import TestSupport
import Testing

@testable import Age

/// Both ways against Debian's `age`.
@Suite struct AgeToolTests {
    static let sizes = [0, 1, 47, 48, 49, 65535, 65536, 65537, 131_072, 300_000]

    @Test(arguments: sizes) func ageOpensWhatIsEncryptedHere(size: Int) throws {
        let scratch = try Scratch()
        let identity = AgeIdentity.generate()
        try scratch.write(Array("# a comment\n\(identity.secretText)\n".utf8), to: "key")
        let plain = bytes(size)
        var encryptor = try AgeEncryptor(recipients: [AgeIdentity.generate().recipient, identity.recipient])
        var file: [UInt8] = []
        for start in stride(from: 0, to: size, by: 7001) { file += try encryptor.update(plain[start..<min(start + 7001, size)]) }
        file += try encryptor.finish()
        try scratch.write(file, to: "binary.age")
        try scratch.write(try AgeEncryptor.armored(plain, to: [identity.recipient]), to: "armored.age")
        for name in ["binary", "armored"] {
            #expect(try scratch.run("sh", "-c", "age -d -i key \(name).age > \(name)") == 0)
            #expect(try scratch.read(name) == plain)
        }
    }

    @Test(arguments: sizes) func whatAgeEncryptedIsOpenedHere(size: Int) throws {
        let scratch = try Scratch()
        #expect(try scratch.run("age-keygen", "-o", "key") == 0)
        let identities = try AgeIdentity.read(file: String(decoding: try scratch.read("key"), as: UTF8.self))
        let recipient = try #require(identities.first).recipient.description
        let plain = bytes(size)
        try scratch.write(plain, to: "plain")
        let other = try AgeIdentity.generate().recipient.description
        #expect(try scratch.run("age", "-r", other, "-r", recipient, "-o", "binary.age", "plain") == 0)
        #expect(try scratch.run("age", "-a", "-r", recipient, "-o", "armored.age", "plain") == 0)
        for name in ["binary.age", "armored.age"] {
            let file = try scratch.read(name)
            #expect(try AgeDecryptor.open(file, with: identities) == plain)
            #expect { try AgeDecryptor.open(file, with: [.generate()]) } throws: { ($0 as? AgeError)?.code == .noMatch }
        }
    }

    @Test func aStreamMayComeInPiecesOfAnySize() throws {
        let identity = AgeIdentity.generate()
        let plain = bytes(200_000)
        var encryptor = try AgeEncryptor(recipients: [identity.recipient])
        let file = try encryptor.update(plain) + encryptor.finish()
        for piece in [1, 100, 65536 + 16, 70_000, 1 << 20] {
            var decryptor = AgeDecryptor(identities: [identity])
            var result: [UInt8] = []
            for start in stride(from: 0, to: file.count, by: piece) {
                result += try decryptor.update(file[start..<min(start + piece, file.count)])
            }
            result += try decryptor.finish()
            #expect(result == plain)
        }
    }

    /// The key pair of age's own README, whose halves belong together.
    @Test func keysHaveTheTextFormOfAge() throws {
        let scratch = try Scratch()
        let identity = AgeIdentity.generate()
        try scratch.write(Array("\(identity.secretText)\n".utf8), to: "key")
        #expect(try scratch.run("sh", "-c", "age-keygen -y key > recipient") == 0)
        #expect(String(decoding: try scratch.read("recipient"), as: UTF8.self) == "\(try identity.recipient)\n")
        #expect(try AgeRecipient(identity.recipient.description) == identity.recipient)
    }
}
