import Testing

@testable import Core

struct FindingTests {
    @Test func ofEachSeverityTheFirstAreKeptAndAllAreCounted() {
        var part = Findings()
        for number in 0..<Findings.listedMax + 10 { part.note("note \(number)") }
        part.warn("careful")
        var all = Findings()
        all.note("first")
        all.problem("a/b", "lost")
        all.add(part)
        #expect(all.noteCount == Findings.listedMax + 12 && all.problemCount == 1)
        #expect(all.listed.count == Findings.listedMax + 2)
        #expect(all.notes.first == "first" && all.notes.last == "warning: careful" && all.notes.contains("note 998"))
        #expect(!all.notes.contains("note 999"))
    }

    @Test func theWorstOutcomeCounts() {
        #expect(Outcome([(.incomplete, true), (.damaged, false), (.notValid, true)]) == .notValid)
        #expect(Outcome([(.damaged, false)]) == .success)
    }
}
