"""Schemas of the account API, with a module for each noun."""
