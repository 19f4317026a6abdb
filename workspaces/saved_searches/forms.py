"""The form that names a view."""

from django import forms

from core.pages.forms import NameField


class ViewForm(forms.Form):
    name = NameField(help_text="Such as “Failed in production”. Everyone in the workspace sees the view.")
