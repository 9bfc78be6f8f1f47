"""Turns SAM's resources into CloudFormation's, with AWS's own translator, and keeps the result.

The translator takes a second to import, so it is imported only for a template not seen before.
"""

import hashlib
import json
import logging
from importlib.metadata import version
from pathlib import Path
from typing import Final, cast

from trunklab import settings
from trunklab.errors import TemplateError
from trunklab.local import local_clients
from trunklab.local.deploy.caches import keep_newest
from trunklab.templates.template_file import JsonObject

_CACHE: Final = settings.STATE_DIRECTORY / "cache" / "translated"
_TRANSFORM: Final = "AWS::Serverless-2016-10-31"
_KEPT_MAX: Final = 200
"""Translated templates, some 30 KB each."""

_POLICIES: Final = {
    name: f"arn:aws:iam::aws:policy/service-role/{name}"
    for name in ("AWSLambdaBasicExecutionRole",)
}
"""The translator asks for the managed policies it may name; others stand by their ARN."""


def translate(path: Path, body: JsonObject, parameters: dict[str, str]) -> JsonObject:
    """Return the template as CloudFormation understands it; `path` is for messages."""
    if _TRANSFORM not in _transforms(body):
        return body
    facts = [body, parameters, settings.LOCAL_REGION, version("aws-sam-translator")]
    key = hashlib.sha256(json.dumps(facts, sort_keys=False).encode()).hexdigest()
    kept = _CACHE / f"{key}.json"
    if kept.exists():
        return cast("JsonObject", json.loads(kept.read_text("utf-8")))
    translated = _translate(path, body, parameters)
    _keep(kept, translated)
    return translated


def _translate(path: Path, body: JsonObject, parameters: dict[str, str]) -> JsonObject:
    _quieten()
    from samtranslator.model.exceptions import InvalidDocumentException  # noqa: PLC0415 - slow
    from samtranslator.parser.parser import Parser  # noqa: PLC0415 - the same
    from samtranslator.translator.translator import Translator  # noqa: PLC0415 - the same

    own = json.loads(json.dumps(body))  # the translator writes into what it is given
    try:
        translated = Translator(
            _POLICIES, Parser(), boto_session=local_clients.session()
        ).translate(own, dict(parameters))
    except InvalidDocumentException as error:
        reasons = "; ".join(str(cause.message) for cause in error.causes) or str(error)
        raise TemplateError(path, reasons) from error
    remaining = [name for name in _transforms(body) if name != _TRANSFORM]
    translated.pop("Transform", None)
    if remaining:
        translated["Transform"] = remaining
    return cast("JsonObject", json.loads(json.dumps(translated)))


def _quieten() -> None:
    """Keep the translator's remarks about its own metrics off the terminal."""
    logger = logging.getLogger("samtranslator")
    logger.addHandler(logging.NullHandler())
    logger.propagate = False


def _transforms(body: JsonObject) -> list[str]:
    declared = body.get("Transform", [])
    return declared if isinstance(declared, list) else [declared]


def _keep(kept: Path, translated: JsonObject) -> None:
    keep_newest(_CACHE, _KEPT_MAX)
    part = kept.with_suffix(".part")
    part.write_text(json.dumps(translated), encoding="utf-8")
    part.replace(kept)
