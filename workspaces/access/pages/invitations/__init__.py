"""Pages of invitations: creating, listing and changing those sent, and answering those received."""
