"""A browser that acts for a stranger is recognised by three headers."""

import pytest

from trunklab.local.http.request_checks import foreign_page_problem


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.0.0.1:4566", "localhost:4566", "LOCALHOST", "api.localhost:4567"]
)
def test_this_machine_is_local_by_every_name_it_has(host: str) -> None:
    """With and without a port."""
    assert foreign_page_problem({"Host": host}) is None


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Host": ""},
        {"Host": "example.com"},
        {"Host": "localhost.example.com"},
        {"Host": "notlocalhost"},
        {"Host": "127.0.0.1.example.com"},
        {"Host": "0.0.0.0"},  # noqa: S104 - a name that must not be taken for local
        {"Host": "user@example.com"},
        {"Host": "[::1"},
        {"Host": "localhost", "Origin": "null"},
        {"Host": "localhost", "Origin": "https://example.com"},
        {"Host": "localhost", "Origin": "localhost"},
        {"Host": "localhost", "Origin": ""},
        {"Host": "localhost", "Sec-Fetch-Site": "cross-site"},
    ],
)
def test_everything_else_is_refused_with_a_reason(headers: dict[str, str]) -> None:
    """Fail closed: what cannot be read is foreign."""
    assert foreign_page_problem(headers)


@pytest.mark.parametrize("site", ["same-origin", "same-site", "none"])
def test_a_page_of_this_machine_may_call(site: str) -> None:
    """Whatever its port."""
    headers = {"Host": "localhost", "Origin": "http://localhost:3000", "Sec-Fetch-Site": site}

    assert foreign_page_problem(headers) is None
