"""Every handler has its recorded reads."""

from trunklab.contracts.impact.rule_consumers import recorded_reads
from trunklab.settings import REPOSITORY
from trunklab.templates.repository import topology


def test_every_handler_is_in_the_reads_file_of_its_service() -> None:
    """`reads.yaml` is beside the template; a handler without an entry is *unknown* to impact."""
    declared = {(handler.service, handler.name) for handler in topology(REPOSITORY).handlers}
    recorded = {
        (path.parent.name, name)
        for path in REPOSITORY.glob("services/*/reads.yaml")
        for name in recorded_reads(path.parent, REPOSITORY)
    }

    assert declared == recorded
