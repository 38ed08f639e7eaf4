# ruff: noqa: E501 - scripts are written on one line where that is how they read best
"""What a script may use up: each bomb goes off inside its box, within ten seconds, and the next script runs as if nothing had been."""

import os

import pytest

from quapsule.sandbox.profile import Limits

from .boxes import MIB, SMALL

FORKS = """
made = 0
try:
    for _ in range(200):
        if os.fork() == 0:
            time.sleep(30)
        made += 1
except BlockingIOError as problem:
    tell(made=made, problem=problem.errno == errno.EAGAIN)
"""


def test_a_linear_fork_bomb_stops_at_the_process_limit(visit):
    facts = visit(FORKS).facts
    assert facts["problem"] and facts["made"] < SMALL.processes


def test_an_exponential_fork_bomb_is_held_and_dies_with_its_box(visit):
    ran = visit("while True:\n    try:\n        os.fork()\n    except BlockingIOError:\n        pass", seconds=1.0)
    assert ran.exit is None


def test_a_thread_bomb_stops_at_the_process_limit(visit):
    ran = visit("""
        import threading
        made = 0
        try:
            for _ in range(500):
                threading.Thread(target=time.sleep, args=(30,), daemon=True).start()
                made += 1
        except RuntimeError:
            tell(made=made)
    """)
    assert ran.facts["made"] < SMALL.processes


def test_a_heap_bomb_meets_memory_error_with_its_line(visit):
    error = visit("def main(params):\n    hoard = []\n    while True:\n        hoard.append(bytearray(8 << 20))").error
    assert error["type"] == "MemoryError" and error["traceback"][-1]["text"] == "hoard.append(bytearray(8 << 20))"


def test_mapping_64_gib_is_refused(visit):
    assert visit("import mmap\ntell(got=tried(lambda: mmap.mmap(-1, 64 << 30)))").facts["got"] in ("OSError", "MemoryError")


@pytest.mark.skipif(os.geteuid() != 0, reason="without root the control groups may be somebody else's")
def test_forks_that_touch_memory_mark_the_job_out_of_memory_though_its_first_process_ends_well(visit):
    ran = visit("""
        children = []
        for _ in range(6):
            child = os.fork()
            if child == 0:
                hoard = bytearray(60 << 20)
                for place in range(0, len(hoard), 4096):
                    hoard[place] = 1
                time.sleep(1)
                os._exit(0)
            children.append(child)
        ends = [os.waitpid(child, 0)[1] for child in children]
        tell(killed=sum(end == 9 for end in ends))
    """)
    assert ran.facts["killed"] >= 1
    assert ran.exit is not None and ran.exit.code == 0 and ran.exit.out_of_memory


def test_memory_in_the_scratch_folder_counts(visit):
    ran = visit("""
        hoard = bytearray(100 << 20)
        for place in range(0, len(hoard), 4096):
            hoard[place] = 1
        for n in range(40):
            with open(f'/tmp/{n}', 'wb') as file:
                file.write(bytes(1 << 20))
        tell(done=True)
    """)
    assert (ran.exit is not None and ran.exit.out_of_memory) or ran.error["type"] in ("OSError", "MemoryError")


def test_a_huge_file_stops_at_the_disk_limit(visit):
    assert visit("""
        written = 0
        try:
            with open('/tmp/huge', 'wb', buffering=0) as file:
                while True:
                    written += file.write(bytes(1 << 20))
        except OSError as problem:
            tell(written=written, problem=errno.errorcode[problem.errno])
    """).facts["written"] <= SMALL.disk_bytes  # fmt: skip


def test_many_files_together_stop_at_the_disk_limit(visit):
    facts = visit("""
        written = 0
        try:
            for n in range(1000):
                with open(f'/tmp/{n}', 'wb', buffering=0) as file:
                    written += file.write(bytes(1 << 20))
        except OSError as problem:
            tell(written=written, problem=errno.errorcode[problem.errno])
    """).facts
    assert facts == {"written": facts["written"], "problem": "ENOSPC"} and facts["written"] <= SMALL.disk_bytes


def test_empty_files_stop_at_the_inode_limit(visit):
    facts = visit("""
        made = 0
        try:
            while True:
                os.close(os.open(f'/tmp/{made}', os.O_CREAT | os.O_WRONLY))
                made += 1
        except OSError as problem:
            tell(made=made, problem=errno.errorcode[problem.errno])
    """).facts
    assert facts["problem"] in ("ENOSPC", "ENOMEM") and facts["made"] <= 16384


