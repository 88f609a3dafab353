"""Compares photonic-core with something else than itself: textbook formulas in numpy, and the published package `interferometer`.

  independent.py data DIR      writes arrays, meshes and scattering matrices made by numpy, with a suite of what is true of them
  independent.py circuits DIR PROGRAM  connects random circuits part by part with scikit-rf, has PROGRAM compute them, and compares
  independent.py physics FILE  reads what photonic-core computed and computes it anew; prints how many numbers it compared
"""

import json
import subprocess
import sys

import numpy as np
import skrf
from interferometer import square_decomposition, triangle_decomposition

RNG = np.random.default_rng(1550)
TYPES = ["f2", "f4", "f8", "c8", "c16", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "b1"]


def rotations(n, phases):
    """The SDK's rectangular mesh, as matrices that are multiplied whole."""
    matrix, k = np.eye(n, dtype=complex), 0
    for layer in range(n - 1):
        for r in range(n - 1, layer, -1):
            theta, phi = float(phases[k]), float(phases[k + 1])
            k += 2
            step = np.eye(n, dtype=complex)
            step[r - 1 : r + 1, r - 1 : r + 1] = [
                [np.cos(theta), -np.sin(theta) * np.exp(-1j * phi)], [np.sin(theta), np.cos(theta) * np.exp(-1j * phi)]]
            matrix = step @ matrix
    return np.diag(np.exp(1j * np.asarray(phases[k : k + n], dtype=float))) @ matrix


def data(folder):
    checks = []
    for kind in TYPES:
        for order in "CF":
            name = f"{kind}-{order}.npy"
            if kind == "b1":
                values = RNG.random((3, 4, 5)) < 0.5
            elif kind[0] in "iu":
                info = np.iinfo(kind)
                values = RNG.integers(info.min, info.max, (3, 4, 5), dtype=kind, endpoint=True)
            else:
                values = RNG.normal(0, 1, (3, 4, 5)).astype(kind)
                if kind[0] == "c":
                    values = (values + 1j * RNG.normal(0, 1, (3, 4, 5))).astype(kind)
            np.save(f"{folder}/{name}", np.asarray(values, order=order))
            parts = np.concatenate([values.real.ravel(), values.imag.ravel()]) if kind[0] == "c" else values.ravel()
            low, high = float(parts.min()), float(parts.max())
            checks.append(f"array: {{file: {name}, type: {values.dtype.name}, shape: [3, 4, 5], minimum: {low!r}, maximum: {high!r}}}")
    np.save(f"{folder}/scalar.npy", np.float64(0.25))
    checks.append("array: {file: scalar.npy, type: float64, minimum: 0.25, maximum: 0.25}")
    np.save(f"{folder}/empty.npy", np.zeros((0, 7)))
    checks.append("array: {file: empty.npy, shape: [0, 7]}")
    for n in (2, 3, 4, 7, 16, 33):
        for kind, order in (("f4", "C"), ("f8", "F")):
            phases = RNG.uniform(0, 2 * np.pi, n * n).astype(kind)
            np.save(f"{folder}/mesh-{n}-{kind}.npy", phases)
            np.save(f"{folder}/unitary-{n}-{kind}.npy", np.asarray(rotations(n, phases), order=order))
            checks.append(
                f"mesh: {{file: mesh-{n}-{kind}.npy, modes: {n}, matrix: unitary-{n}-{kind}.npy, deviation: 1e-12, fidelity: 0.999999999}}")
    matrices = [rotations(6, RNG.uniform(0, 6, 36)) for _ in range(5)]
    passive = np.array([0.8 * m.T @ m for m in matrices])
    for order in "CF":
        np.save(f"{folder}/passive-{order}.npy", np.asarray(passive, order=order))
        checks.append(f"scattering: {{file: passive-{order}.npy, gain: 0, reciprocity: 1e-12}}")
    active = passive.copy()
    active[3] = 1.3 * passive[3] + RNG.normal(0, 0.05, (6, 6))
    np.save(f"{folder}/active.npy", active)
    text = "version: 1\nname: independent\nchecks:\n" + "".join(f"- {check}\n" for check in checks)
    open(f"{folder}/suite.yaml", "w").write(text)
    open(f"{folder}/active.yaml", "w").write("version: 1\nname: active\nchecks:\n- scattering: {file: active.npy, gain: 0}\n")
    print(np.linalg.svd(active[3], compute_uv=False)[0] ** 2 - 1)


COMPARED = 0


def same(what, left, right, tolerance):
    global COMPARED
    left, right = np.asarray(left), np.asarray(right)
    assert left.shape == right.shape, f"{what}: {left.shape} and {right.shape}"
    worst = np.max(np.abs(left - right)) if left.size else 0
    assert worst <= tolerance, f"{what}: differs by {worst}"
    COMPARED += left.size


