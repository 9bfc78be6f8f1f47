"""What can be wrong with the declaration of a contract.

SchemasError
└── ContractError   a class declares a contract that cannot be one
"""


class SchemasError(Exception):
    """Root of every error of this package."""


class ContractError(SchemasError, TypeError):
    """A class declares a contract that cannot be one; raised while the class is created."""

    def __init__(self, contract: str, fault: str, remedy: str) -> None:
        """Say which class is wrong, what is wrong with it and what to do."""
        super().__init__(f"contract {contract}: {fault}; {remedy}")
        self.contract = contract
        self.fault = fault
        self.remedy = remedy
