import Core
import Proof
import Vault

/// A drill beside the last ones of its policy that passed.
struct DrillComparison {
    /// The last of these, oldest first.
    private let earlier: [DrillEvidence]

    /// So many are looked at.
    private static let drillsMax = 5
    /// Slower by so much is worth a word, where it is by some seconds as well.
    private static let factor: Int64 = 2
    private static let leastMilliseconds: Int64 = 10_000

    /// With those of a vault. What cannot be read compares with nothing; `status` and `verify` tell of it.
    init(for drill: DrillEvidence, in vault: Vault) {
        var drills: [DrillEvidence] = []
        do {
            _ = try vault.eachEvidence(of: [.drill]) { record in
                do { drills.append(try record.decode(DrillEvidence.self)) } catch { return }
            }
        } catch { drills = [] }
        self.init(drills, for: drill)
    }

    /// - Parameter drills: of the vault, oldest first.
    init(_ drills: [DrillEvidence], for drill: DrillEvidence) {
        // With a cluster it is another thing.
        let alike = drills.filter { $0.policy == drill.policy && $0.passed && ($0.cluster == nil) == (drill.cluster == nil) }
        earlier = Array(alike.suffix(Self.drillsMax))
    }

    /// How it is worse, in sentences.
    func regressions(of drill: DrillEvidence) -> [String] { [slower(drill), fewer(drill)].compactMap(\.self) }

    private func slower(_ drill: DrillEvidence) -> String? {
        let times = earlier.map(\.recoveryTime.measuredMilliseconds).sorted()
        guard !times.isEmpty else { return nil }
        let (usual, now) = (times[times.count / 2], drill.recoveryTime.measuredMilliseconds)
        guard now > Self.factor * usual, now > usual + Self.leastMilliseconds else { return nil }
        return "it took \(now / 1000) s, and the last \(times.count.counted("drill")) about \(usual / 1000) s"
    }

    private func fewer(_ drill: DrillEvidence) -> String? {
        guard let last = earlier.last else { return nil }
        func ran(_ drill: DrillEvidence) -> Int { drill.steps.count { $0.verdict != .notRun && $0.verdict != .notVerified } }
        if ran(drill) < ran(last) { return "it ran \(ran(drill).counted("validation")), and the last one \(ran(last))" }
        guard drill.checkCount < last.checkCount else { return nil }
        return "it made \(drill.checkCount.counted("check")), and the last one \(last.checkCount)"
    }
}
