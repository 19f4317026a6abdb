"""Forms for values that a JSON Schema describes, such as the parameters of a run.

`build_form` turns a schema and the present values into fields, and `read_values` what was sent into values. A page
shows the fields with `components/schema_form.html`. An array of objects is shown as
rows, which `change_rows` adds and removes. What a field cannot show is edited as JSON, and a schema that is
too large for a form raises `TooComplex`, so that the page offers JSON for the whole. Whether values match the schema is
not checked here.
"""

from core.schema_forms.fields import Field, TooComplex, build_form
from core.schema_forms.reading import field_at, read_values
from core.schema_forms.rows import change_rows

__all__ = ["Field", "TooComplex", "build_form", "change_rows", "field_at", "read_values"]
