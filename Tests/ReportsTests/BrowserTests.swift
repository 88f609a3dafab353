import Foundation
import TestSupport
import Testing

@testable import Reports

/// The page in a real browser: see Tests/Support/browser.py.
@Suite(.serialized) struct BrowserTests {
    private static let support = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "../Support").standardized.path

    @Test(arguments: HTMLReportTests.reports) func itLooksRightAtEverySizeToEverybody(name: String) throws {
        let folder = ProcessInfo.processInfo.environment["REKINDLE_PAGES"].map { URL(fileURLWithPath: $0) }
        let place = (folder ?? FileManager.default.temporaryDirectory).appending(path: "page-\(name.replacing(" ", with: "-"))-\(UUID())")
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        defer { if folder == nil { try? FileManager.default.removeItem(at: place) } }
        let page = place.appending(path: "report.html")
        try HTMLReport.page(try HTMLReportTests.report(name)).write(to: page, atomically: true, encoding: .utf8)
        let look = "exec \"$(bash \(Self.support)/python.sh)\" \(Self.support)/browser.py '\(page.path)' '\(place.path)' 2>&1"
        let (status, output) = try HTMLReportTests.run(["bash", "-c", look])
        #expect(status == 0, "\(output)")
    }
}
