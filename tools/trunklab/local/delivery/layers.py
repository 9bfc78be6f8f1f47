"""Layers of functions and their versions."""

from typing import Final

from trunklab.local.delivery.context import Context, Service
from trunklab.local.delivery.function_state import (
    INVALID,
    NOT_FOUND,
    code_of,
    digest_of,
    marked_page,
    modified_text,
    picked_members,
)
from trunklab.local.delivery.steps import ApiError, JsonObject

LAYERS_MAX: Final = 5
"""Of one function [Lambda quotas]."""


class Layers(Service):
    """All layers of the account."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._layers: dict[str, dict[int, JsonObject]] = {}
        self._published: dict[str, int] = {}
        """The newest number of each layer: those of deleted versions are not used again."""

    def _publish_layer_version(self, given: JsonObject, now: float) -> JsonObject:
        name = given["LayerName"].rpartition(":")[2]
        versions = self._layers.setdefault(name, {})
        number = self._published[name] = self._published.get(name, 0) + 1
        code = code_of(given["Content"], ())
        digest, size = digest_of(code)
        arn = self._context.arn("lambda", f"layer:{name}")
        versions[number] = {
            "Content": {"CodeSha256": digest, "CodeSize": size, "Location": code.key or ""},
            "LayerArn": arn,
            "LayerVersionArn": f"{arn}:{number}",
            "Description": given.get("Description", ""),
            "CreatedDate": modified_text(now),
            "Version": number,
            "Code": code,
            **picked_members(given, "CompatibleRuntimes", "CompatibleArchitectures", "LicenseInfo"),
        }
        return _without_code(versions[number])

    def attachable(self, version_arns: list[str]) -> list[JsonObject]:
        """Returns layer versions for one function; raises ApiError if they cannot be its layers."""
        if len(version_arns) > LAYERS_MAX:
            raise ApiError(INVALID, f"Cannot reference more than {LAYERS_MAX} layers.")
        seen: dict[str, str] = {}
        for arn in version_arns:
            other = seen.setdefault(arn.rpartition(":")[0], arn)
            if other != arn:
                raise ApiError(
                    INVALID, "Two different versions of the same layer are not allowed to be"
                    f" referenced in the same function. {other} and {arn} are versions of the same"
                    " layer."
                )  # fmt: skip
        found = [self._find(arn) for arn in version_arns]
        for arn, version in zip(version_arns, found, strict=True):
            if version is None:
                raise ApiError(INVALID, f"Layer version {arn} does not exist.")
        return [version for version in found if version]

    def _find(self, version_arn: str) -> JsonObject | None:
        name, _, number = version_arn.partition(":layer:")[2].rpartition(":")
        return self._layers.get(name, {}).get(int(number) if number.isdecimal() else 0)

    def _get_layer_version(self, given: JsonObject, _now: float) -> JsonObject:
        _check_number(given)
        name = given["LayerName"].rpartition(":")[2]
        arn = self._context.arn("lambda", f"layer:{name}:{given['VersionNumber']}")
        return self._get_layer_version_by_arn({"Arn": arn}, _now)

    def _get_layer_version_by_arn(self, given: JsonObject, _now: float) -> JsonObject:
        found = self._find(given["Arn"])
        if found is None:
            raise ApiError(NOT_FOUND, "The resource you requested does not exist.")
        return _without_code(found)

    def _delete_layer_version(self, given: JsonObject, _now: float) -> JsonObject:
        _check_number(given)
        name = given["LayerName"].rpartition(":")[2]
        self._layers.get(name, {}).pop(given["VersionNumber"], None)
        return {}

    def _list_layer_versions(self, given: JsonObject, _now: float) -> JsonObject:
        versions = self._layers.get(given["LayerName"].rpartition(":")[2], {})
        listed = [_without_code(versions[number]) for number in sorted(versions, reverse=True)]
        return marked_page("LayerVersions", listed, given)

    def _list_layers(self, given: JsonObject, _now: float) -> JsonObject:
        listed = [
            {
                "LayerName": name,
                "LayerArn": self._context.arn("lambda", f"layer:{name}"),
                "LatestMatchingVersion": _without_code(versions[max(versions)]),
            }
            for name, versions in sorted(self._layers.items())
            if versions
        ]
        return marked_page("Layers", listed, given)


def _check_number(given: JsonObject) -> None:
    if given["VersionNumber"] < 1:
        raise ApiError(INVALID, "Layer Version Cannot be less than 1.")


def _without_code(layer: JsonObject) -> JsonObject:
    return {name: value for name, value in layer.items() if name != "Code"}
