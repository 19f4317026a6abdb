"""What can happen to people, their accounts and their keys."""
