"""Prove that no tenant reaches another's data: `manage.py prove_isolation` (docs/security.md, "The proof")."""
