import Core
import Foundation
import Operations
import TestSupport
import Vault

@testable import Reports

/// Reports as a vault of many nights would give them: made from JSON, the form in which they are documented.
enum SampleReport {
    static let now: Int64 = 1_764_115_200_000  // 2025-11-26T00:00:00Z
    static let day: Int64 = 86_400_000

    /// A year of nights: a week without backups, three that were not complete, one with bad data, drills each quarter.
    static func year(policy: String = "photon-neuro", _ change: (inout [String: Any]) -> Void = { _ in }) throws -> ProtectionReport {
        var document = base(policy)
        document["snapshots"] = (0..<365).filter { !(200..<207).contains($0) }.map { (night: Int) -> [String: Any] in
            let time = now - Int64(364 - night) * day - 22 * 3_600_000
            return snapshot(time: time, isComplete: ![50, 51, 180].contains(night), failed: night == 300 ? 2 : 0)
        }
        document["growth"] = (0..<365).map { (night: Int) -> [String: Any] in
            let stored: Int = 1_073_741_824 + night * 6_291_456
            return ["day": time(now - Int64(364 - night) * day), "storedBytes": stored]
        }
        document["capacity"] = ["freeBytes": 42_949_672_960, "totalBytes": 107_374_182_400, "bytesPerDay": 6_291_456.0, "daysLeft": 6826]
        document["verifications"] = (0..<100).map { (night: Int) -> [String: Any] in
            let isDeep = night % 30 == 0
            return verification(time: now - Int64(99 - night) * day, isDeep: isDeep, sample: isDeep ? nil : "\(night % 7 + 1)/7")
        }
        document["drills"] = (0..<4).map { (quarter: Int) -> [String: Any] in
            let ago = Int64(91 * (3 - quarter) + 5)
            return [
                "time": time(now - ago * day), "snapshot": "ab", "passed": quarter != 1,
                "recoveryTimeMilliseconds": 1_500_000 + quarter * 400_000,
                "recoveryPointMilliseconds": 3_600_000,
            ]
        }
        document["lastDrill"] = drill()
        change(&document)
        return try decode(document)
    }

    /// A vault that was made a moment ago.
    static func empty() throws -> ProtectionReport {
        var document = base("new")
        document["datasets"] = [Any]()
        document["facts"] = facts(["snapshots": 0, "completeSnapshots": 0, "storedBytes": 0, "verifiedBytes": 0])
        document["findings"] = [
            ["severity": "P1", "details": [String](), "message": "there is no snapshot", "advice": "run `rekindle backup`"]
        ]
        return try decode(document)
    }

    static func decode(_ document: [String: Any]) throws -> ProtectionReport {
        try JSONDecoder().decode(ProtectionReport.self, from: JSONSerialization.data(withJSONObject: document))
    }

    static func time(_ milliseconds: Int64) -> String { Timestamp(milliseconds: milliseconds).description }

    private static func base(_ policy: String) -> [String: Any] {
        [
            "time": time(now), "program": "rekindle test", "vault": "0123", "location": "/backup/photon", "policy": policy,
            "host": "backup-1",
            "datasets": [
                [
                    "name": "app-data", "source": "/app/data", "outcome": "complete", "files": 53_600, "bytes": 3_221_225_472,
                    "growthBytes": 188_743_680,
                ],
                ["name": "database", "source": "`pg_dump -Fc photon`", "outcome": "complete", "files": 1, "bytes": 104_857_600],
            ],
            "facts": facts([
                "lastGoodAgeMilliseconds": 22 * 3_600_000, "isNewestComplete": true, "failedSelfTests": 0,
                "recoveryPointLimitMilliseconds": 26 * 3_600_000,
                "recoveryTimeLimitMilliseconds": 3_600_000,
                "verification": ["ageMilliseconds": 3_600_000, "isDeep": false, "damage": 0, "affectedSnapshots": 0],
                "drill": [
                    "ageMilliseconds": 5 * day, "passed": true, "recoveryTimeMilliseconds": 2_700_000, "failures": [String](),
                    "isDamaged": false, "notVerified": [String](), "regressions": [String](),
                ],
            ]),
            "findings": [
                [
                    "severity": "P3", "details": [String](), "message": "only 97 % of what is stored was read in the last 28 days",
                    "advice": "`rekindle verify --sample N/7`",
                ]
            ],
            "snapshots": [Any](), "growth": [Any](), "verifications": [Any](), "drills": [Any](),
        ]
    }

