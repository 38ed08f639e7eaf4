"""The connection of a worker to Amazon Braket: clients of the published SDK, one per region, and its errors in the words of a vendor."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from quapsule.providers.vendor import Pace, VendorBusy, VendorRefused, VendorSilent
from quapsule.settings import Settings

# What each refusal of the service is here, and whose fault; any other 4xx is the program's.
_REFUSALS = {
    "ValidationException": ("task_refused", "user"),
    "DeviceRetiredException": ("backend_retired", "user"),
    "DeviceOfflineException": ("backend_unavailable", "transient"),
    "ServiceQuotaExceededException": ("backend_unavailable", "transient"),
    "ResourceNotFoundException": ("task_unknown", "system"),
    "ConflictException": ("conflict", "system"),
}
_DENIED = ("vendor_denied", "system")
_BUSY = frozenset({"ThrottlingException", "TooManyRequestsException", "RequestLimitExceeded", "SlowDown"})
_MISSING = frozenset({"NoSuchKey", "404", "NoSuchBucket"})


@dataclass(frozen=True)
class BraketSettings:
    """Where Braket is and what one job may spend there. Empty endpoints are Amazon's; empty keys leave the credentials to boto3's chain.
    `answer_seconds`: how long an answer is waited for."""

    region: str
    bucket: str
    endpoint: str = ""
    s3_endpoint: str = ""
    access_key_id: str = ""
    secret_access_key: str = ""
    job_limit_usd: float = 0.0
    pace: Pace = Pace()
    answer_seconds: float = 15.0


def read_braket(settings: Settings) -> BraketSettings | None:
    """None: this worker is not connected, for no bucket is named."""
    if not settings.braket_bucket:
        return None
    return BraketSettings(
        region=settings.braket_region,
        bucket=settings.braket_bucket,
        endpoint=settings.braket_endpoint,
        s3_endpoint=settings.braket_s3_endpoint,
        access_key_id=settings.braket_access_key_id,
        secret_access_key=settings.braket_secret_access_key,
        job_limit_usd=settings.braket_job_limit_usd,
        pace=Pace(first=settings.braket_poll_seconds, most_seconds=settings.braket_wait_seconds),
    )


class Connection:
    """Shared by the slots of a worker. The SDK is imported at the first use: it takes seconds and a hundred megabytes."""

    def __init__(self, given: BraketSettings) -> None:
        self.given = given
        self._clients: dict[str, Clients] = {}
        self._lock = threading.Lock()

    def clients(self, device_arn: str) -> "Clients":
        """Of the region of a device; simulators have none of their own and are asked in the one of the settings."""
        region = device_arn.split(":")[3] or self.given.region
        with self._lock:
            if region not in self._clients:
                self._clients[region] = Clients(self.given, region)
            return self._clients[region]


class Clients:
    """One region's. boto3's clients may be shared by threads."""

    def __init__(self, given: BraketSettings, region: str) -> None:
        import boto3
        from botocore.config import Config
        from braket.aws import AwsSession

        # Our own loop repeats requests, under one token and with an eye on whether the job is to stop.
        config = Config(
            connect_timeout=5, read_timeout=given.answer_seconds, retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}
        )
        keys = {"aws_access_key_id": given.access_key_id or None, "aws_secret_access_key": given.secret_access_key or None}
        boto = boto3.Session(region_name=region, **keys)
        client = boto.client("braket", config=config, endpoint_url=given.endpoint or None)
        self.session: Any = AwsSession(boto_session=boto, braket_client=client, default_bucket=self._bucket(given, region))
        self._s3: Any = boto.client("s3", config=config, endpoint_url=given.s3_endpoint or None)
        self.bucket = self._bucket(given, region)

    @property
    def braket(self) -> Any:
        return self.session.braket_client

    def read_object(self, bucket: str, key: str) -> bytes:
        """Raises VendorSilent when it is not there (yet)."""
        with speaking():
            body: bytes = self._s3.get_object(Bucket=bucket, Key=key)["Body"].read()
            return body

    @staticmethod
    def _bucket(given: BraketSettings, region: str) -> str:
        """Results must lie in the device's own region: one bucket per region, where the setting has a place for its name."""
        return given.bucket.replace("{region}", region)


@contextmanager
def speaking() -> Iterator[None]:
    """Turns what boto3 raises into VendorRefused (surely not taken), VendorBusy (asked too often) and VendorSilent (nobody knows)."""
    from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, ParamValidationError

    try:
        yield
    except ClientError as error:
        raise _meaning(error.response) from error
    except (NoCredentialsError, ParamValidationError) as error:
        raise VendorRefused("vendor_denied", str(error), "system") from error
    except BotoCoreError as error:
        raise VendorSilent(str(error)) from error


def _meaning(response: Any) -> Exception:
    error, metadata = response.get("Error", {}), response.get("ResponseMetadata", {})
    code, message, status = str(error.get("Code", "")), str(error.get("Message", "")), int(metadata.get("HTTPStatusCode", 0))
    if code in _BUSY or status == 429:
        return VendorBusy(_seconds(metadata.get("HTTPHeaders", {}).get("retry-after")))
    if status >= 500 or code in _MISSING:
        return VendorSilent(f"{code}: {message}")
    known, category = _DENIED if status in (401, 403) else _REFUSALS.get(code, ("task_refused", "user"))
    return VendorRefused(known, f"Amazon Braket: {message or code}", category)  # type: ignore[arg-type]


def _seconds(given: str | None) -> float:
    try:
        return min(300.0, max(0.0, float(given or 0)))
    except ValueError:
        return 0.0
