"""The filters of the workspace API: their schemas, and the conditions that they are compiled to.

Each noun has a module with the schema of its filter. The filter's `q(model)` returns a condition on the noun's columns.
A request may have filters of several nouns; `related.matching` joins them along lookup paths. This package imports no
models, so that every noun can import it: columns and paths are strings, and the model comes from the queryset that is
filtered. The rules are in docs/contract/filters.md, "Grammar".
"""
