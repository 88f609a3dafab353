/// Exact constants of the SI. Source: CODATA 2018, Rev. Mod. Phys. 93, 025010 (2021).
public enum PhysicalConstants {
    /// h, in joule seconds.
    public static let planck = 6.62607015e-34
    /// q, in coulombs.
    public static let elementaryCharge = 1.602176634e-19
    /// k, in joules per kelvin.
    public static let boltzmann = 1.380649e-23
    /// c, in metres per second.
    public static let speedOfLight = 299_792_458.0
}
