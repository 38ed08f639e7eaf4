"""After the seal, an authority's word for when the capsule's id was there."""

from pathlib import Path

import httpx

from quapsule.errors import Problem
from quapsule.seal.trust.timestamps import REPLY_TYPE, REQUEST_TYPE, request_timestamp
from quapsule.settings import Settings
from quapsule.worker.capsule_line import CapsuleLine, Request

_SECONDS = 30.0
_MOST_BYTES = 1 << 16


class Stamping:
    """Does requests of kind `stamp`."""

    def __init__(self, settings: Settings, line: CapsuleLine) -> None:
        self._settings, self._line = settings, line

    def stamp(self, request: Request) -> None:
        """Raises Problem: the authority does not answer, refuses, or is not the one whose certificates were given; psycopg.Error."""
        if not self._settings.tsa_url:
            raise Problem("validation_error", "No timestamp authority is named.", hint="The operator sets QUAPSULE_TSA_URL.")
        mqc_id = self._line.lock(request).mqc_id
        if mqc_id is None:
            raise Problem("capsule_not_sealed", "Only a sealed capsule is stamped.")
        certificates = self._settings.tsa_certificates
        token = request_timestamp(mqc_id, self._post, Path(certificates).read_text() if certificates else None)
        with self._line.transaction():
            if self._line.lock(request).request_open:
                given = {"authority": self._settings.tsa_url, "token": token.der, "stamped_at": token.at}
                self._line.say("record_timestamp", capsule=request.capsule_id, **given)
                self._line.close_request(request)

    def _post(self, query: bytes) -> bytes:
        try:
            with httpx.stream(
                "POST",
                self._settings.tsa_url,
                content=query,
                headers={"Content-Type": REQUEST_TYPE, "Accept": REPLY_TYPE},
                timeout=_SECONDS,
            ) as answer:
                answer.raise_for_status()
                said = b""
                for part in answer.iter_bytes():
                    said += part
                    if len(said) > _MOST_BYTES:
                        raise Problem("signature_invalid", "The authority's answer is too large for a timestamp.")
                return said
        except httpx.HTTPError as problem:
            raise Problem("not_ready", f"The timestamp authority does not answer: {type(problem).__name__}.") from problem
