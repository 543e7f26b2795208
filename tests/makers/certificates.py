"""A certificate for one test: signed by itself, good for an hour, made by the openssl command."""

import shutil
import ssl
import subprocess
from pathlib import Path

import pytest


def a_certificate(folder: Path, name: str = "localhost") -> Path:
    """A PEM file with key and certificate for this host name."""
    if shutil.which("openssl") is None:
        pytest.skip("needs the openssl command")
    key, certificate, both = folder / "key.pem", folder / "cert.pem", folder / f"{name}.pem"
    subprocess.run(
        f"openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout {key} -out {certificate}"
        f" -days 1 -subj /CN={name} -addext subjectAltName=DNS:{name}".split(" "),
        check=True,
        capture_output=True,
    )
    both.write_bytes(key.read_bytes() + certificate.read_bytes())
    return both


def server_side(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def trusting(certificate: Path) -> ssl.SSLContext:
    """A client's context that verifies, and knows only this certificate."""
    return ssl.create_default_context(cafile=certificate)
