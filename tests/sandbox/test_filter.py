"""The assembled filter, run instruction by instruction for both architectures: this machine's kernel can try only one of them."""

import errno
import struct

import pytest

from quapsule.sandbox.seccomp import DENIED, build_filter

ALLOW, KILL = 0x7FFF0000, 0x80000000
ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
COLUMN = {"x86_64": 0, "aarch64": 1}
CLONE, SOCKET, SOCKETPAIR, IOCTL = (56, 220), (41, 198), (53, 199), (16, 29)


def judge(program: bytes, arch: int, number: int, *arguments: int) -> int:
    """What the kernel would return for a call."""
    data = struct.pack("=iIQ6Q", number, arch, 0, *(*arguments, 0, 0, 0, 0, 0, 0)[:6])
    place = accumulator = 0
    while True:
        code, then, other, value = struct.unpack_from("=HBBI", program, place * 8)
        place += 1
        match code:
            case 0x20:
                (accumulator,) = struct.unpack_from("=I", data, value)
            case 0x15:
                place += then if accumulator == value else other
            case 0x35:
                place += then if accumulator >= value else other
            case 0x45:
                place += then if accumulator & value else other
            case 0x06:
                return value
            case _:
                raise AssertionError(f"unknown instruction {code:#x}")


def refused(number: int) -> int:
    return 0x00050000 | number


@pytest.mark.parametrize("machine", ARCH)
def test_every_denied_call_is_refused_and_nothing_next_to_it(machine):
    program, column = build_filter(machine), COLUMN[machine]
    numbers = {numbers[column] for numbers in DENIED.values()} - {None}
    special = {CLONE[column], 435, SOCKET[column], SOCKETPAIR[column], IOCTL[column]}
    for number in range(480):
        expected = refused(errno.EPERM) if number in numbers else ALLOW
        if number not in special:
            assert judge(program, ARCH[machine], number) == expected, number


@pytest.mark.parametrize("machine", ARCH)
def test_arguments_decide_where_the_call_alone_does_not(machine):
    program, column, arch = build_filter(machine), COLUMN[machine], ARCH[machine]
    for family in range(50):
        expected = ALLOW if family in (1, 2, 10) else refused(errno.EAFNOSUPPORT)
        assert judge(program, arch, SOCKET[column], family) == expected
        assert judge(program, arch, SOCKETPAIR[column], family) == (ALLOW if family == 1 else refused(errno.EAFNOSUPPORT))
    for flag in (0x00020000, 0x02000000, 0x04000000, 0x08000000, 0x10000000, 0x20000000, 0x40000000):
        assert judge(program, arch, CLONE[column], flag | 17) == refused(errno.EPERM)
    assert judge(program, arch, CLONE[column], 0x003D0F00) == ALLOW, "a thread"
    assert judge(program, arch, CLONE[column], 17) == ALLOW, "a fork"
    assert judge(program, arch, 435) == refused(errno.ENOSYS)
    assert judge(program, arch, IOCTL[column], 0, 0x5412) == judge(program, arch, IOCTL[column], 0, 0x541C) == refused(errno.EPERM)
    assert judge(program, arch, IOCTL[column], 0, 0x5401) == ALLOW


@pytest.mark.parametrize("machine", ARCH)
def test_calls_of_another_architecture_kill(machine):
    program = build_filter(machine)
    for arch in (0x40000003, 0x40000028, *(set(ARCH.values()) - {ARCH[machine]})):
        assert judge(program, arch, 20) == KILL
    if machine == "x86_64":
        assert judge(program, ARCH[machine], 0x40000000 | 39) == KILL


def test_a_machine_without_a_table_has_no_filter():
    with pytest.raises(OSError, match="riscv64"):
        build_filter("riscv64")
