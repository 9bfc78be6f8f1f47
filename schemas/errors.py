"""Errors in the declaration of a contract.

SchemasError
└── ContractError   a class declares an invalid contract
"""


class SchemasError(Exception):
    """Root of all errors of this package."""


class ContractError(SchemasError, TypeError):
    """A class declares an invalid contract; raised while the class is created."""

    def __init__(self, contract: str, fault: str, remedy: str) -> None:
        """Builds the message from the class, the fault and the remedy."""
        super().__init__(f"contract {contract}: {fault}; {remedy}")
        self.contract = contract
        self.fault = fault
        self.remedy = remedy
