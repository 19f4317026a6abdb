"""Names for runs that are created without one: an adjective and an animal, such as `brisk-otter`."""

from coolname import generate

# Words of the library that do not belong on a work page.
_UNWANTED = {
    "annoying",
    "booby",
    "chubby",
    "curvy",
    "demonic",
    "fat",
    "gay",
    "girlish",
    "godlike",
    "heretic",
    "juicy",
    "kickass",
    "naughty",
    "nippy",
    "sexy",
    "thick",
}


def run_name() -> str:
    """Return a random name. Prefect makes its own with the same library."""
    words = generate(2)
    while _UNWANTED.intersection(words):
        words = generate(2)
    return "-".join(words)
