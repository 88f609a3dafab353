/// Why a pod does not run, in the words of its own status.
enum PodTrouble {
    /// A container that will not start by waiting: its image or its command is wrong.
    private static let final: Set<String> = [
        "ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull", "CreateContainerError", "CreateContainerConfigError",
        "RunContainerError",
    ]
    private static let textMax = 300

    static func isFinal(_ pod: ManifestValue) -> Bool {
        containers(of: pod).contains { $0[["state", "waiting", "reason"]]?.text.map(final.contains) ?? false }
    }

    /// "ImagePullBackOff: …", "CrashLoopBackOff, the last exit code is 1", "Unschedulable: …"; nil where nothing is said.
    static func reason(_ pod: ManifestValue) -> String? {
        for container in containers(of: pod) {
            if let reason = reason(of: container) { return "container \(container["name"]?.text ?? ""): \(reason)" }
        }
        for condition in pod[["status", "conditions"]]?.elements ?? []
        where condition["type"]?.string == "PodScheduled" && condition["status"]?.string == "False" {
            return sentence(condition["reason"]?.text ?? "Unschedulable", condition["message"]?.text)
        }
        if let reason = pod[["status", "reason"]]?.text { return sentence(reason, pod[["status", "message"]]?.text) }
        return nil
    }

    private static func containers(of pod: ManifestValue) -> [ManifestValue] {
        (pod[["status", "initContainerStatuses"]]?.elements ?? []) + (pod[["status", "containerStatuses"]]?.elements ?? [])
    }

    private static func reason(of container: ManifestValue) -> String? {
        let last = container[["lastState", "terminated"]]
        if let waiting = container[["state", "waiting"]], let reason = waiting["reason"]?.text, !usual.contains(reason) {
            guard reason == "CrashLoopBackOff", let last else { return sentence(reason, waiting["message"]?.text) }
            return "\(reason): it ends with \(ending(last))"
        }
        if let ended = container[["state", "terminated"]], ended["exitCode"]?.literal != "0" { return "it ended with \(ending(ended))" }
        if container["ready"]?.literal == "false", container[["state", "running"]] != nil {
            return last.map { "it runs again, after it ended with \(ending($0))" } ?? "it runs, and its readiness probe does not pass"
        }
        return nil
    }

    /// What every pod goes through.
    private static let usual: Set<String> = ["ContainerCreating", "PodInitializing"]

    private static func ending(_ state: ManifestValue) -> String {
        let reason = state["reason"]?.text.flatMap { ["Error", "Completed"].contains($0) ? nil : " (\($0))" } ?? ""
        return "exit code \(state["exitCode"]?.literal ?? "unknown")\(reason)"
    }

    private static func sentence(_ reason: String, _ message: String?) -> String {
        message.map { "\(reason): \($0.prefix(textMax))" } ?? reason
    }
}
