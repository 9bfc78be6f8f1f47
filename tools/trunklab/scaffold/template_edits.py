"""Inserts resources into the text of a YAML template, and cuts them out, without other changes."""

from collections.abc import Collection
from pathlib import Path, PurePosixPath

import yaml

from trunklab.errors import TemplateError
from trunklab.scaffold.errors import ScaffoldError
from trunklab.templates import template_file
from trunklab.templates.template_file import JsonObject, Template
from trunklab.templates.template_nodes import entries

_INDENT = "  "


def parsed(path: PurePosixPath, text: str) -> Template:
    """Returns the template in a text; raises ScaffoldError."""
    try:
        return template_file.parse(Path(path), text.encode())
    except TemplateError as error:
        raise ScaffoldError(f"{error}. Fix the template first.") from error


def inserted(path: PurePosixPath, text: str, block: str) -> str:
    """Returns the template with the resources of a block in front of the others.

    The block ends with an empty line. Raises ScaffoldError if the template cannot take it.
    """
    before = parsed(path, text)
    added = parsed(path, f"Resources:\n{block}").resources
    clash = sorted(added.keys() & before.resources.keys())
    if clash:
        raise ScaffoldError(f"{path} has a resource {clash[0]} already: choose another name.")
    line = _resource_lines(path, before, text)[0] + 1
    lines = text.splitlines(keepends=True)
    changed = "".join([*lines[:line], block, *lines[line:]])
    _check(path, changed, before.body | {"Resources": added | before.resources})
    return changed


def cut(path: PurePosixPath, text: str, logical_ids: Collection[str]) -> tuple[str, str]:
    """Returns the text of some resources, and the template without them; raises ScaffoldError."""
    before = parsed(path, text)
    starts = [*_resource_lines(path, before, text)[1:]]
    lines = text.splitlines(keepends=True)
    blocks: list[str] = []
    kept = list(lines)
    names = list(entries(entries(before.node).get("Resources")))
    for name, start, following in zip(names, starts[:-1], starts[1:], strict=True):
        if name not in logical_ids:
            continue
        end = following
        # Comments above the next resource belong to it.
        while end > start + 1 and lines[end - 1].strip()[:1] in {"", "#"}:
            end -= 1
        end += end < len(lines) and not lines[end].strip()
        blocks.append("".join(lines[start:end]))
        kept[start:end] = [""] * (end - start)
    changed = "".join(kept)
    remaining = {key: one for key, one in before.resources.items() if key not in logical_ids}
    _check(path, changed, before.body | {"Resources": remaining})
    return "".join(blocks), changed


def _resource_lines(path: PurePosixPath, template: Template, text: str) -> list[int]:
    """Returns the lines, from 0, of `Resources:`, of each resource, and of what follows them."""
    sections = template.node.value if isinstance(template.node, yaml.MappingNode) else []
    for at, (key, value) in enumerate(sections):
        if key.value == "Resources" and isinstance(value, yaml.MappingNode):
            keys = [resource for resource, _ in value.value]
            is_block = not value.flow_style and all(
                one.start_mark.column == len(_INDENT) for one in keys
            )
            if not is_block or path.suffix == ".json":
                break
            following = sections[at + 1 :]
            end = following[0][0].start_mark.line if following else len(text.splitlines())
            return [key.start_mark.line, *(one.start_mark.line for one in keys), end]
    raise ScaffoldError(
        f"{path} cannot be edited: its resources are not indented by two spaces in YAML's block "
        "style. Edit it by hand, like the templates of the other services."
    )


def _check(path: PurePosixPath, text: str, expected: JsonObject) -> None:
    """Raises ScaffoldError if an edit had another effect than the one expected."""
    if parsed(path, text).body != expected:
        raise ScaffoldError(f"{path} cannot be edited safely. Edit it by hand.")
