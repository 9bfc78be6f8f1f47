"""Translates SAM's resources to CloudFormation's, with AWS's own translator.

The translator takes a second to import, so results are cached.
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
from trunklab.local.state_folder import keep_newest
from trunklab.templates.template_file import JsonObject

_CACHE: Final = settings.STATE_DIRECTORY / "cache" / "translated"
_TRANSFORM: Final = "AWS::Serverless-2016-10-31"
_KEPT_MAX: Final = 200
"""Translated templates, some 30 KB each."""

_BASIC_ROLE: Final = "AWSLambdaBasicExecutionRole"
_POLICIES: Final = {_BASIC_ROLE: f"arn:aws:iam::aws:policy/service-role/{_BASIC_ROLE}"}
"""Managed policies that a template may name; others need their ARN."""


def translate(path: Path, body: JsonObject, parameters: dict[str, str]) -> JsonObject:
    """Returns the CloudFormation template; raises TemplateError that names `path`."""
    if _TRANSFORM not in _transforms(body):
        return body
    facts = [body, parameters, settings.LOCAL_REGION, version("aws-sam-translator")]
    key = hashlib.sha256(json.dumps(facts, sort_keys=False).encode()).hexdigest()
    kept = _CACHE / f"{key}.json"
    if kept.exists():
        return cast("JsonObject", json.loads(kept.read_text("utf-8")))
    translated = _translate(path, body, parameters)
    keep_newest(_CACHE, _KEPT_MAX)
    part = kept.with_suffix(".part")
    part.write_text(json.dumps(translated), encoding="utf-8")
    part.replace(kept)
    return translated


def _translate(path: Path, body: JsonObject, parameters: dict[str, str]) -> JsonObject:
    # Remarks of the translator about its own metrics.
    logger = logging.getLogger("samtranslator")
    logger.addHandler(logging.NullHandler())
    logger.propagate = False
    from samtranslator.model.exceptions import InvalidDocumentException  # noqa: PLC0415 - slow
    from samtranslator.parser.parser import Parser  # noqa: PLC0415 - the same
    from samtranslator.translator.translator import Translator  # noqa: PLC0415 - the same

    own = json.loads(json.dumps(body))  # the translator changes its argument
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


def _transforms(body: JsonObject) -> list[str]:
    declared = body.get("Transform", [])
    return declared if isinstance(declared, list) else [declared]
