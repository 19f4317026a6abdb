"""Django's cascade, a bounded number of rows at a time, for deleting millions of rows in small transactions."""

from typing import Any

from django.db.models import CASCADE, SET_NULL, Model, QuerySet


def delete_some(rows: QuerySet[Any, Any], most: int) -> int:
    """Delete the first of the rows with all that refers to them, at most so many rows. Return how many were deleted.

    Rows that refer to others are deleted first, so that every foreign key is valid after each call. Fewer than `most`
    means that nothing is left. Order the rows by an index, so that finding them stays fast.

    Follows `on_delete` of the models for CASCADE and SET_NULL. Sends no signals of Django.
    """
    model: Any = rows.model
    column = getattr(model, "partition_column", None)
    if not column and not _relations_to(model):  # one statement, without its keys in this process
        return int(model._base_manager.filter(pk__in=rows.values("pk")[:most])._raw_delete(rows.db))
    found = list(rows.values_list("pk", column or "pk")[:most])
    if not found:
        return 0
    keys = [key for key, _ in found]
    deleted = _delete_dependents(model, keys, most)
    if deleted == most:
        return deleted
    going = found[: most - deleted]
    _clear_references(model, [key for key, _ in going])
    doomed = model._base_manager.filter(pk__in=[key for key, _ in going])
    if column:  # says in which partitions the rows are
        times = [moment for _, moment in going]
        doomed = doomed.filter(**{f"{column}__gte": min(times), f"{column}__lte": max(times)})
    doomed._raw_delete(doomed.db)
    return deleted + len(going)


def _delete_dependents(model: type[Model], keys: list[Any], most: int) -> int:
    """Delete rows that are deleted together with the rows of these keys. Fewer than `most` means that none is left."""
    deleted = 0
    for relation in _relations_to(model):
        if relation.on_delete is CASCADE and deleted < most:
            dependents = relation.related_model._base_manager.filter(**{f"{relation.field.name}__in": keys})
            deleted += delete_some(dependents, most - deleted)
    return deleted


def _clear_references(model: type[Model], keys: list[Any]) -> None:
    for relation in _relations_to(model):
        if relation.on_delete is SET_NULL:
            name = relation.field.name
            relation.related_model._base_manager.filter(**{f"{name}__in": keys}).update(**{name: None})


def _relations_to(model: Any) -> list[Any]:
    """Return the foreign keys that point at the model, also those without a name on the other side."""
    return [
        field
        for field in model._meta.get_fields(include_hidden=True)
        if field.auto_created and not field.concrete and (field.one_to_one or field.one_to_many)
    ]
