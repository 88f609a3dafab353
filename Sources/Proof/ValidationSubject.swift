import FoundationEssentials
public import Vault

extension Validation {
    /// The restored data that is validated.
    public struct Subject {
        /// Where a dataset was restored to; nil if it was not. The whole is nil where no files were restored at all.
        package let directory: ((String) -> String?)?
        /// nil where nothing was restored into a cluster.
        package let cluster: ClusterCheck.Place?
        /// The directory that the datasets are in; nil where each went back to its own place.
        package let target: String?
        /// nil where nothing of a snapshot was restored.
        package let snapshot: SnapshotView?
        /// Whether only some of the files were chosen.
        package let isPart: Bool
        /// Whether it is a copy beside the living, as in a drill: no address leads to it.
        package var isCopy = false
        /// A directory for what programs write, which goes when all is over.
        package var scratch: String?

        public init(
            target: String? = nil, snapshot: SnapshotView? = nil, cluster: ClusterCheck.Place? = nil, isPart: Bool = false,
            directory: ((String) -> String?)?
        ) {
            self.directory = directory
            self.isPart = isPart
            self.cluster = cluster
            // Programs run in it, where a relative path would mean another place.
            self.target = target.map { URL(filePath: $0).standardizedFileURL.path }
            self.snapshot = snapshot
        }

        /// Why a step would look at something else than what was restored; nil where it can look at that.
        func lacks(for step: Step, hasService: Bool) -> String? {
            switch (step.object, step.check) {
            case (.files, .unusable), (nil, _): nil
            case (.files, _): directory == nil ? "no files were restored" : isPart && step.dataset != nil ? "only a part was restored" : nil
            case (.live, _): isCopy ? "it looks at the live application, and not at what a drill has restored" : nil
            case (.cluster, .kubernetes(let check)):
                cluster.map { check.absent(from: $0) } ?? "nothing was restored into a cluster"
            case (.cluster, .unusable): nil
            case (.cluster, _): cluster == nil ? "nothing was restored into a cluster" : nil
            case (.service, _): hasService ? nil : "no service is running"
            }
        }
    }
}
