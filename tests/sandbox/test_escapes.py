# ruff: noqa: E501 - scripts are written on one line where that is how they read best
"""What a script may reach: nothing but its door, its scratch folder and read-only programs."""

import os
import socket
import threading
from pathlib import Path

import pytest

from quapsule.sandbox import seccomp
from quapsule.sandbox.profile import shown_folders

from .boxes import PREFIX, attend

AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="without root a user namespace has one uid")
COLUMN = 0 if os.uname().machine == "x86_64" else 1
CALLS = [
    call
    for call in """
mount umount2 pivot_root chroot setns unshare ptrace process_vm_readv process_vm_writev bpf perf_event_open userfaultfd keyctl add_key
request_key io_uring_setup open_by_handle_at name_to_handle_at kexec_load init_module finit_module reboot sethostname settimeofday
clock_settime swapon acct personality seccomp pidfd_getfd fsopen open_tree move_mount mount_setattr fanotify_init syslog iopl
""".split()  # noqa: SIM905 - read as a text, not as a list
    if seccomp.DENIED[call][COLUMN] is not None  # each architecture has its own calls
]


@pytest.mark.parametrize("call", CALLS)
def test_the_kernel_call_is_refused(server, call):
    number = seccomp.DENIED[call][COLUMN]
    with server.take() as box:
        ran = attend(box, PREFIX + f"tell(got=syscall({number}, 0, 0, 0, 0, 0, 0))", 8.0)
    assert ran.facts["got"] == "EPERM"


def test_clone3_is_said_to_be_absent_so_that_libc_falls_back(visit):
    assert visit("tell(got=syscall(435, 0, 0))").facts["got"] == "ENOSYS"


@pytest.mark.parametrize("flag", [0x10000000, 0x20000000, 0x40000000, 0x00020000], ids=["user", "pid", "net", "mount"])
def test_clone_makes_no_namespace(visit, flag):
    assert visit(f"tell(got=syscall(56 if os.uname().machine == 'x86_64' else 220, {flag} | 17, 0, 0, 0, 0))").facts["got"] == "EPERM"


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="i386 calls exist on x86_64 alone")
def test_a_32_bit_call_by_int_0x80_kills_the_box(visit):
    ran = visit("""
        import mmap
        code = bytes.fromhex('b814000000cd80c3')  # mov eax, 20 (getpid of i386); int 0x80; ret
        page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
        page.write(code)
        where = ctypes.addressof(ctypes.c_char.from_buffer(page))
        tell(before=True)
        print(ctypes.CFUNCTYPE(ctypes.c_int)(where)())
    """)
    assert ran.finish is None and ran.exit is not None and ran.exit.signal == 31


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="x32 exists on x86_64 alone")
def test_an_x32_call_kills_the_box(visit):
    ran = visit("syscall(0x40000000 + 39)\ntell(survived=True)")
    assert ran.finish is None and ran.exit is not None and ran.exit.signal == 31


@pytest.mark.parametrize("family", ["AF_NETLINK", "AF_PACKET", "AF_VSOCK", "AF_ALG", "AF_BLUETOOTH", "AF_CAN", "AF_TIPC"])
def test_the_socket_family_is_refused(visit, family):
    number = getattr(socket, family, 30)
    assert visit(f"tell(got=tried(lambda: socket.socket({number}, socket.SOCK_RAW)))").facts["got"] == "OSError"


def test_a_listener_on_the_hosts_loopback_is_out_of_reach(visit):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        facts = visit(f"tell(got=tried(lambda: socket.create_connection(('127.0.0.1', {port}), 2)))").facts
        assert facts["got"] in ("OSError", "PermissionError", "ConnectionRefusedError")
        listener.settimeout(0.1)
        with pytest.raises(TimeoutError):
            listener.accept()


def test_postgresql_the_internet_the_metadata_service_and_dns_are_out_of_reach(visit):
    facts = visit("""
        places = {'postgresql': ('127.0.0.1', 5432), 'internet': ('192.0.2.1', 80), 'metadata': ('169.254.169.254', 80), 'six': ('::1', 5432)}
        found = {name: tried(lambda: socket.create_connection(place, 2)) for name, place in places.items()}
        datagram = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        found['datagram'] = tried(lambda: datagram.sendto(b'x', ('192.0.2.1', 53)))
        found['name'] = tried(lambda: socket.getaddrinfo('example.com', 80))
        tell(interfaces=open('/proc/net/dev').read().count(':'), **found)
    """).facts
    interfaces = facts.pop("interfaces")
    assert interfaces <= 4, "only loopback and the tunnels that every new namespace has, all down"
    assert set(facts.values()) <= {"OSError", "PermissionError", "ConnectionRefusedError", "gaierror", "TimeoutError"}


def test_sockets_of_the_host_by_path_and_by_abstract_name_are_out_of_reach(visit, tmp_path):
    with socket.socket(socket.AF_UNIX) as by_path, socket.socket(socket.AF_UNIX) as by_name:
        by_path.bind(str(tmp_path / "s"))
        by_path.listen()
        by_name.bind("\0quapsule-test")
        by_name.listen()
        facts = visit(f"""
            def go(address):
                socket.socket(socket.AF_UNIX).connect(address)
            tell(path=tried(lambda: go({str(tmp_path / "s")!r})), name=tried(lambda: go(chr(0) + 'quapsule-test')))
        """).facts
    assert set(facts.values()) <= {"ConnectionRefusedError", "FileNotFoundError", "PermissionError"}


