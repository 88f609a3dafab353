import Foundation
import PhotonicCore
import TestSupport
import Testing

/// What a suite lets change from one night to the next, and what need not be looked at again.
@Suite struct DriftTests {
    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    private func suite(_ checks: String) throws -> PhotonicCore.Suite {
        try PhotonicCore.Suite.parse("version: 1\nname: s\nchecks:\n\(checks)\n", file: "s.yaml")
    }

    private func numbers(_ values: [Double], in file: String = "a.npy") throws {
        try StoredArray(values).file.write(to: URL(fileURLWithPath: scratch(file)))
    }

    private func changes(_ checks: String, from before: [Double], to after: [Double]) throws -> [WitnessChange] {
        let suite = try suite(checks)
        try numbers(before)
        let witness = Witness(suite: suite, suite.run(directory: scratch.path))
        try numbers(after)
        return suite.run(directory: scratch.path).changes(since: WitnessBaseline(try Witness(encoded: witness.encoded())), of: suite)
    }

    @Test func whatTheSuiteSaysNothingAboutIsToldAndNotForbidden() throws {
        let found = try changes("- array: {file: a.npy}", from: [1, 2, 3], to: [1, 2])
        #expect(found.allSatisfy { $0.kind == .moved && !$0.isAgainst } && !found.isEmpty, "\(found)")
        #expect(found.contains { $0.name == "a.npy: size" && $0.note == "it has shrunk from 3 to 2 elements" })
        #expect(try changes("- array: {file: a.npy}", from: [1, 2, 3], to: [1, 2, 3]).isEmpty)
    }

    @Test(arguments: [
        ("anything", [1.0, 2, 3], [9.0], false), ("grows", [1, 2, 3], [5, 6, 7, 8], false), ("grows", [1, 2, 3], [1, 2], true),
        ("0", [1, 2, 3], [1, 2, 3.0000000001], true), ("0.1", [1, 2, 3], [1.01, 2, 3], false), ("0.1", [1, 2, 3], [1, 2, 4], true),
        ("{sums: anything, size: grows}", [1, 2, 3], [1, 2], true), ("{sums: 0}", [1, 2, 3], [3, 2, 1], true),
    ]) func whatItDeclaresIsJudged(drift: String, before: [Double], after: [Double], isAgainst: Bool) throws {
        let found = try changes("- array: {file: a.npy}\n  drift: \(drift)", from: before, to: after)
        #expect(found.contains(where: \.isAgainst) == isAgainst, "\(found)")
        #expect(found.allSatisfy { $0.isAgainst == ($0.kind == .out) && ($0.check != nil) == $0.isAgainst }, "\(found)")
    }

    @Test func aSizeThatMustNotShrinkMayGrow() throws {
        let keeps = "- array: {file: a.npy}\n  shrinks: false"
        #expect(try changes(keeps, from: [1, 2], to: [1, 2, 3]).allSatisfy { !$0.isAgainst })
        let shrunk = try changes(keeps, from: [1, 2], to: [1])
        #expect(shrunk.filter(\.isAgainst).map(\.name) == ["a.npy: size"], "\(shrunk)")
        #expect(shrunk.compactMap(\.check).first?.note == "it has shrunk from 2 to 1 elements: was that meant?")
    }