def matrix_of(value):
    return np.array(value["real"]) + 1j * np.array(value["imaginary"])


def decomposition(case):
    """Where the light splits, and how, is the same whoever decomposes a matrix: the phases depend on conventions, the splitting does not."""
    unitary = matrix_of(case["matrix"])
    if case["arrangement"] == "rectangular":
        theirs = square_decomposition(unitary)
        modes = [b.mode1 - 1 for b in theirs.BS_list]
    else:
        # Their triangle stands on its other side: the same with the modes counted from below.
        unitary = unitary[::-1, ::-1]
        theirs = triangle_decomposition(unitary)
        modes = [len(unitary) - b.mode2 for b in theirs.BS_list]
    same("their own matrix", theirs.calculate_transformation(), unitary, 1e-9)

    def by_mode(pairs):
        modes = {}
        for mode, power in pairs:
            modes.setdefault(mode, []).append(power)
        return [modes[mode] for mode in sorted(modes)]

    # Our own phases, in matrices of half-silvered mirrors and phases that are multiplied whole, make the matrix that they came from.
    made = np.eye(len(matrix_of(case["matrix"])), dtype=complex)
    mirror = np.array([[1, 1j], [1j, 1]]) / np.sqrt(2)
    for e in case["elements"]:
        step = np.eye(len(made), dtype=complex)
        shifts = [np.diag([np.exp(1j * angle), 1]) for angle in (e["theta"], e["phi"])]
        step[e["mode"] : e["mode"] + 2, e["mode"] : e["mode"] + 2] = mirror @ shifts[0] @ mirror @ shifts[1]
        made = step @ made
    same("our own phases", np.diag(np.exp(1j * np.array(case["outputPhases"]))) @ made, matrix_of(case["matrix"]), 1e-12)

    ours = by_mode((e["mode"], e["bar"]) for e in case["elements"])
    others = by_mode((mode, np.cos(b.theta) ** 2) for mode, b in zip(modes, theirs.BS_list))
    assert [len(o) for o in ours] == [len(o) for o in others], "another arrangement"
    for left, right in zip(ours, others):
        # Where hardly any light is left to split, the last digits are chance.
        same("splitting", left, right, 1e-5)


def ring(case):
    """Amplitudes at both couplers as one system of equations, solved at each phase: no closed form."""
    r1, r2, a = case["input"], case["drop"], case["amplitude"]
    t1, t2 = 1j * np.sqrt(1 - r1 * r1), 1j * np.sqrt(1 - r2 * r2)
    for phase, through, drop in zip(case["phases"], case["through"], case["dropped"]):
        half = np.sqrt(a) * np.exp(1j * phase / 2)
        # Unknown: after the input coupler, after the drop coupler, through, drop.
        system = np.array([[1, -r1 * half, 0, 0], [-r2 * half, 1, 0, 0], [0, -t1 * half, 1, 0], [-t2 * half, 0, 0, 1]])
        answer = np.linalg.solve(system, np.array([t1, 0, r1, 0]))
        same("ring, through", abs(answer[2]) ** 2, through, 1e-12)
        same("ring, drop", abs(answer[3]) ** 2, drop, 1e-12)


def program(*arguments):
    """What `photonic-core compute` prints."""
    return json.loads(subprocess.run(arguments, check=True, capture_output=True, text=True).stdout)["computed"]


