"""What `proof.yaml` beside a template says: what must be there before, and what is sent."""

from pathlib import Path
from typing import Any, Final, Literal

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from trunklab.errors import TrunklabError
from trunklab.plain_error import message_of
from trunklab.prove.prover_limits import STRUCK_S_MIN
from trunklab.testing.messages import HttpRequest

FILE: Final = "proof.yaml"

OUTSIDE: Final = "${Outside}"
"""Stands in a variable for the address of a provider outside AWS."""

Items = dict[str, list[dict[str, Any]]]
"""By the logical id of their table."""


class ProofFileError(TrunklabError):
    """A proof.yaml that says nothing usable."""

    exit_status = 2


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Asked(_Part):
    """The request to a function behind an HTTP API."""

    method: str
    path: str
    headers: dict[str, str] = {}
    body: Any = None

    @property
    def request(self) -> HttpRequest:
        """As it is sent."""
        return HttpRequest(self.method, self.path, self.headers, self.body)


class Case(_Part):
    """What one handler needs; every field may be left out."""

    items: Items = {}
    """There before, beside those of the service."""
    meanwhile: Items = {}
    """What others write between the first delivery and the next, for a run of its own."""
    contract: str = ""
    """`package.Class` of the events, where the function itself does not say."""
    events: tuple[dict[str, Any], ...] = ()
    """Data of the first, second and third event, in place of the contract's examples."""
    provider_without_keys: bool = False
    """Asks for a run whose provider takes each request for a new one."""
    request: Asked | None = None
    event: Any = None
    """What a function is invoked with that nothing but a schedule or a rule starts."""


class Proof(_Part):
    """What a service's handlers need."""

    environment: dict[str, str] = {}
    """Variables in place of the template's."""
    items: Items = {}
    """There before, for every handler."""
    invocation_s: float = STRUCK_S_MIN
    """Seconds an invocation may take that is killed or held; who waits for a lease waits for its
    end."""
    code: Literal["folder", "package"] = "folder"
    """Whether functions are imported from their template's folder or from what is built of it."""
    handlers: dict[str, Case] = {}
    """By the handler's declared name, of others by the function's logical id."""


def read(folder: Path) -> Proof:
    """Read the file of a service; without one every default holds. Raises ProofFileError."""
    path = folder / FILE
    if not path.exists():
        return Proof()
    try:
        return Proof.model_validate(yaml.safe_load(path.read_text("utf-8")) or {})
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ProofFileError(f"{path}: is no YAML: {error}") from error
    except ValidationError as error:
        raise ProofFileError(f"{path}: {message_of(error)}") from error
