import Core
import Foundation
import Operations
import TestSupport
import Testing
import Vault

@testable import Reports

@Suite struct ChartTests {
    @Test func daysAreCountedAsTheCalendarDoes() {
        let day = Day(of: Timestamp(milliseconds: SampleReport.now))
        #expect(day.name == "2025-11-26" && day.weekday == 2 && day.month == "Nov" && (day + 5).isFirstWeekOfMonth)
        #expect(Day(of: Timestamp(milliseconds: 0)).weekday == 3)
    }

    @Test(arguments: [0, 1, 999, 1e3, 59_999, 3.6e6, 9e7, 1e12, 9.2e18]) func anAxisReachesOverWhatItShows(largest: Double) {
        for axis in [Axis.time(upTo: largest), .bytes(upTo: largest)] {
            #expect(axis.top >= largest && axis.marks.count >= 2 && axis.marks.count <= 6, "\(axis)")
            #expect(axis.marks.first == 0 && axis.marks.last == axis.top)
        }
    }

    @Test func theBestOfADayCountsAndBadDataIsAlwaysTold() throws {
        let day = SampleReport.day
        func snapshot(_ days: Int64, _ hour: Int64, _ isComplete: Bool, failed: Int = 0) -> [String: Any] {
            SampleReport.snapshot(time: SampleReport.now - days * day + hour * 3_600_000, isComplete: isComplete, failed: failed)
        }
        let report = try SampleReport.year { document in
            document["snapshots"] = [
                snapshot(5, 1, false), snapshot(5, 2, true), snapshot(4, 1, true, failed: 1), snapshot(4, 2, true), snapshot(2, 1, false),
            ]
        }
        let chart = CalendarChart(report)
        let today = Day(of: report.time)
        #expect(chart.nights == [today + -5: .good, today + -4: .failing, today + -3: .missed, today + -2: .partial, today + -1: .missed])
    }

    @Test func gapsAreMeasuredToTheNextGoodOneAndToNow() throws {
        let hour: Int64 = 3_600_000
        let report = try SampleReport.year { document in
            document["snapshots"] = [(100, true), (76, true), (52, false), (27, true)].map {
                SampleReport.snapshot(time: SampleReport.now - $0 * hour, isComplete: $1)
            }
        }
        #expect(
            RecoveryChart.point(report).summary
                == "3 gaps between good backups: last 27 h 00 min, longest 49 h 00 min; the objective of 26 h 00 min was missed 2 times.")
    }

    @Test func aDrillThatFailedHasMetNoObjective() throws {
        let report = try SampleReport.year { document in
            document["drills"] = [
                [
                    "time": SampleReport.time(SampleReport.now - SampleReport.day), "snapshot": "ab", "passed": false,
                    "recoveryTimeMilliseconds": 2000,
                ]
            ]
            document["facts"] = SampleReport.facts([
                "lastGoodAgeMilliseconds": 3_600_000, "recoveryTimeLimitMilliseconds": 3_600_000,
                "drill": [
                    "ageMilliseconds": SampleReport.day, "passed": false, "recoveryTimeMilliseconds": 2000, "failures": ["lost"],
                    "isDamaged": true, "notVerified": [String](), "regressions": [String](),
                ],
            ])
        }
        #expect(
            RecoveryChart.time(report).summary.hasSuffix("the objective of 1 h 00 min was missed once."),
            "\(RecoveryChart.time(report).summary)")
        let card = try #require(ReportCard.all(report).first { $0.name == "Last drill" })
        #expect(card.figure.hasPrefix("failed ") && !card.remark.contains("met") && card.style == "bad", "\(card)")
    }

    @Test func whatADrillHasNoRoomForIsCounted() throws {
        let report = try SampleReport.year { document in
            var drill = SampleReport.drill()
            let step = (drill["steps"] as? [[String: Any]])?.first ?? [:]
            drill["steps"] = Array(repeating: step, count: 30)
            document["lastDrill"] = drill
        }
        // 24 rows: three phases and 21 of the steps.
        #expect(try #require(GanttChart(report)).summary.hasSuffix("9 parts more are not drawn."))
    }

    @Test func nightsWhoseSelfTestsCouldNotRunAreNotGood() throws {
        let report = try SampleReport.year { document in
            var snapshot = SampleReport.snapshot(time: SampleReport.now - 3_600_000, isComplete: true)
            snapshot["untested"] = ["app-data"]
            document["snapshots"] = [snapshot]
        }
        #expect(CalendarChart(report).count(.failing) == 1)
        #expect(report.snapshots.first?.state == "self-tests could not run: app-data")
    }

    /// What a server said may stand in a finding; between code marks it stays in its line, too.
    @Test func codeInAFindingOfMarkdownStaysInItsLine() throws {
        let report = try SampleReport.year { document in
            document["findings"] = [
                [
                    "severity": "P2", "details": [String](), "message": "it said `a\r\n\r\n<img src=x>\u{202e}` and <b>",
                    "advice": "run `rekindle drill`",
                ]
            ]
        }
        let lines = MarkdownReport.text(report).split(separator: "\n").filter { $0.contains("P2") }
        #expect(lines == ["- **P2** It said `a<img src=x>` and \\<b\\>. Run `rekindle drill`."], "\(lines)")
    }
}
