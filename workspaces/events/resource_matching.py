"""Conditions on the resources of events, compiled into functions."""

from collections.abc import Callable, Mapping

from workspaces.events.filter_limits import Deadline, FilterSize
from workspaces.events.filters import AnyResource, LabelSpec, RelatedResource
from workspaces.events.globs import TextTest, glob, has_wildcard

Labels = Mapping[str, str]
LabelsTest = Callable[[Labels], bool]


def add_resource_size(size: FilterSize, condition: AnyResource) -> None:
    """Count the values and patterns of a condition. Raises `FilterTooLarge`."""
    size.add_values(condition.id)
    size.add_patterns(condition.id_prefix)
    for values in (condition.labels or {}).values():
        texts = _as_list(values)
        size.add_values(texts or [""])
        size.add_patterns(text for text in texts if _is_pattern(text))
    if isinstance(condition, RelatedResource):
        size.add_values(condition.role)
        size.add_values(condition.resources_in_roles)


def resource_test(condition: AnyResource, deadline: Deadline) -> LabelsTest:
    """Return a function that tells whether a resource meets the condition.

    The function raises `FilterTooSlow` after the deadline.
    """
    tests: list[LabelsTest] = []
    if condition.id:
        ids = frozenset(condition.id)
        tests.append(lambda resource: resource["prefect.resource.id"] in ids)
    if condition.id_prefix:
        prefixes = tuple(condition.id_prefix)
        tests.append(lambda resource: resource["prefect.resource.id"].startswith(prefixes))
    if isinstance(condition, RelatedResource) and condition.role:
        roles = frozenset(condition.role)
        tests.append(lambda resource: resource["prefect.resource.role"] in roles)
    if isinstance(condition, RelatedResource) and condition.resources_in_roles:
        pairs = frozenset(condition.resources_in_roles)
        tests.append(lambda resource: (resource["prefect.resource.id"], resource["prefect.resource.role"]) in pairs)
    if condition.labels:
        tests.append(_labels_test(condition.labels, deadline))
    return tests[0] if len(tests) == 1 else lambda resource: all(test(resource) for test in tests)


def _labels_test(spec: LabelSpec, deadline: Deadline) -> LabelsTest:
    """Return a test that all labels pass. A missing label fails even if its value is negated."""
    tests = [(name, _value_test(_as_list(values), deadline)) for name, values in spec.items()]

    def matches(resource: Labels) -> bool:
        return all(name in resource and test(resource[name]) for name, test in tests)

    return matches


def _value_test(values: list[str], deadline: Deadline) -> TextTest:
    """Return a test for texts that match any of the values. A value that begins with `!` is negated."""
    plain = frozenset(value for value in values if not _is_pattern(value))
    wanted = [glob(value) for value in values if _is_pattern(value) and not value.startswith("!")]
    unwanted = [glob(value[1:]) for value in values if value.startswith("!")]
    if not wanted and not unwanted:
        return plain.__contains__

    def matches(value: str) -> bool:
        if value in plain:
            return True
        for test in wanted:
            deadline.check()
            if test(value):
                return True
        for test in unwanted:
            deadline.check()
            if not test(value):
                return True
        return False

    return matches


def _is_pattern(text: str) -> bool:
    return text.startswith("!") or has_wildcard(text)


def _as_list(values: str | list[str]) -> list[str]:
    return [values] if isinstance(values, str) else values
