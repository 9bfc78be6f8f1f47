"""Layers of functions and their versions."""

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


class Layers(Service):
    """All layers of the account."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._layers: dict[str, dict[int, JsonObject]] = {}

    def _publish_layer_version(self, given: JsonObject, now: float) -> JsonObject:
        name = given["LayerName"].rpartition(":")[2]
        versions = self._layers.setdefault(name, {})
        number = max(versions, default=0) + 1
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

    def version(self, version_arn: str) -> JsonObject:
        """Returns a version of a layer; raises ApiError."""
        name, _, number = version_arn.partition(":layer:")[2].rpartition(":")
        found = self._layers.get(name, {}).get(int(number) if number.isdecimal() else 0)
        if found is None:
            raise ApiError(INVALID, f"Layer version {version_arn} does not exist.")
        return found

    def _get_layer_version(self, given: JsonObject, _now: float) -> JsonObject:
        found = self._layers.get(given["LayerName"].rpartition(":")[2], {})
        if given["VersionNumber"] not in found:
            raise ApiError(NOT_FOUND, "The resource you requested does not exist.")
        return _without_code(found[given["VersionNumber"]])

    def _get_layer_version_by_arn(self, given: JsonObject, _now: float) -> JsonObject:
        return _without_code(self.version(given["Arn"]))

    def _delete_layer_version(self, given: JsonObject, _now: float) -> JsonObject:
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


def _without_code(layer: JsonObject) -> JsonObject:
    return {name: value for name, value in layer.items() if name != "Code"}
