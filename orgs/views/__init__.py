"""The pages of an account, with a module for each noun."""
