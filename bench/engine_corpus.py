"""Circuits that the engines are measured with: gate lists, so that every engine and every peer gets the same ones."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from quapsule.providers.noise import read_noise

Gate = tuple[str, tuple[int, ...], float | None]
NOISE = read_noise({"preset": "uniform", "one_qubit": 0.001, "two_qubit": 0.01, "readout": 0.02}).as_json()
DAMPING = read_noise({"depolarizing": {"two_qubit": 0.01}, "amplitude_damping": 0.01, "phase_damping": 0.02}).as_json()


@dataclass(frozen=True)
class Item:
    """All qubits are measured at the end."""

    name: str
    qubits: int
    gates: tuple[Gate, ...]
    noise: Mapping[str, Any] | None = None

    @property
    def text(self) -> str:
        """OpenQASM 3."""
        lines = ["OPENQASM 3.0;", 'include "stdgates.inc";', f"qubit[{self.qubits}] q;", f"bit[{self.qubits}] c;"]
        for name, qubits, angle in self.gates:
            lines.append(f"{name}{'' if angle is None else f'({angle!r})'} {', '.join(f'q[{qubit}]' for qubit in qubits)};")
        return "\n".join([*lines, "c = measure q;\n"])


def corpus() -> list[Item]:
    items = [Item(f"QFT, {n} q", n, _qft(n)) for n in (4, 8, 12, 16, 20)]
    items += [
        Item(f"random 2q layers, {n} q x {d}", n, _layers(n, d)) for n, d in ((4, 20), (8, 20), (12, 20), (16, 20), (20, 10), (23, 2))
    ]
    items += [Item(f"GHZ, {n} q", n, _ghz(n)) for n in (2, 10, 20, 40, 100)]
    items += [Item(f"Clifford, {n} q x {d}", n, _clifford(n, d)) for n, d in ((6, 20), (16, 20), (40, 20), (80, 10))]
    items += [Item(f"QAOA, {n} q x {p}", n, _qaoa(n, p)) for n, p in ((6, 2), (12, 2), (18, 3))]
    items += [Item(f"low entanglement, 50 q x {d}", 50, _brick(50, d)) for d in (2, 4, 8)]
    items += [Item("low entanglement, 20 q x 4", 20, _brick(20, 4))]
    items += [Item(f"noisy layers, {n} q x 5", n, _layers(n, 5), NOISE) for n in (3, 6, 9, 12)]
    items += [Item(f"noisy, damped, {n} q x 5", n, _layers(n, 5), DAMPING) for n in (4, 8)]
    return [*items, Item("noisy GHZ, 24 q", 24, _ghz(24), NOISE)]


def _qft(n: int) -> tuple[Gate, ...]:
    """Of an odd number, so that it is not a product of nothing; controlled phases in the gates that every peer has."""
    gates: list[Gate] = [("ry", (qubit,), 0.3 + qubit) for qubit in range(n)]
    for first in range(n):
        gates.append(("h", (first,), None))
        for second in range(first + 1, n):
            half = math.pi / 2 ** (second - first) / 2
            gates += [("rz", (first,), half), ("rz", (second,), half), ("cx", (first, second), None)]
            gates += [("rz", (second,), -half), ("cx", (first, second), None)]
    return tuple(gates)


def _layers(n: int, depth: int) -> tuple[Gate, ...]:
    chance, gates = np.random.default_rng(n), list[Gate]()
    for _ in range(depth):
        for qubit in range(n):
            gates += [("ry", (qubit,), float(chance.uniform(0, 6))), ("rz", (qubit,), float(chance.uniform(0, 6)))]
        gates += _matching(chance, n)
    return tuple(gates)


def _ghz(n: int) -> tuple[Gate, ...]:
    return ("h", (0,), None), *(("cx", (qubit, qubit + 1), None) for qubit in range(n - 1))


def _clifford(n: int, depth: int) -> tuple[Gate, ...]:
    chance, gates = np.random.default_rng(n), list[Gate]()
    for _ in range(depth):
        gates += [(("h", "s", "x", "z")[chance.integers(4)], (qubit,), None) for qubit in range(n)]
        gates += _matching(chance, n)
    return tuple(gates)


def _qaoa(n: int, layers: int) -> tuple[Gate, ...]:
    gates: list[Gate] = [("h", (qubit,), None) for qubit in range(n)]
    edges = sorted({(min(a, b), max(a, b)) for a in range(n) for b in ((a + 1) % n, (a + n // 2) % n) if a != b})
    for layer in range(layers):
        for first, second in edges:
            gates += [("cx", (first, second), None), ("rz", (second,), 0.5 + layer / 3), ("cx", (first, second), None)]
        gates += [("rx", (qubit,), 0.9 - layer / 4) for qubit in range(n)]
    return tuple(gates)


def _brick(n: int, depth: int) -> tuple[Gate, ...]:
    chance, gates = np.random.default_rng(n), list[Gate]()
    for layer in range(depth):
        gates += [("ry", (qubit,), float(chance.uniform(0, 1))) for qubit in range(n)]
        gates += [("cx", (qubit, qubit + 1), None) for qubit in range(layer % 2, n - 1, 2)]
    return tuple(gates)


def _matching(chance: np.random.Generator, n: int) -> list[Gate]:
    order = [int(qubit) for qubit in chance.permutation(n)]
    return [("cx", (order[place], order[place + 1]), None) for place in range(0, n - 1, 2)]
