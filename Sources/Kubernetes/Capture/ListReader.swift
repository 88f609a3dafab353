import HTTP

/// Reads one list, page by page, object by object.
struct ListReader {
    /// As kubectl has it.
    private static let pageSize = 500
    /// After so many restarts the list is asked for in one piece.
    private static let restartsMax = 3

    let client: APIClient
    let list: CaptureList
    let selector: String?
    /// How often a request is sent at most.
    let attempts: Int

    /// - Parameters:
    ///   - restarted: what came so far is void.
    ///   - broken: is given an object that cannot be read, in its bytes; what it throws ends the list, as without it the problem does.
    ///   - each: one object, as the server gave it, with its kind and version.
    func read(
        restarted: () async throws -> Void, broken: ([UInt8], JSONProblem) async throws -> Void = { throw $1 },
        each: (ManifestValue) async throws -> Void
    ) async throws {
        func item(_ bytes: [UInt8]) async throws {
            let value: ManifestValue
            do { value = try JSONReader.value(bytes[...]) } catch { return try await broken(bytes, error) }
            try await each(completed(value))
        }
        var restarts = 0
        while true {
            do {
                return try await readPages(size: restarts < Self.restartsMax ? Self.pageSize : nil, restarted, item)
            } catch let error as APIRefusal where error.status == 410 && restarts < Self.restartsMax {
                // The server no longer has the state that the list began with.
                restarts += 1
                try await restarted()
            }
        }
    }

    private func readPages(size: Int?, _ restarted: () async throws -> Void, _ each: ([UInt8]) async throws -> Void) async throws {
        var token: String?
        repeat {
            var query = size.map { [("limit", "\($0)")] } ?? []
            if let selector, list.resource.isNamespaced { query.append(("labelSelector", selector)) }
            if let token { query.append(("continue", token)) }
            let request = APIClient.Request(path: list.resource.path(namespace: list.namespace), query: query)
            let (isFirst, last) = (token == nil, token)
            token = try await client.attempts(attempts).run { attempt in
                // A further page is the same when it is asked for again; the first may not be.
                if attempt > 1, isFirst { try await restarted() }
                return try await readPage(request, each)
            }
            guard token == nil || token != last else {
                throw ClusterError(.refused, "\(client.what(request)) answered with the same page again")
            }
        } while token != nil
    }

    /// Returns where the next page begins.
    private func readPage(_ request: APIClient.Request, _ each: ([UInt8]) async throws -> Void) async throws -> String? {
        var splitter = ListSplitter()
        do {
            try await client.stream(request) { bytes in
                for item in try splitter.feed(bytes) { try await each(item) }
            }
            guard splitter.isComplete else { throw JSONProblem(offset: splitter.envelope.count, why: "it breaks off") }
            let envelope = try JSONReader.value(splitter.envelope[...])
            guard let kind = envelope["kind"]?.string, kind.hasSuffix("List") else {
                throw JSONProblem(offset: 0, why: "it is no list but \(envelope["kind"]?.literal ?? "something else")")
            }
            // Whatever had been cut out of it: what is left must be an empty list, as it was found.
            guard let items = envelope["items"], items.isNull || items == .sequence([]) else {
                throw JSONProblem(offset: 0, why: "its items are no list of objects")
            }
            return envelope["metadata"]?["continue"]?.text
        } catch let problem as JSONProblem {
            throw ClusterError(.refused, "\(client.what(request)) answered with no list: \(problem)")
        }
    }

    /// Lists of Kubernetes' own kinds say kind and version once for all.
    private func completed(_ item: ManifestValue) -> ManifestValue {
        guard item["kind"] == nil else { return item }
        return item.setting("apiVersion", to: .string(list.resource.apiVersion)).setting("kind", to: .string(list.resource.kind))
    }
}
