"""Limits on the usage of keys, accounts and addresses, and on the number of objects.

The numbers stop abuse and should be out of reach for everybody else. 0 is no limit.
"""

from pydantic import Field

from config.env import Environment, Natural, Positive


class RateLimits(Environment):
    """Usage per minute.

    Cloud's largest plan allows 5,000 requests and 40,000 lines a minute for an account. A fleet of 500 flow runs that
    log all the time sends 15,000 requests a minute, often with one key.
    """

    key_requests: Natural = Field(20_000, validation_alias="BAILIWICK_KEY_REQUESTS_PER_MINUTE")
    key_lines: Natural = Field(60_000, validation_alias="BAILIWICK_KEY_LINES_PER_MINUTE")
    account_requests: Natural = Field(24_000, validation_alias="BAILIWICK_ACCOUNT_REQUESTS_PER_MINUTE")
    account_lines: Natural = Field(120_000, validation_alias="BAILIWICK_ACCOUNT_LINES_PER_MINUTE")
    account_megabytes: Natural = Field(256, validation_alias="BAILIWICK_ACCOUNT_MEGABYTES_PER_MINUTE")
    account_processor_seconds: Natural = Field(12, validation_alias="BAILIWICK_ACCOUNT_PROCESSOR_SECONDS_PER_MINUTE")
    address_requests: Natural = Field(6_000, validation_alias="BAILIWICK_ADDRESS_REQUESTS_PER_MINUTE")
    address_wrong_keys: Natural = Field(300, validation_alias="BAILIWICK_ADDRESS_WRONG_KEYS_PER_MINUTE")


class Caps(Environment):
    """Maximum numbers of objects."""

    keys: Natural = Field(500, validation_alias="BAILIWICK_MAX_KEYS")
    organizations: Natural = Field(50, validation_alias="BAILIWICK_MAX_ORGANIZATIONS")
    former_handles: Natural = Field(20, validation_alias="BAILIWICK_MAX_FORMER_HANDLES")
    workspaces: Natural = Field(500, validation_alias="BAILIWICK_MAX_WORKSPACES")
    members: Natural = Field(5_000, validation_alias="BAILIWICK_MAX_MEMBERS")
    pending_invitations: Natural = Field(1_000, validation_alias="BAILIWICK_MAX_PENDING_INVITATIONS")
    teams: Natural = Field(500, validation_alias="BAILIWICK_MAX_TEAMS")
    service_accounts: Natural = Field(500, validation_alias="BAILIWICK_MAX_SERVICE_ACCOUNTS")
    roles: Natural = Field(200, validation_alias="BAILIWICK_MAX_ROLES")
    flows: Natural = Field(10_000, validation_alias="BAILIWICK_MAX_FLOWS")
    deployments: Natural = Field(10_000, validation_alias="BAILIWICK_MAX_DEPLOYMENTS")
    variables: Natural = Field(10_000, validation_alias="BAILIWICK_MAX_VARIABLES")
    concurrency_limits: Natural = Field(10_000, validation_alias="BAILIWICK_MAX_CONCURRENCY_LIMITS")
    leases: Natural = Field(20_000, validation_alias="BAILIWICK_MAX_LEASES")
    saved_searches: Natural = Field(500, validation_alias="BAILIWICK_MAX_SAVED_SEARCHES")
    work_pools: Natural = Field(1_000, validation_alias="BAILIWICK_MAX_WORK_POOLS")
    work_queues: Natural = Field(1_000, validation_alias="BAILIWICK_MAX_WORK_QUEUES")
    workers: Natural = Field(10_000, validation_alias="BAILIWICK_MAX_WORKERS")
    flow_run_inputs: Natural = Field(1_000, validation_alias="BAILIWICK_MAX_FLOW_RUN_INPUTS")


class SocketCaps(Environment):
    """Open websockets of one process.

    A flow run and its watchers hold up to four. After a restart all of them reconnect at once, perhaps from one
    address; a client whose socket is refused drops its events.
    """

    process: Natural = Field(20_000, validation_alias="BAILIWICK_MAX_SOCKETS")
    account: Natural = Field(10_000, validation_alias="BAILIWICK_MAX_ACCOUNT_SOCKETS")
    workspace: Natural = Field(8_000, validation_alias="BAILIWICK_MAX_WORKSPACE_SOCKETS")
    actor: Natural = Field(5_000, validation_alias="BAILIWICK_MAX_ACTOR_SOCKETS")
    waiting: Natural = Field(4_000, validation_alias="BAILIWICK_MAX_WAITING_SOCKETS")
    address_waiting: Natural = Field(2_000, validation_alias="BAILIWICK_MAX_WAITING_ADDRESS_SOCKETS")


class MailLimits(Environment):
    """Mails per hour and purpose. A day has four times as many."""

    person: Positive = Field(500, validation_alias="BAILIWICK_MAIL_PER_PERSON")
    account: Positive = Field(500, validation_alias="BAILIWICK_MAIL_PER_ACCOUNT")
    recipient: Positive = Field(20, validation_alias="BAILIWICK_MAIL_PER_RECIPIENT")
    installation: Positive = Field(10_000, validation_alias="BAILIWICK_MAIL_PER_INSTALLATION")


RATE_LIMITS: dict[str, int] = RateLimits.read().model_dump()
CAPS: dict[str, int] = Caps.read().model_dump()
SOCKET_CAPS: dict[str, int] = SocketCaps.read().model_dump()
MAIL_LIMITS: dict[str, int] = MailLimits.read().model_dump()
