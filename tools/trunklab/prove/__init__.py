"""The crash prover: every handler of every service, killed and held at every call that it makes."""
