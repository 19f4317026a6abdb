"""Variables, set and read in all ways that the client knows."""

import asyncio
import json

from prefect import flow
from prefect.variables import Variable

VALUES = ["text", "", 42, 2.5, True, None, [1, "two", None], {"b": {"c": []}, "a": 1.5}]


@flow
def reads() -> list[object]:
    for number, value in enumerate(VALUES):
        Variable.set(f"value-{number}", value, tags=["client"])
    Variable.set("value-0", {"now": "an object"}, overwrite=True)
    read: list[object] = [Variable.get(f"value-{number}") for number in range(len(VALUES))]
    read += [Variable.get("missing", default="a default"), Variable.get("missing"), Variable.unset("missing")]
    try:
        Variable.set("value-1", "again")
    except ValueError as error:
        read.append(str(error))
    return read


@flow
async def reads_later() -> list[object]:
    made = await Variable.aset("later", [1], tags=["a", "b"])
    read: list[object] = [made.model_dump(), await Variable.aget("later")]
    return [*read, await Variable.aunset("later"), await Variable.aget("later", default=0)]


if __name__ == "__main__":
    print("RESULT", json.dumps([reads(), asyncio.run(reads_later())]))