def test_files_of_the_host_are_not_there(visit, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("canary-9f31")
    places = [
        "/etc/passwd",
        "/etc/shadow",
        "/root/.bashrc",
        "/root/.ssh",
        "/home",
        "/var/lib/quapsule",
        "/var/lib/postgresql",
        "/sys",
        "/run",
        "/var",
        str(secret),
    ]
    facts = visit(f"tell(there=[place for place in {places!r} if os.path.exists(place)])").facts
    # Where the platform's own packages lie below one of these, the way to them is there, and nothing else.
    ways = {str(parent) for folder in shown_folders() for parent in Path(folder).parents}
    assert [place for place in facts["there"] if place not in ways] == []


def test_the_top_folder_holds_only_what_the_box_needs(visit):
    facts = visit("tell(top=sorted(os.listdir('/')), dev=sorted(os.listdir('/dev')), etc=sorted(os.listdir('/etc')))").facts
    system = {"bin", "code", "dev", "etc", "lib", "lib64", "proc", "sbin", "tmp", "usr"}
    packages = {Path(folder).parts[1] for folder in shown_folders()}  # wherever this platform is installed
    assert set(facts["top"]) <= system | packages
    assert facts["dev"] == ["fd", "full", "null", "random", "shm", "stderr", "stdin", "stdout", "urandom", "zero"]
    assert facts["etc"] == ["empty", "ld.so.cache"]


def test_the_process_list_and_the_mounts_show_the_box_alone(visit):
    facts = visit("""
        pids = sorted(int(n) for n in os.listdir('/proc') if n.isdigit())
        environments = [open(f'/proc/{pid}/environ').read() for pid in pids]
        tell(pids=pids, me=os.getpid(), command=open('/proc/1/cmdline').read(), environments=environments, mounts=open('/proc/self/mountinfo').read())
    """).facts
    assert facts["pids"] == [1] and facts["me"] == 1
    assert "canary" not in "".join(facts["environments"]) and "src/quapsule" not in facts["command"] + facts["mounts"]
    assert "cgroup" not in facts["mounts"] and "/old" not in facts["mounts"]


def test_the_environment_has_at_most_eight_names_and_no_canary(visit):
    facts = visit("tell(names=sorted(os.environ), text=' '.join(os.environ.values()))").facts
    assert len(facts["names"]) <= 8 and "canary" not in facts["text"] and "QUAPSULE_CANARY" not in facts["names"]


def test_the_memory_of_the_fork_server_holds_no_secret_of_the_host(visit):
    # The host's environment holds "canary-" and 32 digits; the pattern that looks for it does not match itself.
    facts = visit("""
        import re
        pattern, found, read = re.compile(rb'canary-[0-9a-f]{32}'), False, 0
        with open('/proc/self/maps') as maps, open('/proc/self/mem', 'rb', 0) as memory:
            for line in maps:
                span, rights = line.split()[:2]
                start, end = (int(n, 16) for n in span.split('-'))
                if rights.startswith('rw') and '[vvar' not in line and end - start < 32 << 20:
                    try:
                        memory.seek(start)
                        content = memory.read(end - start)
                    except OSError:
                        continue
                    read += len(content)
                    found = found or bool(pattern.search(content))
        tell(found=found, read=read > 1 << 20)
    """).facts
    assert facts == {"found": False, "read": True}


def test_descriptors_are_exactly_0_1_2_and_the_door(visit):
    # The listing itself opens one more.
    facts = visit("tell(open=[fd for fd in range(1024) if not tried(lambda: os.fstat(fd)) == 'OSError'])").facts
    assert facts["open"] == [0, 1, 2, 9]


def test_the_parent_every_process_and_pid_1_cannot_be_harmed_by_signals(visit, server):
    before = server.pid
    facts = visit(
        "tell(parent=os.getppid(), zero=tried(lambda: os.kill(os.getppid(), 9)) if os.getppid() else 'none', other=tried(lambda: os.kill(2, 9)))"
    ).facts
    assert facts == {"parent": 0, "zero": "none", "other": "ProcessLookupError"}
    visit("os.kill(-1, 9)\ntell(alive=True)")
    assert server.alive and server.pid == before


def test_a_script_that_kills_itself_by_pid_1_harms_nobody(visit):
    ran = visit("os.kill(1, 9)\ntell(alive=True)")
    assert ran.finish is not None and ran.facts == {"alive": True}, "the first process of a namespace does not hear its own SIGKILL"


def test_another_job_is_invisible_and_out_of_reach(server, visit):
    with server.take() as victim:
        ran: dict[str, object] = {}
        thread = threading.Thread(
            target=lambda: ran.update(
                visit=attend(victim, PREFIX + "open('/tmp/secret', 'w').write('x')\ntime.sleep(1)\ntell(alive=True)", 8.0)
            )
        )
        thread.start()
        facts = visit(f"""
            time.sleep(0.3)
            tell(kill=tried(lambda: os.kill({victim.pid}, 9)), files=left_in_tmp(), shm=os.listdir('/dev/shm'), pids=[n for n in os.listdir('/proc') if n.isdigit()])
        """).facts
        thread.join()
    assert facts == {"kill": "ProcessLookupError", "files": [], "shm": [], "pids": ["1"]}
    assert ran["visit"].facts == {"alive": True}  # type: ignore[attr-defined]


@AS_ROOT
def test_every_box_has_a_uid_of_its_own_and_no_way_back_to_root(visit):
    facts = visit("""
        import subprocess
        status = dict(line.split(':\\t') for line in open('/proc/self/status').read().splitlines() if ':\\t' in line)
        tell(uid=os.getuid(), groups=os.getgroups(), setuid=tried(lambda: os.setuid(0)), setgid=tried(lambda: os.setgid(0)), setgroups=tried(lambda: os.setgroups([0])),
             caps=[int(status[name], 16) for name in ('CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb')], nnp=status['NoNewPrivs'], seccomp=status['Seccomp'],
             su=subprocess.run(['su', '-c', 'id'], capture_output=True).returncode)
    """).facts
    assert facts["uid"] >= 1_000_000_000 and facts["groups"] == [] and facts["caps"] == [0] * 5
    assert facts["nnp"] == "1" and facts["seccomp"] == "2" and facts["su"] != 0
    assert {facts["setuid"], facts["setgid"], facts["setgroups"]} == {"PermissionError"}


@AS_ROOT
def test_two_boxes_never_share_a_uid(server):
    with server.take() as one, server.take() as two:
        assert one.uid != two.uid and one.pid != two.pid


def test_the_interpreter_and_its_own_image_cannot_be_rewritten(visit):
    facts = visit(
        "tell(exe=tried(lambda: open('/proc/self/exe', 'r+b')), python=tried(lambda: open(sys.executable, 'r+b')), one=tried(lambda: open('/proc/1/exe', 'r+b')))"
    ).facts
    assert set(facts.values()) <= {"OSError", "PermissionError"}


def test_terminal_injection_is_refused(visit):
    facts = visit("""
        import fcntl
        def inject():
            fcntl.ioctl(0, 0x5412, b'x')
        tell(tiocsti=tried(inject), tty=os.isatty(0) or os.isatty(1), session=os.getsid(0) == os.getpid())
    """).facts
    assert facts == {"tiocsti": "PermissionError", "tty": False, "session": True}


def test_device_nodes_cannot_be_made(visit):
    facts = visit(
        "import stat\ntell(block=tried(lambda: os.mknod('/tmp/disk', stat.S_IFBLK | 0o600, os.makedev(254, 0))), char=tried(lambda: os.mknod('/tmp/mem', stat.S_IFCHR | 0o600, os.makedev(1, 1))))"
    ).facts
    assert set(facts.values()) == {"PermissionError"}


def test_links_and_pipes_that_a_script_leaves_are_never_opened_by_the_host(visit):
    facts = visit("""
        os.symlink('/etc/shadow', '/tmp/result.json')
        os.mkfifo('/tmp/output')
        os.symlink('/proc/1/root', '/tmp/root')
        tell(made=left_in_tmp(), hard=tried(lambda: os.link('/usr/bin/env', '/tmp/env')))
    """).facts
    assert facts["made"] == ["output", "result.json", "root"] and facts["hard"] in ("OSError", "PermissionError")


def test_kernel_tables_of_the_host_are_covered(visit):
    facts = visit(
        "tell(**{name: len(open('/proc/' + name, 'rb').read(100)) if os.path.exists('/proc/' + name) else 0 for name in ('cmdline', 'kallsyms', 'modules', 'keys')})"
    ).facts
    assert set(facts.values()) == {0}


def test_a_nested_box_cannot_be_made(visit):
    facts = visit("""
        import shutil, subprocess
        tool = shutil.which('unshare')
        got = subprocess.run([tool, '-Ur', 'true'], capture_output=True).returncode if tool else 1
        tell(got=got)
    """).facts
    assert facts["got"] != 0


def test_a_poisoned_sitecustomize_or_json_beside_the_script_is_not_imported(visit):
    facts = visit("""
        for name in ('sitecustomize.py', 'usercustomize.py', 'json.py', 'runner.py'):
            open('/tmp/' + name, 'w').write("raise SystemExit('poisoned')")
        import importlib, subprocess
        importlib.invalidate_caches()
        import csv
        tell(path_has_scratch='/tmp' in sys.path or '' in sys.path, runner=sys.modules['quapsule.runner'].__file__)
    """).facts
    assert facts == {"path_has_scratch": False, "runner": "/code/quapsule/runner/__init__.py"}


def test_random_streams_differ_between_boxes(visit):
    code = "import random\ntell(a=random.random(), b=os.urandom(4).hex())"
    one, two = visit(code).facts, visit(code).facts
    assert one["a"] != two["a"] and one["b"] != two["b"]
