"""What all pages share: lists and forms."""