def test_a_sparse_file_of_one_tebibyte_is_refused(visit):
    ran = visit(
        "import signal\nsignal.signal(signal.SIGXFSZ, signal.SIG_IGN)\nwith open('/tmp/sparse', 'wb') as file:\n    tell(got=tried(lambda: os.truncate(file.fileno(), 1 << 40)))"
    )
    assert ran.facts["got"] == "OSError"


def test_shared_memory_is_bounded_on_its_own(visit):
    facts = visit("""
        written = 0
        try:
            with open('/dev/shm/huge', 'wb', buffering=0) as file:
                while True:
                    written += file.write(bytes(1 << 20))
        except OSError as problem:
            tell(written=written)
    """).facts
    assert facts["written"] <= SMALL.shared_memory_bytes


def test_the_root_and_the_system_cannot_be_written(visit):
    facts = visit("""
        import sysconfig
        places = ['/', '/usr', '/etc', '/dev', '/code', '/code/quapsule/runner', '/proc/sys/kernel', '/proc/1', sysconfig.get_paths()['purelib'], sys.prefix]
        tell(**{place: tried(lambda: open(place + '/intruder', 'w')) for place in places})
    """).facts
    assert set(facts.values()) <= {"OSError", "PermissionError", "FileNotFoundError"}


def test_an_endless_loop_ends_when_its_box_is_killed(visit):
    ran = visit("while True: pass", seconds=0.5)
    assert ran.exit is None and ran.seconds < 5


def test_cpu_time_is_bounded_for_each_process(visit):
    ran = visit("while True: pass", limits=Limits(cpu_seconds=1), seconds=8)
    assert ran.exit is not None and ran.exit.signal == 9 and not ran.exit.out_of_memory


def test_a_script_that_ignores_every_signal_dies_all_the_same(visit):
    ran = visit("""
        import signal
        for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:
            signal.signal(number, signal.SIG_IGN)
        time.sleep(60)
    """, seconds=0.5)  # fmt: skip
    assert ran.exit is None


def test_a_daemon_that_forked_twice_dies_with_its_box(visit):
    ran = visit("""
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                time.sleep(60)
            os._exit(0)
        os.wait()
        tell(left=True)
    """)
    assert ran.exit is not None and ran.facts == {"left": True}


def test_100_mb_of_output_are_cut_and_end_the_box(visit):
    ran = visit("line = 'x' * 65535\nfor _ in range(1600):\n    print(line)", keep=MIB)
    assert ran.exit is None and len(ran.output) < MIB + 65536 * 4


def test_a_segmentation_fault_ends_the_box_alone(visit):
    ran = visit("ctypes.string_at(0)")
    assert ran.finish is None and ran.exit is not None and ran.exit.signal == 11


def test_descriptors_run_out_inside_the_box(visit):
    facts = visit("""
        held = []
        try:
            while True:
                held.append(os.dup(0))
        except OSError as problem:
            found = errno.errorcode[problem.errno]
        for fd in held:
            os.close(fd)
        tell(found=found, held=len(held))
    """).facts
    assert facts["found"] == "EMFILE" and facts["held"] < SMALL.files


def test_limits_cannot_be_raised_again(visit):
    facts = visit("""
        import resource
        kinds = ('RLIMIT_AS', 'RLIMIT_CPU', 'RLIMIT_NPROC', 'RLIMIT_NOFILE', 'RLIMIT_FSIZE', 'RLIMIT_CORE')
        tell(**{kind: tried(lambda: resource.setrlimit(getattr(resource, kind), (1 << 40, 1 << 40))) for kind in kinds})
    """).facts
    assert set(facts.values()) == {"ValueError"}


def test_a_crash_leaves_no_core_file(visit):
    facts = visit("""
        if (child := os.fork()) == 0:
            os.abort()
        _, status = os.waitpid(child, 0)
        tell(core=os.WCOREDUMP(status), files=left_in_tmp())
    """).facts
    assert facts == {"core": False, "files": []}


def test_a_box_is_tightened_when_it_is_taken(visit):
    limits = Limits(memory_bytes=64 * MIB, processes=8, files=32)
    facts = visit(FORKS, limits=limits).facts
    assert facts["made"] < 8
    error = visit("def main(params):\n    return len(bytearray(80 << 20))", limits=limits).error
    assert error["type"] == "MemoryError"


def test_locked_memory_and_message_queues_are_bounded(visit):
    facts = visit("""
        import mmap
        page = mmap.mmap(-1, 1 << 20)
        where = ctypes.addressof(ctypes.c_char.from_buffer(page))
        locked = libc.mlock(ctypes.c_void_p(where), ctypes.c_size_t(1 << 20))
        tell(locked=locked)
    """).facts
    assert facts["locked"] == -1
