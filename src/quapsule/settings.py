"""Settings: one frozen dataclass, read once from the environment, passed down. docs/settings.md is generated from it."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from quapsule.errors import Problem

Mode = Literal["single", "team"]


def default_home() -> Path:
    """Root's own home is closed (0700) to the unprivileged database server, so root keeps its data in /var/lib."""
    return Path("/var/lib/quapsule") if os.geteuid() == 0 else Path.home() / ".quapsule"


def _setting(default: Any, says: str) -> Any:
    return field(default=default, metadata={"says": says})


@dataclass(frozen=True)
class Settings:
    """Each field is read from QUAPSULE_<NAME IN CAPITALS>; durations in seconds, sizes in bytes unless named otherwise."""

    home: Path = field(default_factory=default_home, metadata={"says": "Folder of all data, sockets and logins."})
    mode: Mode = _setting("single", "single: loopback, one person. team: sign-up, and every sandbox layer demanded.")
    host: str = _setting("127.0.0.1", "Address the HTTP server binds.")
    port: int = _setting(8400, "Port of the HTTP server; 0 picks a free one.")
    web_folder: str = _setting("", "Folder of the built web app. Empty: the one that came with the package.")
    database_url: str = _setting("", "PostgreSQL of your own (owner login). Empty: the embedded server.")
    api_database_url: str = _setting("", "Login of the API (api_login). Empty: derived from the database in use.")
    worker_database_url: str = _setting("", "Login of the worker (worker_login). Empty: derived from the database in use.")
    workers: int = _setting(1, "Worker processes that `quapsule up` starts.")
    slots: int = _setting(2, "Jobs that one worker runs at the same time.")
    lease_seconds: float = _setting(15.0, "A worker that does not renew within this time loses its job.")
    max_attempts: int = _setting(3, "Runs of a job whose worker died, before the job is failed.")
    job_seconds: float = _setting(60.0, "Wall and CPU time of one job.")
    playground_seconds: float = _setting(30.0, "Wall and CPU time of one run of the playground; 30 at most, and no more than a job has.")
    playground_slots: int = _setting(2, "Runs of the playground that one worker makes at the same time, beside its jobs.")
    job_memory_mb: int = _setting(1024, "Memory of one script box, in MiB.")
    job_processes: int = _setting(64, "Processes and threads of one script box.")
    job_output_bytes: int = _setting(1 << 20, "Output (stdout and stderr) that is kept of one job.")
    wheels: str = _setting(
        "", "Folder of wheels and a hashed requirements.txt: the packages that scripts may ask for. Empty: none beyond the installed."
    )
    job_disk_mb: int = _setting(64, "Private scratch space of one script box, in MiB.")
    warm_frameworks: str = _setting(
        "all", "Frameworks that are ready before their first job, with commas; the others start with it. All five take about 800 MiB."
    )
    engine_memory_mb: int = _setting(4096, "Memory of one engine box, in MiB; bounds the qubits of a local run.")
    max_body_bytes: int = _setting(4 << 20, "Largest request body.")
    submits_per_minute: int = _setting(6000, "Submits per minute and user.")
    jobs_per_day: int = _setting(0, "Jobs per day and team; 0 means no quota.")
    sign_up: Literal["closed", "open", "code"] = _setting("closed", "Who may sign up; team mode usually says open or code.")
    supabase_jwt_secret: str = _setting("", "Accept Supabase's HS256 tokens signed with this secret.")
    supabase_jwks_url: str = _setting("", "Accept Supabase's tokens signed by a key of this JWKS.")
    braket_bucket: str = _setting("", "S3 bucket of Amazon Braket's results; {region} becomes the device's. Empty: not connected.")
    braket_region: str = _setting("us-east-1", "Region of Braket's simulators; a QPU is asked in its own.")
    braket_endpoint: str = _setting("", "Address of a service that speaks Braket's protocol. Empty: Amazon's.")
    braket_s3_endpoint: str = _setting("", "Address of the S3 server that it writes results to. Empty: Amazon's.")
    braket_access_key_id: str = _setting("", "AWS access key. Empty: whatever boto3 finds.")
    braket_secret_access_key: str = _setting("", "Its secret.")
    braket_job_limit_usd: float = _setting(0.0, "What one job may spend at Braket, in USD; 0: nothing that costs is submitted.")
    braket_poll_seconds: float = _setting(0.5, "First pause between two looks at a task; later ones grow.")
    braket_wait_seconds: float = _setting(86400.0, "Longest wait in a device's queue; the task is cancelled then.")
    object_store: str = _setting("", "Where large artifacts lie: a folder, or s3://bucket/prefix. Empty: objects/ in the home.")
    object_store_endpoint: str = _setting("", "Address of the S3 server. Empty: Amazon's.")
    object_store_region: str = _setting("us-east-1", "Its region.")
    object_store_access_key_id: str = _setting("", "Its access key. Empty: whatever the machine's AWS configuration says.")
    object_store_secret_access_key: str = _setting("", "Its secret.")
    artifact_inline_kb: int = _setting(256, "Artifacts up to this size, in KiB, lie in the database; larger ones in the object store.")
    artifact_mb: int = _setting(1000, "Largest artifact, in MiB.")
    capsule_mb: int = _setting(
        1000,
        "Largest capsule, in MiB, also of one that is imported. Above 1,023, other people's verifiers refuse it unless told not to.",
    )
    seal_key: str = _setting("", "File with the platform's Ed25519 key (PEM); made when absent. Empty: keys/seal.pem in the home.")
    seal_origin: str = _setting("quapsule/seal-log", "Name of this platform's seal log, in its checkpoints.")
    tsa_url: str = _setting("", "RFC 3161 timestamp authority that sealed capsules are sent to. Empty: none.")
    tsa_certificates: str = _setting("", "PEM file with the authority's root certificates.")
    log_level: str = _setting("warning", "Level of the server's own log.")

    @property
    def web_dir(self) -> Path:
        """Where the built web app lies, if it was built."""
        return Path(self.web_folder) if self.web_folder else Path(__file__).parent / "web"

    @property
    def web_is_built(self) -> bool:
        return (self.web_dir / "index.html").is_file()

    @property
    def run_dir(self) -> Path:
        """Sockets and process files; kept short, since a socket path holds fewer than 108 bytes."""
        return self.home / "run"


def read_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """The settings of this process. Raises Problem validation_error that names the variable."""
    given = os.environ if environ is None else environ
    values: dict[str, Any] = {}
    for item in fields(Settings):
        name = f"QUAPSULE_{item.name.upper()}"
        if name in given:
            values[item.name] = _parse(name, given[name], item.type)
    return Settings(**values)


def _parse(name: str, text: str, kind: Any) -> Any:
    if get_origin(kind) is Literal:
        if text not in get_args(kind):
            raise Problem("validation_error", f"{name} must be one of {', '.join(get_args(kind))}, not {text!r}.")
        return text
    try:
        return kind(text)
    except ValueError as problem:
        raise Problem("validation_error", f"{name} must be a {kind.__name__}, not {text!r}.") from problem
