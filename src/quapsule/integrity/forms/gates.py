"""Matrices of the gates that OpenQASM 2 and 3 and Amazon Braket name, written out here and taken from no library.

qubits[0] is the most significant bit of a matrix's index, so a control comes first and stands in the upper half.
"""

import cmath
import math
from collections.abc import Callable, Mapping
from functools import lru_cache

import numpy as np

from quapsule.integrity.meaning import Matrix

Maker = Callable[..., Matrix]
WIDEST = 9  # qubits of one matrix: 4 MiB


def _fixed(rows: list[list[complex]]) -> Matrix:
    matrix = np.array(rows, dtype=np.complex128)
    matrix.setflags(write=False)
    return matrix


def controlled(matrix: Matrix, controls: int = 1, state: int = 1) -> Matrix:
    """`state`: 1 where every control must be 1, 0 where every control must be 0."""
    small, size = matrix.shape[0], matrix.shape[0] << controls
    out = np.eye(size, dtype=np.complex128)
    if state:
        out[size - small :, size - small :] = matrix
    else:
        out[:small, :small] = matrix
    return out


_HALF = math.sqrt(0.5)
I2 = _fixed([[1, 0], [0, 1]])
X = _fixed([[0, 1], [1, 0]])
Y = _fixed([[0, -1j], [1j, 0]])
Z = _fixed([[1, 0], [0, -1]])
H = _fixed([[_HALF, _HALF], [_HALF, -_HALF]])
S = _fixed([[1, 0], [0, 1j]])
SDG = _fixed([[1, 0], [0, -1j]])
T = _fixed([[1, 0], [0, cmath.exp(0.25j * math.pi)]])
TDG = _fixed([[1, 0], [0, cmath.exp(-0.25j * math.pi)]])
SX = _fixed([[0.5 + 0.5j, 0.5 - 0.5j], [0.5 - 0.5j, 0.5 + 0.5j]])
SXDG = _fixed([[0.5 - 0.5j, 0.5 + 0.5j], [0.5 + 0.5j, 0.5 - 0.5j]])
SWAP = _fixed([[1, 0, 0, 0], [0, 0, 1, 0], [0, 1, 0, 0], [0, 0, 0, 1]])
ISWAP = _fixed([[1, 0, 0, 0], [0, 0, 1j, 0], [0, 1j, 0, 0], [0, 0, 0, 1]])
ECR = _fixed([[0, 0, _HALF, 1j * _HALF], [0, 0, 1j * _HALF, _HALF], [_HALF, -1j * _HALF, 0, 0], [-1j * _HALF, _HALF, 0, 0]])
CX = _fixed(controlled(X).tolist())
_MARGOLUS = np.diag([1, 1, 1, 1, 1, -1, 1, 1]).astype(np.complex128)
_MARGOLUS[6:, 6:] = [[0, -1j], [1j, 0]]


def phase_of(angle: float) -> Matrix:
    """A global phase: a gate on no qubit."""
    return np.array([[cmath.exp(1j * angle)]])


def p(angle: float) -> Matrix:
    return np.array([[1, 0], [0, cmath.exp(1j * angle)]])


def rx(angle: float) -> Matrix:
    c, s = math.cos(angle / 2), -1j * math.sin(angle / 2)
    return np.array([[c, s], [s, c]])


def ry(angle: float) -> Matrix:
    c, s = math.cos(angle / 2), math.sin(angle / 2)
    return np.array([[c, -s], [s, c]], dtype=np.complex128)


def rz(angle: float) -> Matrix:
    return np.array([[cmath.exp(-0.5j * angle), 0], [0, cmath.exp(0.5j * angle)]])


def r(angle: float, axis: float) -> Matrix:
    """About an axis in the equator, `axis` radians from x."""
    c, s = math.cos(angle / 2), -1j * math.sin(angle / 2)
    return np.array([[c, s * cmath.exp(-1j * axis)], [s * cmath.exp(1j * axis), c]])


def u(theta: float, phi: float, lam: float) -> Matrix:
    """Real and positive in its first corner, as OpenQASM 2, OpenQASM 3.0 and Braket have it."""
    c, s = math.cos(theta / 2), math.sin(theta / 2)
    return np.array([[c, -cmath.exp(1j * lam) * s], [cmath.exp(1j * phi) * s, cmath.exp(1j * (phi + lam)) * c]])


def u_of_31(theta: float, phi: float, lam: float) -> Matrix:
    """OpenQASM 3.1 gave U the phase that makes U(pi, 0, pi) a Pauli X times i."""
    return cmath.exp(0.5j * theta) * u(theta, phi, lam)


def u3_of_3(theta: float, phi: float, lam: float) -> Matrix:
    return cmath.exp(-0.5j * (phi + lam)) * u(theta, phi, lam)


def cu(theta: float, phi: float, lam: float, gamma: float) -> Matrix:
    return controlled(cmath.exp(1j * gamma) * u(theta, phi, lam))


def rzz(angle: float) -> Matrix:
    same, other = cmath.exp(-0.5j * angle), cmath.exp(0.5j * angle)
    return np.diag([same, other, other, same])


def rxx(angle: float) -> Matrix:
    c, s = math.cos(angle / 2), -1j * math.sin(angle / 2)
    return np.array([[c, 0, 0, s], [0, c, s, 0], [0, s, c, 0], [s, 0, 0, c]])


def ryy(angle: float) -> Matrix:
    c, s = math.cos(angle / 2), -1j * math.sin(angle / 2)
    return np.array([[c, 0, 0, -s], [0, c, s, 0], [0, s, c, 0], [-s, 0, 0, c]])


