// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let asyncHTTPClient = Target.Dependency.product(name: "AsyncHTTPClient", package: "async-http-client")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let subprocess = Target.Dependency.product(name: "Subprocess", package: "swift-subprocess")
let systemPackage = Target.Dependency.product(name: "SystemPackage", package: "swift-system")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")

func library(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = [], resources: [Resource]? = nil) -> Target {
    .target(name: name, dependencies: dependencies, exclude: exclude, resources: resources, swiftSettings: settings)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
    .testTarget(name: name, dependencies: ["TestSupport"] + dependencies, exclude: exclude, swiftSettings: settings)
}

let package = Package(
    name: "rekindle",
    products: [
        .executable(name: "rekindle", targets: ["rekindle"]),
        .executable(name: "photonic-core", targets: ["photonic-core"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2", traits: []),
    ],
    targets: [
        .systemLibrary(name: "CLinux"),
        .systemLibrary(name: "CLibArchive", pkgConfig: "libarchive", providers: [.apt(["libarchive-dev"])]),
        .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
        .systemLibrary(name: "CGit2", pkgConfig: "libgit2", providers: [.apt(["libgit2-dev"])]),

        // The words that everything else speaks.
        library("Core", [crypto]),

        // Files that people write: policies, suites.
        library("StrictYAML", ["Core", "FileTree", yams]),

        // Peers that do not know each other.
        library("Age", [crypto]),
        library("FileTree", ["CLinux", "Core"]),
        library("Commands", ["Core", "FileTree", subprocess, systemPackage]),
        library("GitHistory", ["CGit2"]),
        library("HTTP", ["Core", asyncHTTPClient, nioCore, nioHTTP1, nioPosix, nioSSL]),
        library("Kubernetes", ["Core", "FileTree", "HTTP", nioSSL, subprocess, yams]),
        library("PhotonicCore", ["CLinux", "Core", "StrictYAML"]),
        library("Policy", ["Core", "StrictYAML"]),
        library("Storage", ["Core", "FileTree"]),
        library("Tarball", ["CLibArchive", "Core", "CZstd"]),

        library(
            "Vault", ["Core", "FileTree", "Storage", "Tarball"], exclude: ["FORMAT.md"],
            resources: [.embedInCode("RESTORE.md"), .embedInCode("restore.sh")]),
        // The engines.
        library("Archiver", ["Commands", "Core", "FileTree", "Tarball", "Vault"]),
        library("Restorer", ["Core", "FileTree", "Storage", "Tarball", "Vault"]),
        library(
            "Manifests",
            ["Age", "Archiver", "CLinux", "Core", "FileTree", "GitHistory", "Kubernetes", "Restorer", "Tarball", "Vault", crypto]),
        library("Proof", ["Commands", "Core", "FileTree", "HTTP", "Kubernetes", "PhotonicCore", "Tarball", "Vault"]),

        // A file for each verb.
        library(
            "Operations",
            [
                "Age", "Archiver", "Commands", "Core", "FileTree", "GitHistory", "Kubernetes", "Manifests", "PhotonicCore", "Policy",
                "Proof",
                "Restorer", "Storage", "Tarball", "Vault",
            ]),

        library("Reports", ["Core", "Operations", "PhotonicCore", "Proof", "Vault"]),

        .executableTarget(
            name: "rekindle",
            dependencies: [
                "Age", "Archiver", "CLinux", "Core", "FileTree", "GitHistory", "Kubernetes", "Manifests", "Operations", "PhotonicCore",
                "Policy", "Proof", "Reports", "Restorer", "Storage", "StrictYAML", "Tarball", "Vault",
                argumentParser,
            ],
            swiftSettings: settings),
        .executableTarget(
            name: "photonic-core", dependencies: ["Core", "FileTree", "PhotonicCore", "StrictYAML", argumentParser], swiftSettings: settings
        ),

        .target(name: "TestSupport", dependencies: ["Core", "Storage"], path: "Tests/TestSupport", swiftSettings: settings),
        tests("AgeTests", ["Age", crypto]),
        tests("CommandLineTests", ["Core", "FileTree"], exclude: ["Transcripts"]),
        tests("CoreTests", ["Core"]),
        tests("FileTreeTests", ["Core", "FileTree"]),
        tests("GitHistoryTests", ["GitHistory"]),
        tests("HTTPTests", ["Core", "HTTP"]),
        tests("KubernetesTests", ["Kubernetes"]),
        tests(
            "OperationsTests",
            [
                "Age", "Archiver", "Commands", "Core", "FileTree", "GitHistory", "Kubernetes", "Manifests", "Operations", "PhotonicCore",
                "Proof",
                "Restorer", "Storage", "Tarball", "Vault",
            ]),
        tests("PhotonicCoreTests", ["Core", "PhotonicCore"], exclude: ["independent.py"]),
        tests("PolicyTests", ["Policy", "StrictYAML"]),
        tests("ReportsTests", ["Core", "Operations", "PhotonicCore", "Proof", "Reports", "Vault"]),
        tests("StorageTests", ["Core", "FileTree", "Storage"]),
        tests("TarballTests", ["Core", "Tarball"]),
        tests("VaultTests", ["Core", "FileTree", "Storage", "Tarball", "Vault"]),
    ]
)

// Tests/Fuzz/run.sh sets this: "plain", or "libfuzzer" for a sanitizer that brings its own main function.
if let fuzzer = Context.environment["REKINDLE_FUZZ"] {
    package.targets.append(
        .executableTarget(
            name: "fuzz",
            dependencies: ["Age", "Core", "Kubernetes", "Operations", "PhotonicCore", "Policy", "Storage", "Tarball", "Vault"],
            path: "Tests/Fuzz",
            exclude: ["run.sh"],
            swiftSettings: settings + [.unsafeFlags(["-parse-as-library"])] + (fuzzer == "libfuzzer" ? [.define("LIBFUZZER")] : [])))
}

// REKINDLE_TESTS=VaultTests: the tests of one module alone, since those of all take longer to build than the rest.
if let wanted = Context.environment["REKINDLE_TESTS"] {
    package.targets.removeAll { $0.type == .test && $0.name != wanted }
}
