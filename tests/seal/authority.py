"""A timestamp authority of the tests' own: a root, a certificate for timestamping, and OpenSSL that answers behind a small HTTP server."""

import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from quapsule.seal.trust.timestamps import REPLY_TYPE, REQUEST_TYPE

_ROOT = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\nsubjectKeyIdentifier=hash\n"
_LEAF = "basicConstraints=CA:FALSE\nkeyUsage=critical,digitalSignature\n{eku}subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n"
_STAMPING = "extendedKeyUsage=critical,timeStamping\n"
_KEYS = {"ec": ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"], "rsa": ["-newkey", "rsa:2048"]}
_CONFIG = """[tsa]
default_tsa=t
[t]
serial={folder}/serial
crypto_device=builtin
signer_cert={folder}/leaf.pem
signer_key={folder}/leaf.key
{certs}signer_digest=sha256
default_policy=1.2.3.4.1
digests={digests}
ess_cert_id_chain=no
ess_cert_id_alg=sha256
"""


class Authority:
    """roots: its root certificate in PEM. Its key is of the kind that is named: ec or rsa."""

    def __init__(self, folder: Path, *, key: str = "ec", with_root: bool = False, digests: str = "sha256") -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        (folder / "root.ext").write_text(_ROOT)
        (folder / "leaf.ext").write_text(_LEAF.format(eku=_STAMPING))
        (folder / "serial").write_text("01\n")
        certs = f"certs={folder}/root.pem\n" if with_root else ""
        (folder / "tsa.cnf").write_text(_CONFIG.format(folder=folder, certs=certs, digests=digests))
        for name in ("root", "leaf"):
            self.run("req", "-new", *_KEYS[key], "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN=Test {name}")
        days = ("-days", "3650")
        self.run("x509", "-req", "-in", "root.csr", "-signkey", "root.key", "-out", "root.pem", *days, "-extfile", "root.ext")
        ca = ("-CA", "root.pem", "-CAkey", "root.key", "-CAcreateserial")
        self.run("x509", "-req", "-in", "leaf.csr", *ca, "-out", "leaf.pem", *days, "-extfile", "leaf.ext")
        self.roots = (folder / "root.pem").read_text()

    def answer(self, query: bytes) -> bytes:
        (self.folder / "query.tsq").write_bytes(query)
        self.run("ts", "-reply", "-config", "tsa.cnf", "-queryfile", "query.tsq", "-out", "reply.tsr")
        return (self.folder / "reply.tsr").read_bytes()

    @contextmanager
    def serving(self) -> Iterator[str]:
        """Its address, over HTTP as RFC 3161, 3.4 has it."""
        authority = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                assert self.headers["content-type"] == REQUEST_TYPE
                reply = authority.answer(self.rfile.read(int(self.headers["content-length"])))
                self.send_response(200)
                self.send_header("content-type", REPLY_TYPE)
                self.end_headers()
                self.wfile.write(reply)

            def log_message(self, format: str, *args: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            server.server_close()

    def run(self, *arguments: str) -> None:
        subprocess.run(["openssl", *arguments], cwd=self.folder, check=True, capture_output=True)


def post_to(url: str, query: bytes) -> bytes:
    request = urllib.request.Request(url, query, {"content-type": REQUEST_TYPE})
    with urllib.request.urlopen(request, timeout=30) as reply:
        content: bytes = reply.read()
    return content