    static func facts(_ changes: [String: Any]) -> [String: Any] {
        let facts: [String: Any] = [
            "snapshots": 358, "completeSnapshots": 355, "policies": 1, "damagedRecords": 0, "damagedSnapshots": 0,
            "newestProblems": [String](), "futureSnapshots": 0, "missingPacks": 0,
            "damagedEvidence": 0, "doubts": [String](), "unpushed": [String](), "unprotectedClaims": [String](),
            "storedBytes": 3_221_225_472, "verifiedBytes": 3_120_562_176, "overdueBytes": 100_663_296, "untestedDatasets": [String](),
            "windowDays": 28, "validations": 2,
        ]
        return facts.merging(changes) { $1 }
    }

    static func snapshot(time: Int64, isComplete: Bool, failed: Int = 0) -> [String: Any] {
        [
            "time": self.time(time), "snapshot": "43d7c829e3aa55", "isComplete": isComplete, "incomplete": isComplete ? [] : ["app-data"],
            "doubts": [], "problems": isComplete ? [] : ["app-data/weights/2.f32: cannot read it: Input/output error"],
            "files": 53_600, "bytes": 3_221_225_472, "newBytes": 12_582_912, "failedSelfTests": failed, "untested": [String](),
            "durationMilliseconds": 10_270,
        ]
    }

    private static func verification(time: Int64, isDeep: Bool, sample: String?) -> [String: Any] {
        var document: [String: Any] = [
            "time": self.time(time), "isDeep": isDeep, "packsRead": 7, "bytesRead": isDeep ? 3_221_225_472 : 461_373_440, "damage": 0,
            "affectedSnapshots": 0, "durationMilliseconds": 2020,
        ]
        document["sample"] = sample
        return document
    }

    static func drill(name: String = "photonic-core (app-data)", failures: [String] = []) -> [String: Any] {
        func step(_ name: String, _ verdict: String, _ milliseconds: Int) -> [String: Any] {
            [
                "name": name, "verdict": verdict, "summary": "203 checks, 10 responses as recorded", "checks": [Any](),
                "checkCount": 203, "failedCount": 0, "output": [String](), "attempts": 1, "durationMilliseconds": milliseconds,
            ]
        }
        return [
            "version": 1, "time": time(now - 5 * day), "host": "backup-1", "user": "root", "program": "rekindle test", "vault": "0123",
            "policy": "photon-neuro", "snapshot": "43d7c829e3aa55", "snapshotTime": time(now - 5 * day - 3_600_000), "tree": "00",
            "phases": [
                ["name": "restore", "durationMilliseconds": 1_800_000], ["name": "cluster", "durationMilliseconds": 240_000],
                ["name": "validate", "durationMilliseconds": 660_000],
            ],
            "recoveryTime": ["measuredMilliseconds": 2_700_000, "limitMilliseconds": 3_600_000],
            "recoveryPoint": ["measuredMilliseconds": 3_600_000, "limitMilliseconds": 93_600_000],
            "scratch": "/tmp", "isDamaged": false,
            "restored": [
                "files": 53_600, "bytes": 3_221_225_472, "directories": 40, "damaged": 0, "problems": 0, "incomplete": [String](),
            ],
            "steps": [
                step(name, "passed", 420_000), step("http://photon-sdk.example/health", "passed", 240_000),
                step("kubernetes (photon-neuro)", "not run", 0),
            ],
            "failures": failures,
        ]
    }
}
