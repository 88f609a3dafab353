/// Numbers that look random and are the same on every machine: the fixed inputs of a witness, and the errors of a simulated chip.
///
/// Source: Steele, Lea, Flood, OOPSLA 2014. Not for secrets.
public struct SplitMix64: RandomNumberGenerator, Sendable {
    private var state: UInt64

    public init(seed: UInt64) { state = seed }

    public mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
        return mixed ^ mixed >> 31
    }

    /// Even over 0 up to 1, by a rule of its own: the standard library may change how it makes one.
    public mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }
}
