"""uv asks the registry that pip is configured with, and nothing of it is printed."""

import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from trunklab.dev import uv
from trunklab.dev.programs import CommandError, mask

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
    """A command's own section beats the global one, a variable beats both."""
    settings = uv.parse_pip_settings(LISTING)

    assert settings == {
        "index-url": "https://user:secret@env.example/simple",
        "require-virtualenv": "1",
        "cert": "/etc/ssl/install.pem",
        "extra-index-url": "https://one.example/simple\nhttps://two.example/simple",
        "proxy": "http://proxy.example:3128",
        "trusted-host": "it's.example",
    }


@pytest.mark.parametrize(
    ("pip_settings", "variables"),
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
def test_pip_settings_become_variables_of_uv(
    pip_settings: Mapping[str, str], variables: Mapping[str, str]
) -> None:
    """Registries, certificates and proxies; settings that uv does not have are left out."""
    assert uv.translate(pip_settings) == variables


def test_the_registry_of_a_real_pip_reaches_uv(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The values come from pip itself, so its files and variables have their usual precedence."""
    (tmp_path / "pip.conf").write_text("[global]\nindex-url = https://registry.example/simple\n")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(tmp_path / "pip.conf"))
    monkeypatch.setenv("PIP_INDEX_URL", "https://variable.example/simple")
    monkeypatch.setenv("PYTHONPATH", "elsewhere")

    environment = uv.uv_environment(Path(sys.executable))

    assert environment["UV_DEFAULT_INDEX"] == "https://variable.example/simple"
    assert "PYTHONPATH" not in environment


def test_a_variable_of_uv_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    """A UV_ variable of the user is more specific than pip's configuration."""
    monkeypatch.setenv("PIP_INDEX_URL", "https://pip.example/simple")
    monkeypatch.setenv("UV_DEFAULT_INDEX", "https://uv.example/simple")

    environment = uv.uv_environment(Path(sys.executable))

    assert environment["UV_DEFAULT_INDEX"] == "https://uv.example/simple"


def test_files_are_copied_out_of_the_cache_of_uv(monkeypatch: pytest.MonkeyPatch) -> None:
    """A linked file, edited in place, would damage every later environment."""
    monkeypatch.delenv("UV_LINK_MODE", raising=False)
    assert uv.uv_environment(Path(sys.executable))["UV_LINK_MODE"] == "copy"

    monkeypatch.setenv("UV_LINK_MODE", "hardlink")
    assert uv.uv_environment(Path(sys.executable))["UV_LINK_MODE"] == "hardlink"


def test_a_failing_pip_is_reported_without_its_output(tmp_path: Path) -> None:
    """The output might hold a registry's credentials."""
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\necho secret\nexit 3\n")
    broken.chmod(0o755)

    with pytest.raises(CommandError) as caught:
        uv.uv_environment(broken)

    assert "reading pip's configuration" in str(caught.value)
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
    """Terminal output is pasted into reports: hosts and passwords must not be."""
    environment = {
        "UV_DEFAULT_INDEX": "https://me:pw@private.example/simple",
        "UV_INDEX": "file:///b https://files.example:8443/simple",
    }

    assert mask(said, environment) == shown
