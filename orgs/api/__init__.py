"""The endpoints of accounts, one noun a module."""
