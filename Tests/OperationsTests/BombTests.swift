import Core
import Operations
import Restorer
import Tarball
import TestSupport
import Testing
import Vault

/// Objects that decode to far more than they may: refused before they fill the memory.
@Suite(.serialized) struct BombTests {
    /// A script that stores so many zeros, compressed, as an object named by its digest; prints digest and stored bytes.
    private func plant(_ megabytes: Int, folder: String, suffix: String) -> String {
        """
        head -c \(megabytes)M /dev/zero | zstd -q -c > bomb
        digest=$(sha256sum < bomb | cut -c1-64)
        folder=\(folder)
        mkdir -p $folder
        echo $digest $(stat -c %s bomb)
        mv bomb $folder/$digest\(suffix)
        """
    }

    @Test func aPackThatDecodesToMoreThanAFrameMayHoldIsDamage() async throws {
        let bench = try Bench(in: "/dev/shm")
        let planted = try await bashText(plant(200, folder: "packs/${digest:0:2}", suffix: ".tar.zst"), in: bench.vault)
        let pack = planted.split(whereSeparator: \.isWhitespace)
        let blob = String(repeating: "ab", count: 32)
        // Once with the largest size that is allowed at all, and once with the true one, which is not.
        for bytes in [(64 << 20) + (4 << 20), 200 << 20] {
            try await bash(
                """
                printf '\(blob)\\t\(pack[0])\\t0\\t\(pack[1])\\t\(bytes)\\t512\\t5\\n' | zstd -q -c > index
                mv index indexes/$(sha256sum < index | cut -c1-64).tsv.zst
                """, in: bench.vault)
        }
        var crafted = try CraftedVault(bench)
        let digest = try #require(SHA256Digest(hex: blob))
        _ = try crafted.commit(CraftedVault.top + CraftedVault.file("data/f", size: 5, digest: digest))
        let report = try await bench.restore()
        #expect(report.damagedCount == 1 && report.files == 0)
        #expect(try await !bench.verify(deep: true).isSound)
    }

    @Test func anIndexThatDecodesToMoreThanAnIndexMayHoldIsDamage() async throws {
        let bench = try Bench(in: "/dev/shm")
        try await bench.edit("echo text > file")
        try await bench.backup()
        try await bash(plant(100, folder: "indexes", suffix: ".tsv.zst"), in: bench.vault)
        #expect(try await bench.verify().damage.contains { $0.reason.contains("is damaged") })
        #expect(try await bench.restore().isComplete)
    }

    /// Empty members take next to no room, and each would be an entry.
    @Test func aPackOfMembersWithoutEndIsDamage() async throws {
        let bench = try Bench(in: "/dev/shm")
        let script = """
            python3 - <<'END'
            import hashlib, os, subprocess, struct
            empty = hashlib.sha256(b"").hexdigest()
            head = bytearray(512)
            for at, text in [(0, "blobs/" + empty), (100, "0000444"), (108, "0000000"), (116, "0000000"), (124, "00000000000"), (136, "00000000000"),
                             (148, "        "), (156, "0"), (257, "ustar\\0"), (263, "00")]:
                head[at:at + len(text)] = text.encode()
            head[148:156] = b"%06o\\0 " % sum(head)
            open("tar", "wb").write(bytes(head) * 120000)
            subprocess.run(["zstd", "-q", "-f", "tar", "-o", "frame"], check=True)
            frame = open("frame", "rb").read()
            table = struct.pack("<IIIIIBI", 0x184D2A5E, 17, len(frame), 512 * 120000, 1, 0, 0x8F92EAB1)
            name = hashlib.sha256(frame + table).hexdigest()
            os.makedirs("packs/" + name[:2], exist_ok=True)
            open("packs/" + name[:2] + "/" + name + ".tar.zst", "wb").write(frame + table)
            os.remove("tar"); os.remove("frame")
            END
            """
        try await bash(script, in: bench.vault)
        try await bench.edit("echo text > file")
        #expect(try await bench.backup().isComplete)
        #expect(try await bench.restore().isComplete)
        // Nothing of it came into an index.
        #expect(try await bashText("zstd -dcq indexes/* | wc -l", in: bench.vault) == "3\n")
    }

    /// A pack that no index names is looked into when a blob is missing.
    @Test func aPackInNoIndexThatIsABombIsPassedOver() async throws {
        let bench = try Bench(in: "/dev/shm")
        try await bench.edit("echo text > file")
        try await bash(plant(200, folder: "packs/${digest:0:2}", suffix: ".tar.zst"), in: bench.vault)
        #expect(try await bench.backup().isComplete)
        #expect(try await bench.restore().isComplete)
        #expect(try await bench.verify(deep: true).affected.isEmpty)
    }
}
