"""Describe scopes and account permissions so that they complete "the permission to ...": `view variables`."""

from rbac.scope_groups import scope_sentences

_VERBS = {"read": "view", "update": "edit", "administrate": "manage"}
_NOUNS = {
    "account": "the account",
    "account_membership": "members",
    "account_role": "account roles",
    "account_member": "members",
    "sso": "single sign-on",
    "billing": "billing",
    "bot": "service accounts",
    "workspace_role": "roles",
    "audit_event": "audit events",
    "ip_allowlist": "the list of allowed networks",
    "mex-storage": "storage of managed execution",
    "integrations": "integrations",
}


def scope_phrase(name: str) -> str:
    [(_, [sentence])] = scope_sentences([name])
    return sentence[0].lower() + sentence[1:-1]


def permission_phrase(name: str) -> str:
    verb, _, noun = name.partition(":")
    return f"{_VERBS.get(verb, verb)} {_NOUNS.get(noun) or noun.replace('_', ' ') + 's'}"
