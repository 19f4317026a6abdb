from django.urls import path

from workspaces.flows import pages

urlpatterns = [
    path("flows", pages.flows, name="flows"),
    path("flows/flow/<uuid:flow_id>", pages.flow, name="flow"),
    path("flows/flow/<uuid:flow_id>/delete", pages.remove_flow, name="flow-delete"),
]