    @Test(arguments: [
        ("- array: {file: a.npy}\n  drift: much", "5: \"drift\" is no drift: \"much\""),
        ("- array: {file: a.npy}\n  drift: -1", "5: \"drift\" is no drift: \"-1\""),
        ("- array: {file: a.npy}\n  drift: []", "5: \"drift\" is a word, a number, or a mapping, not a list"),
        ("- array: {file: a.npy}\n  drift: {sums: soon}", "5: \"drift\" is no drift: \"soon\""),
        ("- array: {file: a.npy}\n  shrinks: 3", "5: \"shrinks\" is true or false, not \"3\""),
    ]) func aMistakeIsASentence(checks: String, message: String) throws {
        do {
            _ = try suite(checks)
            Issue.record("it was taken")
        } catch { #expect("\(error)".contains(message), "\(error)") }
    }

    @Test func aResponseThatThereIsNotIsToldWithThoseThatThereAre() throws {
        try numbers([1])
        let failed = try suite("- array: {file: a.npy}\n  drift: {outputs: 0.1}").run(directory: scratch.path).checks.filter { !$0.passed }
        #expect(failed.count == 1 && failed[0].note?.hasPrefix("No response of array a.npy is called so: there are ") == true, "\(failed)")
    }

    /// A comment changes nothing; what is asked otherwise is told as that.
    @Test func aSuiteThatAsksOtherwiseIsTold() throws {
        try numbers([1])
        let before = try suite("- array: {file: a.npy, maximum: 2}")
        let witness = Witness(suite: before, before.run(directory: scratch.path))
        let commented = try suite("# so it is\n- {array: {maximum: 2.0, file: a.npy}}")
        #expect(commented.fingerprint != before.fingerprint)
        #expect(commented.run(directory: scratch.path).changes(since: WitnessBaseline(witness), of: commented).isEmpty)
        let wider = try suite("- array: {file: a.npy, maximum: 3}")
        let told = wider.run(directory: scratch.path).changes(since: WitnessBaseline(witness), of: wider)
        #expect(
            told.map(\.kind) == [.suite] && told[0].name == "array a.npy, maximum" && told[0].note == "it is 3.0 and was 2.0", "\(told)")
    }

    // MARK: Files that have not changed

    private func aged(_ files: String...) throws {
        for file in files { _ = try run("touch", "-d", "1 hour ago", scratch(file)) }
        // The change of the file itself is as young as the machine says.
        let begun = ContinuousClock.now
        try waitUntil { .now - begun > .milliseconds(3100) }
    }

    @Test func filesThatHaveNotChangedAreNotReadAgain() throws {
        let suite = try suite("- array: {file: '*.npy', maximum: 5}")
        try numbers([1, 2], in: "a.npy")
        try numbers([3, 4], in: "b.npy")
        try aged("a.npy", "b.npy")
        let first = suite.run(directory: scratch.path)
        let witness = try Witness(encoded: Witness(suite: suite, first).encoded())
        let again = suite.run(directory: scratch.path, reusing: witness.reusable)
        #expect(again.checks.isEmpty && again.reusedChecks == first.checks.count && again.checkCount == first.checkCount)
        #expect(again.responses == first.responses)
        #expect(try Witness(suite: suite, again).encoded() == Witness(suite: suite, first).encoded())
        // One is another now, and only that is read.
        try numbers([9, 4], in: "b.npy")
        let changed = suite.run(directory: scratch.path, reusing: witness.reusable)
        #expect(changed.checks.contains { !$0.passed && $0.file == "b.npy" } && changed.checks.allSatisfy { $0.file == "b.npy" })
        // Another question is asked anew.
        let narrower = try self.suite("- array: {file: '*.npy', maximum: 1}")
        #expect(narrower.run(directory: scratch.path, reusing: witness.reusable).reusedChecks == 0)
    }

    @Test func filesThatAreTooNewAndFilesThatFailedAreReadAgain() throws {
        let suite = try suite("- array: {file: a.npy, maximum: 5}")
        try numbers([1])
        let young = Witness(suite: suite, suite.run(directory: scratch.path))
        #expect(suite.run(directory: scratch.path, reusing: young.reusable).reusedChecks == 0)
        try numbers([9])
        try aged("a.npy")
        let failed = Witness(suite: suite, suite.run(directory: scratch.path))
        let again = suite.run(directory: scratch.path, reusing: failed.reusable)
        #expect(again.reusedChecks == 0 && again.checks.contains { !$0.passed })
    }

    @Test func aSuiteThatSaysItIsCompleteTellsOfFilesThatNothingLooksAt() throws {
        try numbers([1])
        try FileManager.default.createDirectory(atPath: scratch("deep"), withIntermediateDirectories: false)
        try Data().write(to: URL(fileURLWithPath: scratch("deep/note")))
        let suite = try PhotonicCore.Suite.parse("version: 1\nname: s\ncomplete: true\nchecks: [{array: {file: a.npy}}]\n", file: "s.yaml")
        let failed = suite.run(directory: scratch.path).checks.filter { !$0.passed }
        #expect(failed.map(\.name) == ["the directory: files that no check looks at"] && failed[0].note?.hasPrefix("deep/note: ") == true)
        try FileManager.default.removeItem(atPath: scratch("deep/note"))
        let whole = suite.run(directory: scratch.path).checks
        #expect(whole.allSatisfy { $0.passed })
    }
}
