import TestSupport
import Testing

@testable import Core

@Suite struct TimestampTests {
    @Test(
        "A moment is written in its three forms",
        arguments: [
            (Int64(0), "1970-01-01T00:00:00.000Z", "19700101T000000.000Z"),
            (1_770_091_506_789, "2026-02-03T04:05:06.789Z", "20260203T040506.789Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z", "20000229T000000.000Z"),
            (253_402_300_799_999, "9999-12-31T23:59:59.999Z", "99991231T235959.999Z"),
            (-1, "1970-01-01T00:00:00.000Z", "19700101T000000.000Z"), (.max, "9999-12-31T23:59:59.999Z", "99991231T235959.999Z"),
        ])
    func writing(milliseconds: Int64, text: String, compact: String) {
        let time = Timestamp(milliseconds: milliseconds)
        #expect(time.description == text && time.compact == compact)
        #expect(time.forPeople == String(text.dropLast(5)).replacing("T", with: " "))
        #expect(Timestamp(text) == time)
    }

    @Test(
        "What is not said in full means the last moment that it covers",
        arguments: [
            ("2026-02-03", "2026-02-03T23:59:59.999Z"), ("2026-02-03T04:05", "2026-02-03T04:05:59.999Z"),
            ("2026-02-03 04:05", "2026-02-03T04:05:59.999Z"),
            ("2026-02-03T04:05:06", "2026-02-03T04:05:06.999Z"), ("2026-02-03T04:05:06Z", "2026-02-03T04:05:06.999Z"),
            ("2026-02-03T04:05:06.7Z", "2026-02-03T04:05:06.700Z"), ("2026-02-03T04:05:06.789Z", "2026-02-03T04:05:06.789Z"),
            ("2026-02-03T04:05:06.7891234Z", "2026-02-03T04:05:06.789Z"), ("2026-02-03T04:05:06.000+01:00", "2026-02-03T03:05:06.000Z"),
            ("2026-02-03T00:00-05:30", "2026-02-03T05:30:59.999Z"), ("2024-02-29", "2024-02-29T23:59:59.999Z"),
            ("1970-01-01T00:00:00.000+01:00", "1970-01-01T00:00:00.000Z"), ("2026-12-31T23:59:59.999-00:01", "2027-01-01T00:00:59.999Z"),
        ])
    func reading(text: String, expected: String) {
        #expect(Timestamp(text)?.description == expected)
    }

    @Test(
        "What is no moment is refused",
        arguments: [
            "", "now", "2026", "2026-02", "2026-2-3", "2026-02-30", "2025-02-29", "2026-13-01", "2026-00-01", "2026-01-00", "2026-01-32",
            "1969-12-31",
            "20260203", "2026-02-03T", "2026-02-03T04", "2026-02-03T24:00", "2026-02-03T04:60", "2026-02-03T04:05:60", "2026-02-03T4:05",
            "2026-02-03T04:05:06.789X", "2026-02-03T04:05:06+1", "2026-02-03T04:05:06+0100", "2026-02-03T04:05ZZ", " 2026-02-03",
            "2026-02-03 ",
            "2026/02/03", "-026-02-03", "2026-02-03T04:05:06,7Z", "２026-02-03",
        ])
    func refusals(text: String) {
        #expect(Timestamp(text) == nil)
    }

    @Test(
        "A point needs digits behind it, and an offset is a time of day",
        arguments: ["2026-02-03T04:05:06.Z", "2026-02-03T04:05+99:99", "2026-02-03T04:05+01:60"])
    func sloppy(text: String) {
        #expect(Timestamp(text) == nil)
    }

    @Test("Every form sorts as time does, and every moment is read back", arguments: seeds)
    func order(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let times = (0..<200).map { _ in Timestamp(milliseconds: Int64(random.below(253_402_300_800_000))) }.sorted()
        #expect(times.map(\.compact) == times.map(\.compact).sorted())
        #expect(times.map(\.description) == times.map(\.description).sorted())
        for time in times { #expect(Timestamp(time.description) == time) }
    }
}
