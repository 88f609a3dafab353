"""The shape of the code as tables: who may import whom, and what may not be written, each with its reason."""

# MARK: Modules

# What every module may import.
EVERYWHERE = {"Glibc", "Synchronization", "Foundation", "FoundationEssentials"}

# From the top down: a module imports what stands in a row below its own. Sources/README.md draws the same.
LAYERS = [
    ["rekindle", "photonic-core"],
    ["Reports"],
    ["Operations"],
    ["Manifests", "Proof"],
    ["Archiver", "Restorer"],
    ["Vault", "Commands"],
    ["Storage", "Policy", "PhotonicCore", "Tarball"],
    ["Kubernetes", "StrictYAML", "Age", "GitHistory"],
    ["HTTP", "FileTree"],
    ["Core"],
    ["CLinux", "CLibArchive", "CZstd", "CGit2"],
]

ARROWS = {
    "Age": {"Crypto"},
    "Archiver": {"Commands", "Core", "FileTree", "Tarball", "Vault"},
    "Commands": {"Core", "FileTree", "Subprocess", "SystemPackage"},
    "Core": {"Crypto"},
    "FileTree": {"CLinux", "Core"},
    "GitHistory": {"CGit2"},
    "HTTP": {"Core", "AsyncHTTPClient", "NIOCore", "NIOHTTP1", "NIOPosix", "NIOSSL"},
    "Kubernetes": {"Core", "FileTree", "HTTP", "NIOSSL", "Subprocess", "Yams"},
    "Manifests": {
        "Age", "Archiver", "CLinux", "Core", "FileTree", "GitHistory", "Kubernetes", "Restorer", "Tarball", "Vault", "Crypto",
    },
    "Operations": {
        "Age", "Archiver", "Commands", "Core", "FileTree", "GitHistory", "Kubernetes", "Manifests", "PhotonicCore", "Policy", "Proof",
        "Restorer", "Storage", "Tarball", "Vault",
    },
    "PhotonicCore": {"CLinux", "Core", "StrictYAML"},
    "Policy": {"Core", "StrictYAML"},
    "Proof": {"Commands", "Core", "FileTree", "HTTP", "Kubernetes", "PhotonicCore", "Tarball", "Vault"},
    "Reports": {"Core", "Operations", "PhotonicCore", "Proof", "Vault"},
    "Restorer": {"Core", "FileTree", "Storage", "Tarball", "Vault"},
    "Storage": {"Core", "FileTree"},
    "StrictYAML": {"Core", "FileTree", "Yams"},
    "Tarball": {"CLibArchive", "Core", "CZstd"},
    "Vault": {"Core", "FileTree", "Storage", "Tarball"},
    "photonic-core": {"Core", "FileTree", "PhotonicCore", "StrictYAML", "ArgumentParser"},
    "rekindle": {
        "Age", "Archiver", "CLinux", "Core", "FileTree", "GitHistory", "Kubernetes", "Manifests", "Operations", "PhotonicCore", "Policy",
        "Proof", "Reports", "Restorer", "Storage", "StrictYAML", "Tarball", "Vault", "ArgumentParser",
    },
}

# MARK: Ceilings

FILE_LINES = 400
FUNCTION_LINES = 60
PARAMETERS = 5
UNLABELLED = 3
# Modules whose public declarations are all documented.
DOCUMENTED = {"Storage", "Vault"}

# MARK: What may not be written: rule, where it is looked for, the pattern, and words of which a text that breaks the rule has one

BANNED = {
    "swallowed error": ("code", r"\btry\?", ["try?"]),
    "exit status": ("code", r"\bEnding\(|(?<![.\w])_?exit\(", ["Ending(", "exit("]),
    "whole Foundation": ("code", r"^(?:internal |public )?import Foundation$", ["import Foundation\n"]),
    "trap": ("code", r"\bfatalError\(|\btry!|\bas!|\bpreconditionFailure\(|\bunowned\(unsafe\)", ["fatalError", "try!", "as!", "preconditionFailure", "unowned"]),
    "unchecked": ("code", r"@unchecked Sendable|nonisolated\(unsafe\)|\bunsafeBitCast\(", ["@unchecked", "(unsafe)", "unsafeBitCast"]),
    "unbounded read": ("code", r"\b(?:Data|String)\(contentsOf\w*:", ["(contentsOf"]),
    "free task": ("code", r"\bTask\.detached\b|(?<![.\w])Task(?:<[^>]*>)? \{", ["Task"]),
    "print": ("code", r"(?<!func )(?<![.\w])(?:print|debugPrint|dump)\(", ["print(", "Print(", "dump("]),
    "sleep": ("code", r"(?<![.\w])u?sleep\(", ["sleep("]),
    "to do": ("comments", r"\b(?:TODO|FIXME|XXX)\b", ["TODO", "FIXME", "XXX"]),
}

BANNED_IN_TESTS = {
    "kill by name": ("strings", r"\b(?:pkill|pgrep|killall|fuser)\b", ["pkill", "pgrep", "killall", "fuser"]),
    "sleep in a test": ("code", r"\bTask\.sleep\(|(?<![.\w])u?sleep\(", ["sleep("]),
}

# MARK: Reasons

RULES = {
    "arrows": "Modules know what stands below them and nothing else: so each can be built, tested and understood alone.",
    "picture": "Whoever comes new believes the drawing.",
    "circles": "Files that need each other can only be read together: move what they share below both.",
    "file length": f"A file has one subject, and at most {FILE_LINES} lines.",
    "function length": f"A function is read on one screen, and has at most {FUNCTION_LINES} lines.",
    "parameters": f"More than {PARAMETERS} parameters are a type that has no name yet.",
    "labels": "A row of values without labels cannot be read where it is called.",
    "documentation": "What is public here says what it is for, its units, its errors, and what is not an error.",
    "swallowed error": "`try?` makes a failure look like an absence: only where there is truly nothing else to do.",
    "exit status": "One table decides how the program ends.",
    "whole Foundation": "FoundationEssentials serves, unless what is used is in the rest.",
    "trap": "The program fails with a sentence and does not crash.",
    "unchecked": "The compiler proves what threads share; where it cannot, the proof stands beside it.",
    "unbounded read": "Whatever is read has a bound, and its error is that of the system.",
    "free task": "A task belongs to the scope that waits for it.",
    "print": "What people read goes through one place, which knows about colours, terminals and pipes that are closed.",
    "sleep": "A thread that sleeps is not woken by an interruption.",
    "to do": "What is left to do is an issue.",
    "kill by name": "A test ends what it has started, by its number.",
    "sleep in a test": "A test waits for what it needs to see, not for a time.",
}
