"""Pages of people: signing in, the profile, API keys, the command line's sign-in."""
