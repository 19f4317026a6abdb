"""What can happen to concurrency limits and their slots (docs/contract/concurrency.md, "Slots")."""
