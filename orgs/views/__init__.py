"""The pages of an account, one noun a module."""
