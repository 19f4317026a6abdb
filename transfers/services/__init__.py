"""What can happen to a transfer."""
