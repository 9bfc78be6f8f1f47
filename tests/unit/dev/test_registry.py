"""uv asks the registry that pip is configured with, and nothing of it is printed."""

import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from trunklab.dev import pip_registry
from trunklab.dev.errors import CommandError

LISTING = r"""
:env:.index-url='https://user:secret@env.example/simple'
:env:.require-virtualenv='1'
download.index-url='https://download.example/simple'
global.cert='/etc/ssl/ca.pem'
global.extra-index-url='https://one.example/simple\nhttps://two.example/simple'
global.index-url='https://global.example/simple'
global.proxy='http://proxy.example:3128'
install.cert='/etc/ssl/install.pem'
install.trusted-host='it\'s.example'
"""


def test_the_settings_of_pip_install_are_read() -> None:
    """A command's own section beats the global one, a variable beats both; `download` is none."""
    settings = pip_registry.parse_pip_settings(LISTING)

    assert settings == {
        "index-url": "https://user:secret@env.example/simple",
        "require-virtualenv": "1",
        "cert": "/etc/ssl/install.pem",
        "extra-index-url": "https://one.example/simple\nhttps://two.example/simple",
        "proxy": "http://proxy.example:3128",
        "trusted-host": "it's.example",
    }


@pytest.mark.parametrize(
    ("pip", "uv"),
    [
        ({}, {}),
        ({"index-url": "https://a"}, {"UV_DEFAULT_INDEX": "https://a"}),
        (
            {"extra-index-url": "https://a\nfile:///b"},
            {"UV_INDEX": "https://a file:///b", "UV_INDEX_STRATEGY": "unsafe-best-match"},
        ),
        ({"find-links": "wheels\nhttps://a"}, {"UV_FIND_LINKS": "wheels,https://a"}),
        ({"trusted-host": "a b"}, {"UV_INSECURE_HOST": "a b"}),
        ({"cert": "ca.pem"}, {"SSL_CERT_FILE": "ca.pem"}),
        ({"client-cert": "me.pem"}, {"SSL_CLIENT_CERT": "me.pem"}),
        ({"proxy": "http://p"}, {"HTTP_PROXY": "http://p", "HTTPS_PROXY": "http://p"}),
        ({"timeout": "60"}, {"UV_HTTP_TIMEOUT": "60"}),
        ({"require-virtualenv": "1", "retries": "9"}, {}),
    ],
)
def test_a_setting_of_pip_has_a_word_in_uv(pip: Mapping[str, str], uv: Mapping[str, str]) -> None:
    """Registries, certificates and proxies; what uv has no word for is left out."""
    assert pip_registry.translate(pip) == uv


def test_the_registry_of_a_real_pip_reaches_uv(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer is pip's own, so its files and variables count as they do for pip."""
    (tmp_path / "pip.conf").write_text("[global]\nindex-url = https://registry.example/simple\n")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(tmp_path / "pip.conf"))
    monkeypatch.setenv("PIP_INDEX_URL", "https://variable.example/simple")
    monkeypatch.setenv("PYTHONPATH", "elsewhere")

    environment = pip_registry.uv_environment(Path(sys.executable))

    assert environment["UV_DEFAULT_INDEX"] == "https://variable.example/simple"
    assert "PYTHONPATH" not in environment


def test_what_the_user_told_uv_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable of uv's own is the more precise word."""
    monkeypatch.setenv("PIP_INDEX_URL", "https://pip.example/simple")
    monkeypatch.setenv("UV_DEFAULT_INDEX", "https://uv.example/simple")

    environment = pip_registry.uv_environment(Path(sys.executable))

    assert environment["UV_DEFAULT_INDEX"] == "https://uv.example/simple"


def test_files_are_copied_out_of_the_cache_of_uv(monkeypatch: pytest.MonkeyPatch) -> None:
    """A linked file, edited in place, would damage every later environment."""
    monkeypatch.delenv("UV_LINK_MODE", raising=False)
    assert pip_registry.uv_environment(Path(sys.executable))["UV_LINK_MODE"] == "copy"

    monkeypatch.setenv("UV_LINK_MODE", "hardlink")
    assert pip_registry.uv_environment(Path(sys.executable))["UV_LINK_MODE"] == "hardlink"


def test_a_pip_that_does_not_answer_is_reported_without_its_output(tmp_path: Path) -> None:
    """The output might hold a registry's credentials."""
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\necho secret\nexit 3\n")
    broken.chmod(0o755)

    with pytest.raises(CommandError) as caught:
        pip_registry.uv_environment(broken)

    assert "asking pip for its settings" in str(caught.value)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("GET https://private.example/uv/", "GET https://<UV_DEFAULT_INDEX>/uv/"),
        ("GET https://me:pw@private.example/uv/", "GET https://***@<UV_DEFAULT_INDEX>/uv/"),
        ("GET https://files.example:8443/uv.whl", "GET https://<UV_INDEX>/uv.whl"),
        ("via http://me:pw@other.example/", "via http://***@other.example/"),
        ("no matching hash", "no matching hash"),
    ],
)
def test_a_private_registry_is_masked_in_messages(said: str, shown: str) -> None:
    """A terminal's text ends in reports: hosts of the configuration and passwords do not."""
    environment = {
        "UV_DEFAULT_INDEX": "https://me:pw@private.example/simple",
        "UV_INDEX": "file:///b https://files.example:8443/simple",
    }

    assert pip_registry.mask(said, environment) == shown
