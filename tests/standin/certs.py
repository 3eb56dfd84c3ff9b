"""The certificates of the stand-in, made once with the openssl command.

ca.pem is what a client is told to trust; server.pem and server.key are what
the stand-in shows.  Other kinds of server certificate exist to be refused by
a careful client: expired, for another host, signed by nobody.
"""

import os
import subprocess

KINDS = ("good", "wrong-host", "self-signed", "expired")

# An own configuration, so that the machine's openssl.cnf has no say.
CONFIG = """\
[req]
distinguished_name = name
prompt = no
[name]
CN = {cn}
[authority]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[server]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = serverAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
subjectAltName = {san}
[self]
basicConstraints = critical,CA:FALSE
subjectAltName = {san}
[ca]
default_ca = book
[book]
database = {work}/index.txt
serial = {work}/serial
new_certs_dir = {work}
default_md = sha256
policy = anything
[anything]
commonName = supplied
"""

HERE = "DNS:localhost,IP:127.0.0.1"
ELSEWHERE = "DNS:elsewhere.example.com"


def openssl(*arguments):
    done = subprocess.run(("openssl",) + arguments, capture_output=True,
                          stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        raise RuntimeError("openssl %s: %s" % (
            arguments[0], done.stderr.decode("utf-8", "replace").strip()))


def write_config(work, cn, san):
    path = os.path.join(work, "openssl.cnf")
    with open(path, "w") as out:
        out.write(CONFIG.format(cn=cn, san=san, work=work))
    return path


def make_key(path):
    # EC keys: a handshake costs a fraction of RSA's, and tests shake many.
    openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout",
            "-out", path)
    os.chmod(path, 0o600)


def make_authority(directory, work):
    key = os.path.join(directory, "ca.key")
    pem = os.path.join(directory, "ca.pem")
    if os.path.exists(pem) and os.path.exists(key):
        return
    config = write_config(work, "stand-in authority", HERE)
    make_key(key)
    openssl("req", "-x509", "-new", "-config", config,
            "-extensions", "authority", "-key", key, "-days", "3650",
            "-sha256", "-out", pem)


def still_good(pem):
    return os.path.exists(pem) and subprocess.run(
        ["openssl", "x509", "-in", pem, "-noout", "-checkend", "86400"],
        capture_output=True).returncode == 0


def make_server(directory, work, kind, days):
    suffix = "" if kind == "good" else "-" + kind
    key = os.path.join(directory, "server%s.key" % suffix)
    pem = os.path.join(directory, "server%s.pem" % suffix)
    if os.path.exists(key) and (kind == "expired" and os.path.exists(pem)
                                or still_good(pem)):
        return pem, key
    san = ELSEWHERE if kind == "wrong-host" else HERE
    config = write_config(work, "stand-in", san)
    make_key(key)
    if kind == "self-signed":
        openssl("req", "-x509", "-new", "-config", config,
                "-extensions", "self", "-key", key, "-days", str(days),
                "-sha256", "-out", pem)
        return pem, key
    request = os.path.join(work, "server.csr")
    openssl("req", "-new", "-config", config, "-key", key, "-out", request)
    # "ca" and not "x509 -req": only it takes dates in the past (3.0).
    open(os.path.join(work, "index.txt"), "w").close()
    with open(os.path.join(work, "serial"), "w") as out:
        out.write(os.urandom(8).hex().upper() + "\n")
    dates = ("-days", str(days))
    if kind == "expired":
        dates = ("-startdate", "20200101000000Z",
                 "-enddate", "20200201000000Z")
    openssl("ca", "-batch", "-config", config, "-extensions", "server",
            "-cert", os.path.join(directory, "ca.pem"),
            "-keyfile", os.path.join(directory, "ca.key"),
            "-in", request, "-out", pem, "-notext", *dates)
    return pem, key


def make(directory, kind="good", days=200):
    """Make what is missing; returns the paths (certificate, key)."""
    work = os.path.join(directory, ".openssl")
    os.makedirs(work, mode=0o700, exist_ok=True)
    make_authority(directory, work)
    return make_server(directory, work, kind, days)
