import Foundation
import TestSupport
import Testing

/// Killed at any moment: the vault is sound, older snapshots come back, and the next run goes on from what was saved.
@Suite(.serialized) struct KillTests {
    private let program: Program
    private var scratch: Scratch { program.scratch }

    init() throws { program = Program(scratch: try Scratch()) }

    @Test func aHundredKillsAtRandomMomentsLoseNothing() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("seed \(seed)")
        var generator = SeededGenerator(seed: seed)
        try program.run("init", "v")
        try scratch.write(noise(4_000_000, seed: seed), to: "src/first.bin")
        for number in 0..<200 { try scratch.write("record \(number) of \(seed)\n", to: "src/records/\(number).txt") }
        let started = ContinuousClock.now
        try program.run("backup", "--vault", "v", "src")
        var whole = ContinuousClock.now - started
        try program.shell("cp -a src expected")
        let first = try #require(try program.json("show", "latest", "--vault", "v")["id"] as? String)
        var (killed, finished) = (0, 0)
        for round in 0..<100 {
            try scratch.write(noise(1_500_000, seed: generator.next()), to: "src/round-\(round % 5).bin")
            try scratch.write("round \(round)\n", to: "src/records/\(round).txt")
            let begun = ContinuousClock.now
            let run = try program.start(["backup", "--vault", "v", "src"])
            usleep(UInt32(Double.random(in: 0...1.1, using: &generator) * (whole / .microseconds(1))))
            run.child.kill()
            if try run.wait().status == 0 {
                finished += 1
                whole = min(whole, ContinuousClock.now - begun)
            } else {
                killed += 1
            }
            try program.run("verify", "--vault", "v")
        }
        print("\(killed) killed, \(finished) were faster")
        #expect(killed > 20)
        try program.run("verify", "--deep", "--vault", "v")
        try program.run("restore", first, "--target", "old", "--vault", "v")
        try program.shell("diff -r expected old/src")
        try program.run("backup", "--vault", "v", "src")
        try program.run("restore", "latest", "--target", "new", "--vault", "v")
        try program.shell("diff -r src new/src")
    }

    @Test func whatAKilledRunSavedIsNotStoredAgain() throws {
        try program.run("init", "v")
        // More than a pack: the first is finished and synced before the run is killed.
        for number in 0..<10 { try scratch.write(noise(9_000_000, seed: UInt64(number)), to: "src/\(number).bin") }
        try scratch.write(
            "version: 1\nname: t\nvault: v\ndata:\n  - {name: a, path: src}\n  - {name: b, command: [sh, -c, 'echo $$ > pid; exec sleep 60'], file: f}\n",
            to: "p.yaml")
        let run = try program.start(["backup", "--policy", "p.yaml"])
        try waitUntil { try !scratch.files("v/packs").isEmpty && scratch.exists("pid") }
        run.child.kill()
        _ = try run.wait()
        try program.shell("kill $(cat pid)")
        #expect(try scratch.files("v/packs").count == 1)
        let stored = try #require(try program.json("backup", "src", "--vault", "v")["storedBytes"] as? Int)
        #expect(stored < 40_000_000)
        try program.run("verify", "--deep", "--vault", "v")
    }

    @Test(arguments: [SIGINT, SIGTERM, SIGHUP])
    func aSignalStopsTheRunCleanly(signal: Int32) throws {
        try program.run("init", "v")
        try scratch.write("a", to: "src/a")
        try scratch.write(
            "version: 1\nname: t\nvault: v\nafter: {command: [touch, after-ran], timeout: 2m}\ndata:\n  - {name: b, command: [sh, -c, 'echo $$ > pid; exec sleep 61'], file: f}\n",
            to: "p.yaml")
        let run = try program.start(["backup", "--policy", "p.yaml"])
        try waitUntil { scratch.exists("pid") }
        run.child.kill(signal)
        let outcome = try run.wait()
        #expect(outcome.status == 128 + signal)
        #expect(outcome.error.contains("interrupted"))
        #expect(scratch.exists("after-ran"))
        try program.shell("! kill -0 $(cat pid)")
        #expect((try program.json("snapshots", "--vault", "v")["snapshots"] as? [Any])?.isEmpty == true)
        try program.shell("test -z \"$(find v -name '.tmp-*')\"")
    }

    /// It takes a tenth of a second; the bound is one that a machine which does much else at once keeps too.
    @Test(arguments: [SIGINT, SIGTERM])
    func aSignalStopsReadingAndCompressingSoon(signal: Int32) throws {
        try program.run("init", "v")
        for number in 0..<8 { try scratch.write(noise(20_000_000, seed: UInt64(number)), to: "src/\(number).bin") }
        let run = try program.start(["backup", "--vault", "v", "src"])
        try waitUntil { try FileManager.default.contentsOfDirectory(atPath: scratch.path + "/v").contains { $0.hasPrefix(".tmp-") } }
        let sent = ContinuousClock.now
        run.child.kill(signal)
        let outcome = try run.wait()
        #expect(ContinuousClock.now - sent < .seconds(60))
        #expect(outcome.status == 128 + signal && outcome.error.contains("interrupted") && outcome.output.isEmpty, "\(outcome)")
        try program.shell("test -z \"$(find v -name '.tmp-*')\"")
        try program.run("verify", "--vault", "v")
    }

    @Test func anInterruptedRestoreIsResumedByRunningItAgain() throws {
        for number in 0..<20 { try scratch.write(noise(3_000_000, seed: UInt64(number)), to: "src/\(number).bin") }
        try program.run("init", "v")
        try program.run("backup", "--vault", "v", "src")
        for delay in [20_000, 60_000, 150_000, 300_000] as [UInt32] {
            let run = try program.start(["restore", "latest", "--target", "back", "--vault", "v"])
            usleep(delay)
            run.child.kill()
            _ = try run.wait()
        }
        try program.run("restore", "latest", "--target", "back", "--vault", "v")
        try program.shell("diff -r src back/src && test -z \"$(find back -name '.rekindle-*')\"")
    }
}
