import Foundation
import Operations
import TestSupport
import Testing

@testable import Reports

/// One page, well-formed, that needs nothing else and says what was recorded.
@Suite struct HTMLReportTests {
    static let reports: [String] = ["year", "empty", "hostile", "long steps", "one snapshot"]

    static func report(_ name: String) throws -> ProtectionReport {
        switch name {
        case "empty": try SampleReport.empty()
        case "hostile": try hostile()
        case "long steps":
            try SampleReport.year { document in
                var drill = SampleReport.drill()
                drill["phases"] = [["name": "validate", "durationMilliseconds": 1]]
                drill["steps"] = (drill["steps"] as? [[String: Any]])?.map { $0.merging(["durationMilliseconds": Int64.max]) { $1 } }
                document["lastDrill"] = drill
            }
        case "one snapshot":
            try SampleReport.year { document in
                document["snapshots"] = [SampleReport.snapshot(time: SampleReport.now - 1000, isComplete: true)]
                document["growth"] = [["day": SampleReport.time(SampleReport.now), "storedBytes": 1]]
                document["verifications"] = [Any]()
                document["drills"] = [Any]()
            }
        default: try SampleReport.year()
        }
    }

    private static let evil = "<script>alert(1)</script>\"'&\u{0}\u{1b}[31m\u{202e}"

    /// Names of everything that may come from outside, and numbers that nobody measures.
    private static func hostile() throws -> ProtectionReport {
        try SampleReport.year(policy: evil) { document in
            document["location"] = evil
            document["findings"] = [["severity": "P1", "details": [evil], "message": evil, "advice": evil]]
            var drill = SampleReport.drill(name: evil, failures: [evil])
            drill["host"] = evil
            drill["phases"] = [
                ["name": evil, "durationMilliseconds": Int64.max], ["name": "validate", "durationMilliseconds": Int64.max],
            ]
            document["lastDrill"] = drill
            document["drills"] = [
                ["time": SampleReport.time(0), "snapshot": evil, "passed": true, "recoveryTimeMilliseconds": Int64.max],
                ["time": SampleReport.time(.max), "snapshot": evil, "passed": true, "recoveryTimeMilliseconds": Int64.min],
            ]
            document["verifications"] = (0..<3).map { _ in
                [
                    "time": SampleReport.time(SampleReport.now), "isDeep": false, "sample": evil, "packsRead": Int.max,
                    "bytesRead": Int64.max,
                    "damage": Int.max, "affectedSnapshots": Int.max, "durationMilliseconds": Int64.max,
                ]
            }
        }
    }

    @Test(arguments: reports) func itIsWellFormed(name: String) async throws {
        let page = HTMLReport.page(try Self.report(name))
        let parser = """
            import sys
            from html.parser import HTMLParser
            void = {"meta", "link", "br"}
            class Check(HTMLParser):
                stack = []
                def handle_starttag(self, tag, attributes):
                    names = [name for name, _ in attributes]
                    assert len(names) == len(set(names)), tag
                    assert tag not in ("script", "iframe", "object", "img", "form"), tag
                    assert not any(name.startswith("on") or name == "src" for name in names), names
                    assert all(value == "data:," for name, value in attributes if name == "href")
                    if tag not in void: self.stack.append(tag)
                def handle_endtag(self, tag):
                    assert self.stack and self.stack.pop() == tag, (tag, self.getpos())
            check = Check()
            check.feed(sys.stdin.buffer.read().decode("utf-8"))
            assert not check.stack, check.stack
            """
        let (status, output) = try Self.run(["python3", "-c", parser], input: page)
        #expect(status == 0, "\(output)")
        #expect(!page.contains("<script") && !page.contains("\u{1b}") && !page.contains("\u{202e}") && !page.contains("\u{0}"))
        #expect(!page.contains("NaN") && !page.contains("inf\""))
    }

    @Test func itSaysWhatWasRecorded() throws {
        let page = HTMLReport.page(try SampleReport.year())
        for text in [
            "Backups of photon-neuro", "Protected", "22 h 00 min ago", "Objective 26 h 00 min: met.", "2025-11-25: complete",
            "Nights of the last year: 354 complete, 3 not complete, 1 self-tests failed or could not run, 7 no backup.",
            "missed 3 times", "part 1/7", "full in more than ten years", "photonic-core (app-data)", "not run",
        ] {
            #expect(page.contains(text), "\(text)")
        }
    }

    @Test func anEmptyVaultIsToldAsOne() throws {
        let page = HTMLReport.page(try SampleReport.empty())
        for text in ["Not protected", "There is no snapshot yet.", "Nothing is stored yet.", "No drill has shown yet", "none yet"] {
            #expect(page.contains(text), "\(text)")
        }
    }

    @Test(arguments: reports) func markdownHoldsItsTables(name: String) throws {
        let text = MarkdownReport.text(try Self.report(name))
        #expect(!text.replacing("\\<", with: "").contains("<") && !text.contains("\u{1b}"))
        let rows = text.split(separator: "\n").filter { $0.hasPrefix("|") }
        #expect(rows.allSatisfy { $0.hasSuffix("|") })
        // A cell's own bar does not end it.
        var columns = 0
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            let bars = line.replacing("\\|", with: "").count { $0 == "|" }
            if bars == 0 { columns = 0 } else if columns == 0 { columns = bars }
            #expect(bars == columns, "\(line)")
        }
    }

    static func run(_ arguments: [String], input: String = "") throws -> (Int32, String) {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("report-\(UUID())")
        try input.write(to: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(at: file) }
        let outcome = try ChildProcess.run(arguments, input: file.path)
        return (outcome.status, outcome.text + outcome.errors)
    }
}