def random_ring(folder, executable, number):
    """A ring as a circuit of two couplers and two halves of waveguide, connected port by port by scikit-rf."""
    r1, r2 = RNG.uniform(0.3, 0.99, 2)
    length, effective, group, loss = RNG.uniform(50, 400), RNG.uniform(1.8, 3), RNG.uniform(2, 4.5), RNG.uniform(0, 30)
    reference, has_drop = 1550.0, number % 2 == 0
    # Rising frequencies.
    wavelengths = np.sort(RNG.uniform(1540e-9, 1560e-9, 25))[::-1]
    case = {
        "circumferenceMicrometres": length, "effectiveIndex": effective, "groupIndex": group, "referenceNanometres": reference,
        "lossDecibelsPerCentimetre": loss, "inputSelfCoupling": r1, "resonanceNanometres": reference,
        "wavelengthsNanometres": [1550.0], "through": [0.5]}
    if has_drop:
        case |= {"dropSelfCoupling": r2, "drop": [0.5]}
    with open(f"{folder}/ring.json", "w") as file:
        json.dump(case, file)
    found = program(executable, "compute", f"{folder}/ring.json", "--wavelength", ",".join(repr(float(w)) for w in wavelengths), "--json")[0]
    frequency = skrf.Frequency.from_f(299792458 / wavelengths, unit="hz")
    metres = length * 1e-6

    def coupler(r):
        """Ports: into the bus, out of it, out of the ring, into the ring."""
        s = np.zeros((4, 4), dtype=complex)
        s[1, 0] = s[0, 1] = s[3, 2] = s[2, 3] = r
        s[3, 0] = s[0, 3] = s[1, 2] = s[2, 1] = 1j * np.sqrt(1 - r * r)
        return skrf.Network(frequency=frequency, s=np.tile(s, (len(wavelengths), 1, 1)))

    def half():
        # The index is linear in the wavelength around the reference, which is what a group index means.
        index = effective + (effective - group) / (reference * 1e-9) * (wavelengths - reference * 1e-9)
        amplitude = 10 ** (-loss * metres * 100 / 2 / 20)
        s = np.zeros((len(wavelengths), 2, 2), dtype=complex)
        s[:, 0, 1] = s[:, 1, 0] = amplitude * np.exp(1j * 2 * np.pi * index * (metres / 2) / wavelengths)
        return skrf.Network(frequency=frequency, s=s)

    parts = {"first": coupler(r1), "second": coupler(r2 if has_drop else 1.0), "there": half(), "back": half()}
    s = connected(frequency, parts, [
        ("in", "first", 0), ("through", "first", 1), ("add", "second", 0), ("drop", "second", 1)], [
        ("first", 3, "there", 0), ("there", 1, "second", 2), ("second", 3, "back", 0), ("back", 1, "first", 2)])
    same("a ring, through", np.abs(s[:, 1, 0]) ** 2, found["through"]["power"], 1e-9)
    if has_drop:
        same("a ring, drop", np.abs(s[:, 3, 0]) ** 2, found["drop"]["power"], 1e-9)


def connected(frequency, parts, ports, inner):
    """The scattering matrix of a circuit, by scikit-rf's own solver of connected ports."""
    for name, part in parts.items():
        part.name = name
    outside = {name: skrf.circuit.Circuit.Port(frequency, name=name) for name, _, _ in ports}
    return skrf.circuit.Circuit(
        [[(outside[name], 0), (parts[part], port)] for name, part, port in ports]
        + [[(parts[a], p), (parts[b], q)] for a, p, b, q in inner]).network.s


