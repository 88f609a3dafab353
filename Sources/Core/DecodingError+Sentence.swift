extension DecodingError {
    /// Why a document cannot be read, for people.
    public var sentence: String {
        func place(_ context: Context, _ last: (any CodingKey)? = nil) -> String {
            let keys = (context.codingPath + [last].compactMap(\.self)).map { $0.intValue.map { "[\($0)]" } ?? $0.stringValue }
            return "\"\(keys.joined(separator: "."))\""
        }
        switch self {
        case .keyNotFound(let key, let context): return "\(place(context, key)) is missing"
        case .valueNotFound(_, let context): return "\(place(context)) is empty"
        case .typeMismatch(let type, let context): return "\(place(context)) is no \(type)"
        case .dataCorrupted(let context):
            return context.codingPath.isEmpty ? "it is no JSON" : "\(place(context)) is not what it should be: \(context.debugDescription)"
        @unknown default: return "it is not what it should be"
        }
    }
}
