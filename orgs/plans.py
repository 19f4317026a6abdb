"""What an account may use. There are no plans: every account has everything, and counts to no limit.

The contract asks for numbers in some places where there is no limit; those say so by a number that nobody reaches.
"""

# Our own words; the contract names none.
FEATURES = (
    "custom_workspace_roles",
    "ip_allowlist",
    "service_accounts",
    "teams",
    "workspace_access",
)
NO_LIMIT = 2**31 - 1
FOREVER_DAYS = 36_500  # a century: still a date, counted back from today