def random_mesh(folder, executable, number):
    """Half-silvered mirrors and phase shifters, each a network of its own, connected port by port."""
    n = int(RNG.integers(2, 6))
    frequency = skrf.Frequency.from_f([193.4e12], unit="hz")
    mirror = np.zeros((1, 4, 4), dtype=complex)
    # Two ports on each side; what goes in at one side leaves at the other.
    mirror[0, 2:, :2] = mirror[0, :2, 2:] = np.array([[1, 1j], [1j, 1]]) / np.sqrt(2)

    def shifter(angle):
        return skrf.Network(frequency=frequency, s=np.array([[[0, np.exp(1j * angle)], [np.exp(1j * angle), 0]]]))

    parts, inner, ends, elements = {}, [], {}, []

    def add(name, network, modes):
        """Puts a part behind what each of the modes has met so far."""
        parts[name] = network
        for place, mode in enumerate(modes):
            if mode in ends:
                inner.append((*ends[mode], name, place))
            else:
                ports.append((f"in{mode}", name, place))
            ends[mode] = (name, len(modes) + place)

    ports = []
    for index in range(int(RNG.integers(1, n * (n - 1) // 2 + 1))):
        mode, theta, phi = int(RNG.integers(0, n - 1)), *RNG.uniform(0, 2 * np.pi, 2)
        elements.append({"mode": mode, "theta": theta, "phi": phi})
        for step, angle in (("phi", phi), ("theta", theta)):
            add(f"{step}{index}", shifter(angle), [mode])
            add(f"mirror-{step}{index}", skrf.Network(frequency=frequency, s=mirror.copy()), [mode, mode + 1])
    phases = RNG.uniform(0, 2 * np.pi, n)
    for mode in range(n):
        add(f"out{mode}", shifter(phases[mode]), [mode])
    ports += [(f"end{mode}", *ends[mode]) for mode in range(n)]
    ports.sort(key=lambda port: (port[0][:2], int(port[0].strip("inedout"))))
    # "en" before "in": the ends come first.
    s = connected(frequency, parts, ports, inner)[0]
    zero = [[0.0] * n] * n
    with open(f"{folder}/mesh.json", "w") as file:
        json.dump(
            {"arrangement": "rectangular", "modes": n, "elements": elements, "outputPhases": list(phases),
             "matrix": {"real": zero, "imaginary": zero}}, file)
    found = program(executable, "compute", f"{folder}/mesh.json", "--unitary", "--json")[0]
    same("a mesh", s[:n, n:], matrix_of(found), 1e-9)


def circuits(folder, executable):
    for number in range(20):
        random_ring(folder, executable, number)
        random_mesh(folder, executable, number)
    print(COMPARED)


def cavity(case):
    """Every bounce by itself, until none is left."""
    r1, r2, turn = np.sqrt(case["first"]), np.sqrt(case["second"]), np.exp(1j * case["phase"])
    t1, t2 = 1j * np.sqrt(1 - case["first"]), 1j * np.sqrt(1 - case["second"])
    bounces = t1 * turn * t2 * (r1 * r2 * turn * turn) ** np.arange(4000)
    same("cavity", abs(bounces.sum()) ** 2, case["power"], 1e-9)


def neuron(case):
    """The potential as a sum over what came in, each part forgotten by itself."""
    power, step, tau = np.array(case["powers"]), case["step"], case["timeConstant"]
    age = step * np.arange(len(power))[::-1]
    same("neuron", (power * step * np.exp(-age / tau)).sum(), case["potential"], 1e-12)


def fidelity(case):
    left, right = matrix_of(case["left"]), matrix_of(case["right"])
    overlap = np.abs(np.vdot(left, right)) ** 2 / (np.vdot(left, left).real * np.vdot(right, right).real)
    same("fidelity", overlap, case["fidelity"], 1e-12)
    same("gain", np.linalg.norm(right, 2), case["gain"], 1e-8)
    same("inverse", np.linalg.inv(right), matrix_of(case["inverse"]), 1e-9)


CHARGE, PLANCK, LIGHT, BOLTZMANN = 1.602176634e-19, 6.62607015e-34, 299792458.0, 1.380649e-23


def waveguide_phase(length, index, group, reference, wavelength):
    # The group index is n - λ·dn/dλ, with n a straight line: the slope is what that leaves.
    slope = (index - group) / reference
    return 2 * np.pi * (index + slope * (wavelength - reference)) * length / wavelength


def coupler(kappa, length):
    """Coupled-mode equations, da/dz = iκb and db/dz = iκa, by their normal modes."""
    values, vectors = np.linalg.eigh(np.array([[0, kappa], [kappa, 0]]))
    matrix = vectors @ np.diag(np.exp(1j * values * length)) @ vectors.conj().T
    return abs(matrix[1, 0]) ** 2


def modulator(voltage, half_wave, loss, extinction):
    phase = np.pi * voltage / half_wave
    bright, dark = 10 ** (-loss / 10), 10 ** (-extinction / 10)
    return bright * (np.cos(phase / 2) ** 2 + dark * np.sin(phase / 2) ** 2)


def photons(efficiency, power, wavelength):
    return efficiency * CHARGE * power / (PLANCK * LIGHT / wavelength)


def signal_to_noise(efficiency, dark, power, wavelength, bandwidth, load, temperature):
    signal = photons(efficiency, power, wavelength)
    return signal**2 / (2 * CHARGE * (signal + dark) * bandwidth + 4 * BOLTZMANN * temperature * bandwidth / load)


def spikes(threshold, tau, refractory, *powers):
    charge, last, count = 0.0, -np.inf, 0
    for time, power in enumerate(powers):
        charge = charge * np.exp(-1 / tau) + (power if time - last >= refractory else 0)
        if charge >= threshold:
            charge, last, count = 0.0, time, count + 1
    return count


FIGURES = {
    "waveguide phase": waveguide_phase,
    "waveguide power": lambda length, loss: np.exp(-loss * 100 * length * np.log(10) / 10),
    "coupler": coupler,
    "heater": lambda voltage, half_wave: np.pi * (voltage / half_wave) ** 2,
    "junction": lambda voltage, half_wave: np.pi * voltage / half_wave,
    "modulator": modulator,
    "current": lambda efficiency, dark, power, wavelength: photons(efficiency, power, wavelength) + dark,
    "signal to noise": signal_to_noise,
    "coherence": lambda linewidth: LIGHT / (np.pi * linewidth),
    "intensity noise": lambda power, rin, bandwidth: np.sqrt(power**2 * 10 ** (rin / 10) * bandwidth),
    "spikes": spikes,
}


def device(case):
    expected = FIGURES[case["name"]](*case["inputs"])
    same(case["name"], case["value"] / expected if expected else case["value"], 1.0 if expected else 0.0, 1e-9)


def physics(file):
    document = json.load(open(file))
    for name, check in (("devices", device), ("decompositions", decomposition), ("rings", ring), ("cavities", cavity), ("neurons", neuron), ("fidelities", fidelity)):
        assert document[name], f"no {name}"
        for case in document[name]:
            check(case)
    print(COMPARED)


{"data": data, "circuits": circuits, "physics": physics}[sys.argv[1]](*sys.argv[2:])
