from django.urls import path

from workspaces.deployments.pages import changes, copy, edit, lists, one_deployment, schedules, selection

_ONE = "deployments/deployment/<uuid:deployment_id>"
_SCHEDULE = f"{_ONE}/schedules/schedule/<uuid:schedule_id>"

urlpatterns = [
    path("deployments", lists.deployments, name="deployments"),
    path("deployments/selected/pause", selection.pause_selected, name="deployments-pause"),
    path("deployments/selected/resume", selection.resume_selected, name="deployments-resume"),
    path("deployments/selected/delete", selection.delete_selected, name="deployments-delete"),
    path(_ONE, one_deployment.deployment, name="deployment"),
    path(f"{_ONE}/edit", edit.edit, name="deployment-edit"),
    path(f"{_ONE}/copy", copy.copy, name="deployment-copy"),
    path(f"{_ONE}/pause", changes.pause, name="deployment-pause"),
    path(f"{_ONE}/resume", changes.resume, name="deployment-resume"),
    path(f"{_ONE}/delete", changes.delete, name="deployment-delete"),
    path(f"{_ONE}/access", changes.access, name="deployment-access"),
    path(f"{_ONE}/versions/<uuid:version_id>/promote", changes.promote, name="deployment-promote"),
    path(f"{_ONE}/schedules/add", schedules.add, name="deployment-schedule-add"),
    path(_SCHEDULE, schedules.edit, name="deployment-schedule"),
    path(f"{_SCHEDULE}/switch", schedules.switch, name="deployment-schedule-switch"),
    path(f"{_SCHEDULE}/delete", schedules.delete, name="deployment-schedule-delete"),
]
