"""Names in OpenQASM 3: what may stand as an identifier, and what to call a thing whose own name may not."""

import re
from collections.abc import Iterable

# Words of the language, and the gates of stdgates.inc, which a program includes whether it uses them or not.
RESERVED = frozenset(
    """
    OPENQASM include defcalgrammar def cal defcal gate extern box let break continue if else end return for while in switch case default
    nop pragma input output const readonly mutable qreg qubit creg bool bit int uint float angle complex array void duration stretch gphase
    inv pow ctrl negctrl dim durationof delay reset measure barrier true false pi tau euler im U
    p x y z h s sdg t tdg sx rx ry rz cx cy cz cp crx cry crz ch swap ccx cswap cu CX phase cphase id u1 u2 u3
    sin cos tan arcsin arccos arctan exp ln sqrt mod popcount rotl rotr ceiling floor log real imag
    """.split()  # noqa: SIM905 - read as a text, not as a list
)


def name_plainly(names: Iterable[str], prefix: str, taken: Iterable[str] = ()) -> list[str]:
    """An identifier for each name, in order and all different: the name itself where it is one, else with _ for what may not stand in
    one, else prefix_0, prefix_1, …"""
    used = set(taken)
    found: list[str] = []
    for place, given in enumerate(names):
        name = re.sub(r"[^A-Za-z0-9_]", "_", given)
        if not name.isidentifier() or name in used or name in RESERVED or name.startswith("_"):
            name = f"{prefix}_{place}"
            while name in used:
                name += "_"
        used.add(name)
        found.append(name)
    return found
