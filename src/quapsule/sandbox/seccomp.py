"""The system call filter, assembled here: no library, so that it is the same on every machine.

A deny list: what a script has no use for and what has opened holes in kernels before. Namespaces, Landlock and the dropped uid stand
behind it.
"""

import errno
import platform
import struct

# name: (x86_64, aarch64); None where the architecture lacks the call. From Linux 424 on, all architectures share the numbers.
DENIED: dict[str, tuple[int | None, int | None]] = {
    # other processes' memory and descriptors
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "process_madvise": (440, 440),
    "kcmp": (312, 272), "pidfd_getfd": (438, 438), "move_pages": (279, 239), "migrate_pages": (256, 238),
    # mounts, roots, namespaces
    "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51), "setns": (308, 268),
    "unshare": (272, 97), "fsopen": (430, 430), "fsconfig": (431, 431), "fsmount": (432, 432), "fspick": (433, 433),
    "move_mount": (429, 429), "open_tree": (428, 428), "mount_setattr": (442, 442), "open_tree_attr": (467, 467),
    "statmount": (457, 457), "listmount": (458, 458), "name_to_handle_at": (303, 264), "open_by_handle_at": (304, 265),
    "fanotify_init": (300, 262), "quotactl": (179, 60), "quotactl_fd": (443, 443),
    # wide kernel surfaces
    "bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282), "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426), "io_uring_register": (427, 427), "keyctl": (250, 219), "add_key": (248, 217),
    "request_key": (249, 218), "memfd_secret": (447, 447), "personality": (135, 92), "seccomp": (317, 277),
    "lookup_dcookie": (212, 18), "uselib": (134, None), "ustat": (136, None), "sysfs": (139, None), "_sysctl": (156, None),
    "nfsservctl": (180, 42), "iopl": (172, None), "ioperm": (173, None), "modify_ldt": (154, None),
    # the machine
    "kexec_load": (246, 104), "kexec_file_load": (320, 294), "init_module": (175, 105), "finit_module": (313, 273),
    "delete_module": (176, 106), "reboot": (169, 142), "settimeofday": (164, 170), "clock_settime": (227, 112),
    "clock_adjtime": (305, 266), "adjtimex": (159, 171), "acct": (163, 89), "swapon": (167, 224), "swapoff": (168, 225),
    "syslog": (103, 116), "sethostname": (170, 161), "setdomainname": (171, 162), "vhangup": (153, 58),
}  # fmt: skip
_CLONE, _CLONE3, _SOCKET, _SOCKETPAIR, _IOCTL = (56, 220), (435, 435), (41, 198), (53, 199), (16, 29)
_NEW_NAMESPACES = 0x7E020080  # every CLONE_NEW* flag that clone() takes
_TIOCSTI, _TIOCLINUX = 0x5412, 0x541C
_FAMILIES = (1, 2, 10)  # AF_UNIX, AF_INET, AF_INET6: the others (vsock, netlink, alg, packet) are not fenced by an empty network namespace

_AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_ALLOW, _KILL, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _AND, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x54, 0x06
_NR, _ARCH, _ARG0, _ARG1 = 0, 4, 16, 24  # offsets in struct seccomp_data; the low word of an argument on little-endian machines


def build_filter(machine: str | None = None) -> bytes:
    """The BPF program for this machine. Raises OSError on an architecture without a table."""
    name = machine or platform.machine()
    if name not in _AUDIT_ARCH:
        raise OSError(errno.ENOSYS, f"No system call table for {name}.")
    column = 0 if name == "x86_64" else 1
    code = [
        _op(_LOAD, _ARCH),
        _op(_EQUAL, _AUDIT_ARCH[name], 1, 0),
        _op(_RETURN, _KILL),  # 32-bit calls have other numbers: int 0x80 would walk past the list
        _op(_LOAD, _NR),
    ]
    if name == "x86_64":
        code += [_op(_AT_LEAST, 0x40000000, 0, 1), _op(_RETURN, _KILL)]  # x32
    for numbers in DENIED.values():
        number = numbers[column]
        if number is not None:
            code += [_op(_EQUAL, number, 0, 1), _refuse(errno.EPERM)]
    # clone3 passes its flags by pointer, which a filter can't read; ENOSYS makes libc fall back to clone.
    code += [_op(_EQUAL, _CLONE3[column], 0, 1), _refuse(errno.ENOSYS)]
    code += [_op(_EQUAL, _CLONE[column], 0, 3), _op(_LOAD, _ARG0), _op(_ANY_BIT, _NEW_NAMESPACES, 0, 1), _refuse(errno.EPERM)]
    code += [_op(_LOAD, _NR)]
    families = [_op(_EQUAL, family, len(_FAMILIES) - place, 0) for place, family in enumerate(_FAMILIES)]
    code += [_op(_EQUAL, _SOCKET[column], 0, len(families) + 3), _op(_LOAD, _ARG0), *families, _refuse(errno.EAFNOSUPPORT), _op(_LOAD, _NR)]
    code += [_op(_EQUAL, _SOCKETPAIR[column], 0, 4), _op(_LOAD, _ARG0), _op(_EQUAL, 1, 1, 0), _refuse(errno.EAFNOSUPPORT), _op(_LOAD, _NR)]
    code += [_op(_EQUAL, _IOCTL[column], 0, 4), _op(_LOAD, _ARG1), _op(_EQUAL, _TIOCSTI, 1, 0), _op(_EQUAL, _TIOCLINUX, 0, 1)]
    code += [_refuse(errno.EPERM)]
    return b"".join([*code, _op(_RETURN, _ALLOW)])


def _op(code: int, value: int, then: int = 0, other: int = 0) -> bytes:
    return struct.pack("=HBBI", code, then, other, value)


def _refuse(number: int) -> bytes:
    return _op(_RETURN, _ERRNO | number)