def xy(angle: float) -> Matrix:
    c, s = math.cos(angle / 2), 1j * math.sin(angle / 2)
    return np.array([[1, 0, 0, 0], [0, c, s, 0], [0, s, c, 0], [0, 0, 0, 1]])


def pswap(angle: float) -> Matrix:
    e = cmath.exp(1j * angle)
    return np.array([[1, 0, 0, 0], [0, 0, e, 0], [0, e, 0, 0], [0, 0, 0, 1]])


def gpi(axis: float) -> Matrix:
    """Half a turn about an axis in the equator, with the phase of IonQ's definition."""
    return np.array([[0, cmath.exp(-1j * axis)], [cmath.exp(1j * axis), 0]])


def gpi2(axis: float) -> Matrix:
    return r(math.pi / 2, axis)


def ms(first: float, second: float, angle: float = math.pi / 2) -> Matrix:
    c, s = math.cos(angle / 2), -1j * math.sin(angle / 2)
    both, between = cmath.exp(1j * (first + second)), cmath.exp(1j * (first - second))
    out = np.array([[c, 0, 0, s / both], [0, c, s / between, 0], [0, s * between, c, 0], [s * both, 0, 0, c]])
    return out.astype(np.complex128)


def _at(index: int) -> Maker:
    """The phase on one of the four states of two qubits."""

    def make(angle: float) -> Matrix:
        values = [1.0 + 0j] * 4
        values[index] = cmath.exp(1j * angle)
        return np.diag(values)

    return make


def _once(matrix: Matrix) -> tuple[tuple[int, ...], Maker]:
    matrix = np.ascontiguousarray(matrix)
    matrix.setflags(write=False)
    return (0,), lambda: matrix


def _of(parameters: int, maker: Maker) -> tuple[tuple[int, ...], Maker]:
    return (parameters,), maker


def _con(maker: Maker) -> Maker:
    return lambda *values: controlled(maker(*values))


Table = Mapping[str, tuple[tuple[int, ...], Maker]]

_SHARED: dict[str, tuple[tuple[int, ...], Maker]] = {
    "h": _once(H), "x": _once(X), "y": _once(Y), "z": _once(Z), "s": _once(S), "t": _once(T),
    "rx": _of(1, rx), "ry": _of(1, ry), "rz": _of(1, rz),
    "cy": _once(controlled(Y)), "cz": _once(controlled(Z)), "swap": _once(SWAP), "cswap": _once(controlled(SWAP)),
}  # fmt: skip
_QISKIT_NAMES: dict[str, tuple[tuple[int, ...], Maker]] = {
    **_SHARED,
    "id": _once(I2), "sdg": _once(SDG), "tdg": _once(TDG), "sx": _once(SX), "p": _of(1, p), "u1": _of(1, p),
    "cx": _once(CX), "CX": _once(CX), "ch": _once(controlled(H)), "ccx": _once(controlled(X, 2)),
    "cp": _of(1, _con(p)), "crx": _of(1, _con(rx)), "cry": _of(1, _con(ry)), "crz": _of(1, _con(rz)), "cu": _of(4, cu),
}  # fmt: skip
OPENQASM3: Table = {
    **_QISKIT_NAMES,
    "phase": _of(1, p), "cphase": _of(1, _con(p)), "u3": _of(3, u3_of_3), "u2": _of(2, lambda phi, lam: u3_of_3(math.pi / 2, phi, lam)),
}  # fmt: skip
OPENQASM2: Table = {
    **_QISKIT_NAMES,
    "U": _of(3, u), "u": _of(3, u), "u3": _of(3, u), "u2": _of(2, lambda phi, lam: u(math.pi / 2, phi, lam)), "u0": _of(1, lambda _: I2),
    "sxdg": _once(SXDG), "rxx": _of(1, rxx), "rzz": _of(1, rzz), "cu1": _of(1, _con(p)), "cu3": _of(3, _con(u)),
    "csx": _once(controlled(SX)), "rccx": _once(_MARGOLUS), "c3x": _once(controlled(X, 3)), "c4x": _once(controlled(X, 4)),
    "c3sqrtx": _once(controlled(SX, 3)), "c3sx": _once(controlled(SX, 3)),
}  # fmt: skip
BRAKET: Table = {
    **_SHARED,
    "i": _once(I2), "si": _once(SDG), "ti": _once(TDG), "v": _once(SX), "vi": _once(SXDG), "cv": _once(controlled(SX)),
    "cnot": _once(CX), "ccnot": _once(controlled(X, 2)), "ecr": _once(ECR), "iswap": _once(ISWAP), "pswap": _of(1, pswap),
    "phaseshift": _of(1, p), "cphaseshift": _of(1, _at(3)), "cphaseshift00": _of(1, _at(0)), "cphaseshift01": _of(1, _at(1)),
    "cphaseshift10": _of(1, _at(2)), "xx": _of(1, rxx), "yy": _of(1, ryy), "zz": _of(1, rzz), "xy": _of(1, xy),
    "prx": _of(2, r), "gpi": _of(1, gpi), "gpi2": _of(1, gpi2), "ms": ((2, 3), ms), "U": _of(3, u),
}  # fmt: skip


@lru_cache(maxsize=4096)
def matrix_of(maker: Maker, values: tuple[float, ...]) -> Matrix:
    """The gate's matrix, shared and not to be written to."""
    matrix = maker(*values).astype(np.complex128, copy=False)
    matrix.setflags(write=False)
    return matrix
