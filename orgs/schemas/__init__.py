"""What the account API takes and gives, one noun a module."""
