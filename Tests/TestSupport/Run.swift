/// Runs a program to its end, in a UTF-8 locale.
@discardableResult
public func run(_ tool: String, _ arguments: String..., input: String = "/dev/null") throws -> ChildProcess.Outcome {
    try ChildProcess.run(["env", "LC_ALL=C.UTF-8", tool] + arguments, input: input)
}

extension [UInt8] {
    public init(_ text: String) { self = Array(text.utf8) }
}
