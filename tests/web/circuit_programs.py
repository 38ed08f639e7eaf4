"""Programs whose meaning the parser of the pages has to get right; see circuits.py."""

# ruff: noqa: E501  # a program stands on one line, so that the list can be read
# fmt: off

from typing import Any

# A state without symmetries, so that no two qubits, signs or orders can be taken for each other.
_STIRRED = """u3(0.4, 0.2, 0.9) q[0];
u3(1.1, -0.7, 0.3) q[1];
u3(2.0, 1.3, -0.4) q[2];
cx q[0], q[1];
cx q[1], q[2];
"""
_THREE = 'OPENQASM 3.0;\ninclude "stdgates.inc";\nqubit[3] q;\n' + _STIRRED
_TWO = 'OPENQASM 2.0;\ninclude "qelib1.inc";\nqreg q[3];\ncreg c[3];\n' + _STIRRED
_BITS = 'OPENQASM 3.0;\ninclude "stdgates.inc";\nqubit[3] q;\nbit[3] c;\n' + _STIRRED

# After _THREE.
_UNITARY_3 = {
    "all gates of one qubit": "x q[0]; y q[1]; z q[2]; h q[0]; s q[1]; sdg q[2]; t q[0]; tdg q[1]; sx q[2]; id q[0];",
    "rotations": "rx(0.3) q[0]; ry(-1.2) q[1]; rz(2.5) q[2]; p(0.6) q[0]; phase(0.7) q[1]; u1(0.8) q[2];",
    "u2 and u3": "u2(0.3, 1.1) q[0]; u3(0.2, -0.4, 0.9) q[1]; U(0.5, 0.1, 0.2) q[2];",
    "controlled gates": "cx q[2], q[0]; cy q[0], q[2]; cz q[1], q[2]; ch q[2], q[1]; CX q[1], q[0];",
    "controlled rotations": "cp(0.3) q[0], q[2]; cphase(0.9) q[1], q[0]; crx(0.4) q[2], q[0]; cry(0.5) q[0], q[1]; crz(0.6) q[1], q[2];",
    "cu": "cu(0.3, 0.8, -0.6, 1.4) q[2], q[0];",
    "of three qubits": "ccx q[2], q[0], q[1]; cswap q[1], q[2], q[0]; swap q[0], q[2];",
    "ctrl": "ctrl @ h q[2], q[0]; ctrl(2) @ x q[1], q[2], q[0];",
    "negctrl": "negctrl @ ry(0.7) q[0], q[2]; negctrl(2) @ x q[1], q[2], q[0];",
    "mixed controls": "ctrl @ negctrl @ rx(1.3) q[0], q[2], q[1]; negctrl @ ctrl @ sx q[2], q[1], q[0];",
    "control of a control": "ctrl @ cx q[2], q[0], q[1]; negctrl @ crz(0.5) q[1], q[0], q[2];",
    "control of U is a phase": "ctrl @ U(0.4, 0.3, 0.9) q[0], q[2]; ctrl @ u2(0.3, 0.5) q[1], q[0]; ctrl @ u3(0.7, 0.1, 0.2) q[2], q[1];",
    "control of rz and p differ": "ctrl @ rz(0.9) q[0], q[1]; ctrl @ p(0.9) q[1], q[2];",
    "inverse": "inv @ s q[0]; inv @ rx(0.4) q[1]; inv @ cu(0.3, 0.2, 0.1, 0.5) q[2], q[0]; inv @ inv @ t q[1];",
    "inverse of sx under control": "ctrl @ inv @ sx q[1], q[0]; inv @ ctrl @ sx q[2], q[1];",
    "whole powers": "pow(3) @ sx q[0]; pow(-2) @ t q[1]; pow(0) @ x q[2]; pow(2) @ U(0.3, 0.4, 0.5) q[0];",
    "roots": "pow(0.5) @ x q[0]; pow(1/3.0) @ h q[1]; pow(-0.25) @ y q[2]; pow(0.3) @ U(0.3, 0.4, 0.5) q[0];",
    "root of a turn": "pow(0.5) @ p(4.0) q[0]; pow(0.5) @ rx(7.0) q[1]; ctrl @ pow(0.5) @ rz(7.0) q[0], q[2]; pow(0.5) @ cp(5.0) q[1], q[2];",
    "root of a controlled turn": "pow(0.5) @ crx(7.0) q[0], q[1]; pow(0.5) @ ctrl @ ry(7.0) q[2], q[1]; pow(0.5) @ ctrl @ p(4.0) q[0], q[2];",
    "root of u1 is principal": "pow(0.5) @ u1(4.0) q[0]; pow(0.5) @ phase(4.0) q[1]; pow(0.5) @ cphase(4.0) q[1], q[0];",
    "root of an inverse": "pow(0.5) @ inv @ p(4.0) q[0]; pow(0.5) @ inv @ rx(7.0) q[1]; inv @ pow(0.5) @ ctrl @ p(4.0) q[2], q[0]; pow(0.5) @ inv @ u1(4.0) q[2];",
    "root of a power": "pow(0.5) @ pow(2) @ p(4.0) q[0]; pow(0.5) @ pow(0.5) @ p(4.0) q[1]; pow(0.5) @ pow(-1) @ rx(7.0) q[2]; pow(0.5) @ ctrl @ cp(4.0) q[0], q[2], q[1];",
    "root of swap": "pow(0.5) @ swap q[0], q[2]; pow(-0.3) @ swap q[2], q[1];",
    "root of cx and ccx": "pow(0.5) @ cx q[2], q[0]; pow(0.25) @ ccx q[1], q[0], q[2];",
    "powers of powers": "pow(2) @ pow(0.25) @ x q[1]; pow(0.5) @ inv @ s q[0]; inv @ pow(0.5) @ h q[2];",
    "root under control": "ctrl @ pow(0.5) @ x q[0], q[1]; negctrl @ pow(1.5) @ z q[2], q[0];",
    "gphase": "gphase(0.7); gphase(pi / 3);",
    "gphase under control": "ctrl @ gphase(0.7) q[1]; negctrl @ gphase(0.4) q[0]; ctrl @ negctrl @ gphase(1.1) q[2], q[0];",
    "powers of gphase under control": "ctrl @ pow(0.5) @ gphase(0.8) q[1]; pow(2) @ ctrl @ gphase(0.3) q[0]; inv @ ctrl(2) @ gphase(0.9) q[0], q[2];",
    "gphase over a register": "ctrl @ gphase(0.4) q;",
    "own gate": "gate g a, b { h a; cx a, b; t b; } g q[2], q[0]; g q[0], q[1];",
    "parameters in their order": "gate g(zeta, alpha) a { rx(zeta) a; rz(alpha) a; ry(zeta - alpha) a; } g(0.3, 1.1) q[1]; g(0.9, 0.2) q[2];",
    "own gate under control": "gate g(a) x, y { rx(a) x; cx x, y; rz(a / 2) y; } ctrl @ g(0.6) q[2], q[0], q[1]; negctrl @ g(0.4) q[1], q[2], q[0];",
    "own gate with a phase under control": "gate g(a) x { gphase(a); ry(a) x; } ctrl @ g(0.6) q[2], q[0]; ctrl(2) @ g(0.3) q[0], q[1], q[2];",
    "own phase gate": "gate ph(a) x { ctrl @ gphase(a) x; } ph(0.8) q[0]; ctrl @ ph(0.5) q[1], q[2];",
    "inverse of an own gate": "gate g(a) x, y { rx(a) x; cx x, y; u3(0.2, a, 0.3) y; gphase(a); } inv @ g(0.5) q[1], q[0]; ctrl @ inv @ g(0.7) q[0], q[2], q[1];",
    "power of an own gate": "gate g(a) x, y { rx(a) x; cx x, y; } pow(3) @ g(0.5) q[0], q[2]; pow(-2) @ g(0.4) q[2], q[1]; pow(0) @ g(1) q[0], q[1];",
    "root of an own gate": "gate g(a) x, y { rx(a) x; cx y, x; crz(0.4) x, y; } pow(0.5) @ g(0.9) q[2], q[0]; ctrl @ pow(0.3) @ g(0.4) q[0], q[1], q[2];",
    "root of an own gate with a phase": "gate g(a) x { gphase(a); rx(0.3) x; h x; } pow(0.4) @ g(0.9) q[1]; ctrl @ pow(0.5) @ g(0.2) q[0], q[2];",
    "gates in gates": "gate f(t) x { rz(t) x; sx x; } gate g(a, b) x, y { f(b) y; ctrl @ f(a * b) x, y; inv @ f(a) x; } g(0.3, 0.9) q[2], q[1]; ctrl @ g(0.2, 0.4) q[0], q[2], q[1];",
    "gate with a loop": "gate g(a) x, y { for int i in [1:3] { rx(a * i) x; cx x, y; } } g(0.2) q[0], q[2];",
    "gate with a constant": "const float k = 0.35; gate g(a) x { ry(k * a) x; } g(2) q[1];",
    "gate of nothing": "gate g a { } g q[0]; ctrl @ g q[1], q[2];",
    "U in a gate": "gate g(a) x { U(a, 0.2, 0.3) x; } ctrl @ g(0.4) q[0], q[1];",
    "registers side by side": "qubit[3] r; h r; cx q, r; crz(0.3) r[0], q;",
    "one qubit with each of a register": "qubit r; ry(0.3) r; cx r, q; cp(0.7) q, r;",
    "parts of registers": "h q[0:1]; rz(0.3) q[{0, 2}]; rx(0.4) q[0:2:2]; ry(0.2) q[-1]; cx q[{2, 0}], q[{0, 1}];",
    "part of a part": "rx(0.3) q[1:2][1]; ry(0.8) q[{2, 0}][1];",
    "aliases": "let a = q[{2, 0}]; rx(0.3) a[0]; cx a[1], a[0]; let b = q[1:1] ++ a; rz(0.6) b[1]; ry(0.4) b[2];",
    "joined without a name": "let all = q[2:2] ++ q[0:1]; u3(0.1, 0.2, 0.3) all[0]; cx all[0:1], all[1:2];",
    "arithmetic": "rx(pi / 4 + 2 * 0.1 - -0.3) q[0]; ry((1 + 2) * 0.2 ** 2) q[1]; rz(-0.5 ** 2) q[2]; rx(2 ** 3 ** 2 / 100.0) q[1];",
    "whole numbers divide without a rest": "rx(1 / 2) q[0]; rx(7 / 2) q[1]; rx(-7 / 2 + 7 % 3) q[2]; ry(7 / 2.0) q[0]; rz(5.5 % 2) q[1];",
    "functions": "rx(sin(0.3) + cos(0.2) * tan(0.1)) q[0]; ry(arcsin(0.3) - arccos(0.2) + arctan(2)) q[1]; rz(sqrt(2) * exp(0.2) + log(3)) q[2]; rx(floor(2.7) + ceiling(0.2)) q[0];",
    "constants of nature": "rx(π / 3) q[0]; ry(tau / 5) q[1]; rz(τ - euler) q[2]; rx(ℇ) q[1];",
    "numbers in all bases": "rx(0x1F / 10.0) q[0]; ry(0b1011 / 7.0) q[1]; rz(1_000 * 1e-3) q[2]; rx(.5) q[1]; ry(0o17 / 9.0) q[2];",
    "own constants": "const int n = 2; const float w = pi / n; const uint m = n * 3 - 1; const angle v = w / 3; rx(w * m) q[n]; ry(v) q[n - 1];",
    "loops": "for int i in [0:2] { rx(0.1 * (i + 1)) q[i]; } for uint i in {2, 0} { ry(0.3 * i) q[i]; } for int i in [2:-1:1] cx q[i], q[i - 1];",
    "loops in loops": "for int i in [0:2] { for int j in [0:i - 1] { cp(pi / 2 ** (i - j)) q[j], q[i]; } h q[i]; }",
    "box": "box { h q[0]; cx q[0], q[2]; }",
    "barriers": "barrier q; h q[0]; barrier q[0], q[1]; h q[1]; barrier;",
    "annotation": "@keep this\nrx(0.3) q[0];",
    "comments": "// h q[0];\nrx(0.3) /* h q[0]; */ q[1]; /* over\nlines */ ry(0.2) q[2];",
}
# After _TWO.
_UNITARY_2 = {
    "qelib1, one qubit": "x q[0]; y q[1]; z q[2]; h q[0]; s q[1]; sdg q[2]; t q[0]; tdg q[1]; sx q[2]; sxdg q[0]; id q[1]; u0(1) q[0];",
    "qelib1, rotations": "rx(0.3) q[0]; ry(0.4) q[1]; rz(0.5) q[2]; p(0.6) q[0]; u1(0.7) q[1]; u2(0.8, 0.9) q[2]; u3(1, 2, 3) q[0]; u(3, 2, 1) q[1];",
    "qelib1, two qubits": "cx q[2], q[0]; cz q[0], q[1]; cy q[1], q[2]; ch q[2], q[1]; swap q[0], q[2]; csx q[1], q[0]; CX q[0], q[2];",
    "qelib1, controlled rotations": "crx(0.3) q[0], q[2]; cry(0.4) q[1], q[0]; crz(0.5) q[2], q[1]; cu1(0.6) q[0], q[1]; cp(0.7) q[2], q[0]; cu3(0.1, 0.2, 0.3) q[1], q[2]; cu(0.4, 0.3, 0.2, 0.1) q[0], q[2];",
    "qelib1, pairs": "rxx(0.3) q[0], q[2]; rzz(0.7) q[1], q[0];",
    "qelib1, three qubits": "ccx q[2], q[0], q[1]; cswap q[1], q[0], q[2]; rccx q[0], q[2], q[1];",
    "qelib1, four and five qubits": "qreg r[2]; ry(0.3) r[0]; ry(1.4) r[1]; c3x q[0], q[1], q[2], r[0]; rc3x r[1], q[2], q[0], q[1]; c3sqrtx q[2], r[0], r[1], q[1]; c4x q[0], q[1], q[2], r[1], r[0];",
    "version 2 divides into fractions": "rx(1/2) q[0]; ry(7/2 - 3) q[1]; rz(2^3^2/100) q[2]; rx(-2^2/10) q[1];",
    "version 2 functions": "rx(sin(0.3)+cos(0.2)) q[0]; ry(tan(0.4)*exp(0.1)) q[1]; rz(ln(2)+sqrt(3)-pi/8) q[2];",
    "version 2 own gate": "gate g(b,a) x,y { rx(a) x; cx x,y; barrier x,y; u1(b) y; } g(0.3,0.9) q[2],q[0]; g(pi/3,1) q[1],q[2];",
    "version 2 gates in gates": "gate f(t) x { U(t,0.2,0.3) x; } gate g(t) x,y { f(t/2) x; CX y,x; f(-t) y; } g(0.8) q[0],q[2];",
    "version 2 broadcasting": "qreg r[3]; h r; cx q,r; cz r[1],q; barrier q,r; rz(0.3) r;",
}
# After _BITS; what is measured on the way decides what follows.
_DYNAMIC_3 = {
    "measured whole": "c = measure q;",
    "measured by arrow": "measure q -> c;",
    "measured crosswise": "c[0] = measure q[2]; c[2] = measure q[0]; measure q[1] -> c[1];",
    "measured in parts": "c[0:1] = measure q[{2, 0}]; rx(0.3) q[1]; c[2] = measure q[1];",
    "measured where declared": "bit[3] d = measure q; bit e = measure q[1];",
    "reset": "reset q[1]; rx(0.4) q[1]; cx q[1], q[0]; c = measure q; reset q;",
    "condition on a bit": "c[1] = measure q[1]; if (c[1]) { rx(0.7) q[0]; } c[0] = measure q[0];",
    "condition on a bit that is 0": "c[1] = measure q[1]; if (!c[1]) rx(0.7) q[0]; if (c[1] == false) ry(0.2) q[2]; if (c[1] == 0) h q[0];",
    "condition on a register": "c = measure q; if (c == 5) { x q[0]; rx(0.3) q[1]; } if (c == 2) h q[2];",
    "condition on a part": "c = measure q; if (c[0:1] == 2) { rx(0.3) q[1]; } if (c[{2, 0}] == 1) ry(0.4) q[0];",
    "condition in bits": 'c = measure q; if (c == "011") rx(0.3) q[1];',
    "else": "c[0] = measure q[0]; if (c[0] == 1) { rx(0.3) q[1]; } else { ry(0.6) q[1]; h q[2]; }",
    "else of a register": "c = measure q; if (c == 3) { h q[0]; } else { rx(0.4) q[0]; ry(0.3) q[2]; }",
    "else if": "c = measure q; if (c[0]) rx(0.3) q[0]; else if (c[1]) ry(0.4) q[1]; else h q[2];",
    "and, or, not": "c = measure q; if (c[0] && !c[2]) rx(0.3) q[0]; if (c[1] || c[2]) ry(0.4) q[1]; if (!(c[0] || c[1])) h q[2];",
    "comparisons": "c = measure q; if (c > 4) rx(0.3) q[0]; if (c <= 2) ry(0.4) q[1]; if (c != 6) h q[2]; if (3 < c) rx(0.2) q[1]; if (c >= 5) ry(0.1) q[0]; if (c < 3) sx q[2];",
    "branches in branches": "c = measure q; if (c[0]) { rx(0.2) q[0]; if (c[1]) { ry(0.3) q[1]; } else { h q[2]; } }",
    "measured in a branch": "c[0] = measure q[0]; if (c[0]) { c[1] = measure q[1]; } else { h q[1]; c[2] = measure q[2]; }",
    "measured last into what decides": "c[0] = measure q[0]; if (c[0]) { h q[0]; c[0] = measure q[0]; } rx(0.4) q[1]; c[1] = measure q[1];",
    "reset in a branch": "c[0] = measure q[0]; if (c[0]) { reset q[1]; } else { reset q[2]; }",
    "gphase in a branch": "c[0] = measure q[0]; if (c[0]) { gphase(0.3); ctrl @ gphase(0.5) q[1]; } h q[1]; c[1] = measure q[1];",
    "two registers": "bit[2] d; c = measure q; h q[0]; d[1] = measure q[0]; if (d == 2) { if (c[2]) { rx(0.3) q[1]; } }",
    "loop over measurements": "for int i in [0:2] { c[i] = measure q[2 - i]; if (c[i]) rx(0.2 * (i + 1)) q[i]; }",
    "a branch that is always taken": "if (true) rx(0.3) q[0]; if (false) x q[1]; else ry(0.4) q[2]; c = measure q;",
}
# After _TWO.
_DYNAMIC_2 = {
    "version 2 condition": "measure q[1] -> c[1]; if (c==2) rx(0.4) q[0]; measure q[0] -> c[0]; if (c==3) x q[2]; measure q[2] -> c[2];",
    "version 2 condition over a register": "measure q -> c; if (c==5) h q; measure q -> c;",
    "version 2 condition on a measurement": "measure q[0] -> c[0]; h q; if (c==1) measure q -> c;",
    "version 2 condition that never holds": "measure q -> c; if (c==9) x q[0];",
    "version 2 reset": "reset q[1]; measure q[0] -> c[0]; if (c==1) reset q; h q[1]; measure q -> c;",
}
_WHOLE = {
    "no version": 'include "stdgates.inc"; qubit[2] q; ry(0.3) q[0]; cx q[0], q[1];',
    "version 3.1 has another U": 'OPENQASM 3.1; include "stdgates.inc"; qubit[2] q; h q[0]; ctrl @ U(0.7, 0.2, 0.4) q[0], q[1];',
    "no include": "OPENQASM 3.0; gate h a { U(pi/2, 0, pi) a; } gate cx a, b { ctrl @ U(pi, 0, pi) a, b; } qubit[2] q; h q[0]; cx q[0], q[1];",
    "version 2 without include": "OPENQASM 2.0; gate h a { U(pi/2,0,pi) a; } qreg q[2]; h q[0]; CX q[0],q[1]; rzz(0.3) q[0],q[1]; sx q[1];",
    "hardware qubits": 'OPENQASM 3; include "stdgates.inc"; bit[2] c; ry(0.3) $0; cx $0, $2; c[0] = measure $2; c[1] = measure $0;',
    "many registers": 'OPENQASM 3.0; include "stdgates.inc"; qubit a; qubit[2] b; bit v; bit[2] w; ry(0.4) a; ry(1.1) b[1]; cx a, b[0]; w[0] = measure a; v = measure b[1];',
    "old declarations in 3": 'OPENQASM 3.0; include "stdgates.inc"; qreg q[2]; creg c[2]; rx(0.3) q[0]; cx q[0], q[1]; measure q -> c;',
    "a lone bit at 0": 'OPENQASM 3.0; include "stdgates.inc"; qubit q; bit c = 0; ry(0.7) q; c = measure q; if (c) x q;',
}
_WITH_INPUTS = {
    "inputs": (
        'OPENQASM 3.0; include "stdgates.inc"; input float theta; input angle alpha; qubit[2] q; rx(theta) q[0]; cp(2.5 * alpha - theta / 3) q[0], q[1]; ry(sin(theta)) q[1];',
        {"theta": 0.7, "alpha": -1.3},
    ),
}


def programs() -> list[dict[str, Any]]:
    """Every program with its inputs."""
    whole = {name: _THREE + text for name, text in _UNITARY_3.items()} | {name: _TWO + text for name, text in _UNITARY_2.items()}
    whole |= {name: _BITS + text for name, text in _DYNAMIC_3.items()} | {name: _TWO + text for name, text in _DYNAMIC_2.items()}
    whole |= _WHOLE
    plain = [{"name": name, "qasm": text, "inputs": {}} for name, text in whole.items()]
    return plain + [{"name": name, "qasm": text, "inputs": inputs} for name, (text, inputs) in _WITH_INPUTS.items()]
