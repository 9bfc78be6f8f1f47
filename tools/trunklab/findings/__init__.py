"""Findings of all checks: what, where and how to fix it; as text, JSON or SARIF."""
