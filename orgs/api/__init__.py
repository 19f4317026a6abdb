"""The endpoints of accounts, with a module for each noun."""
